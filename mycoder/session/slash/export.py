"""``/export``: the session as a file."""

from pathlib import Path

from mycoder.session.slash.command import SlashCommand, SlashSession

FORMS = ("md", "json")


async def run(session: SlashSession, arguments: str) -> None:
    form, name = target(arguments)
    file = Path(session.state.root) / name if not Path(name).is_absolute() else Path(name)
    try:
        # "x": an export never replaces a file
        with file.open("x", encoding="utf-8") as out:
            out.write(session.export(form))
    except FileExistsError:
        session.notice(f"{file} exists; nothing was written.", level="warning", hint="Name another file.")
    except OSError as error:
        session.notice(
            f"{file} cannot be written: {error.strerror}.", level="error", hint="Name another file."
        )
    else:
        session.notice(f"Exported to {file}.")


def target(arguments: str) -> tuple[str, str]:
    """(form, file name) of ``[md|json] [file]``; the form may also come from the ending of the file."""
    first, _, rest = arguments.strip().partition(" ")
    if first.lower() in FORMS:
        form, name = first.lower(), rest.strip()
    else:
        name = arguments.strip()
        form = "json" if name.endswith(".json") else "md"
    return form, name or f"mycoder-session.{form}"


COMMAND = SlashCommand(
    name="export", summary="write the session to a file", usage="[md|json] [file]", run=run
)
