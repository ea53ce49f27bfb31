"""The question in the line face whether a folder is trusted."""

from mycoder.ui.door import Options
from mycoder.ui.line.printer import Printer
from mycoder.ui.line.reader import Reader
from mycoder.ui.visible import visible_line


async def ask_for_trust(options: Options, reader: Reader, printer: Printer) -> bool:
    """Only the word yes trusts; the answer is remembered for the rest of the run by asking once."""
    question = options.trust
    if question is None:
        return False
    loads = "\n".join(f"- {visible_line(line)}" for line in question.loads)
    printer.say(
        f"Do you trust {visible_line(question.folder)}? If you do, this of it is loaded:\n{loads}", "warning"
    )
    if question.details:
        printer.say("\n".join(visible_line(line) for line in question.details))
    try:
        answer = (await reader.read(lambda: "yes or no: ")).strip().lower()
    except (EOFError, KeyboardInterrupt):
        return False
    options.trust = None
    if options.remember_trust is not None and answer in ("yes", "no"):
        options.remember_trust(answer == "yes")
    return answer == "yes"
