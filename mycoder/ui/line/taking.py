"""What becomes of a line that a person typed: an answer, a command of either side, or a prompt."""

from mycoder.protocol.commands import Answer, RunSlash, Submit
from mycoder.ui import shell
from mycoder.ui.line.answers import how_to_answer, judge
from mycoder.ui.line.commands import OWN
from mycoder.ui.line.stage import LineStage
from mycoder.ui.typed import parse


async def take(stage: LineStage, line: str, now: float) -> bool:
    """False when the person wants to leave. `now` is the time on the clock of the printer."""
    if _answered(stage, line, now):
        return True
    typed = parse(line)
    match typed.kind:
        case "quit":
            return False
        case "shell":
            await _shell(stage, typed.text)
        case "slash":
            return await _slash(stage, typed.text, typed.arguments)
        case "prompt":
            submit(stage, line)
    return True


def _answered(stage: LineStage, line: str, now: float) -> bool:
    """Whether the line was for the question that waits, be it understood or not."""
    printer = stage.printer
    asked = next(iter(printer.transcript.asks.values()), None)
    if asked is None:
        return False
    verdict = judge(asked, line, waited=now - printer.asked_at, was_typing=printer.was_typing)
    printer.was_typing = False
    match verdict.kind:
        case "prompt":
            return False
        case "answer":
            stage.send(Answer(ask_id=asked.ask_id, choice=verdict.choice, note=verdict.note))
        case "early" | "unclear":
            printer.say(how_to_answer(asked, is_early=verdict.kind == "early"), "warning")
    return True


def submit(stage: LineStage, line: str) -> None:
    """Send a prompt, with its chips expanded."""
    has_chips = stage.reader.chips.has_any(line)
    text, images = stage.reader.chips.expand(line)
    stage.history.add(text if has_chips else line)
    if stage.printer.transcript.is_running:
        stage.console.print("queued; it starts when this turn has ended", style="muted")
    else:
        stage.printer.own.append(text)
    stage.send(Submit(text=text, attachments=images))


async def _shell(stage: LineStage, command: str) -> None:
    block = await shell.run(command, stage.options.root)
    if stage.door is not None:
        stage.door.notice(f"! {command}", blocks=(block,))


async def _slash(stage: LineStage, name: str, arguments: str) -> bool:
    from mycoder.session.slash.registry import find  # late: the session's package is loaded by now

    command = find(name)
    own = OWN.get(command.name) if command is not None else None
    if own is not None:
        return await own(stage, arguments)
    stage.send(RunSlash(name=name, arguments=arguments))
    return True
