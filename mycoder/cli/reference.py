"""``mycoder reference``: the reference pages of the documentation, made from the code of this version."""

from pathlib import Path
from typing import Annotated

import typer

from mycoder.cli.pages.catalog import texts
from mycoder.cli.typed import new_app
from mycoder.ui.exit_codes import ExitCode
from mycoder.ui.standard_error import complain

app = new_app()


@app.command(help="Write the reference pages of this version as markdown.")
def reference(
    out: Annotated[Path, typer.Option(help="Folder for the pages.")] = Path("docs/reference"),
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit 1 when a page is not as it should be.")
    ] = False,
) -> int:
    stale = {name: text for name, text in texts().items() if _read(out / name) != text}
    if check:
        for name in stale:
            complain(f"{out / name} is not up to date: mycoder reference --out {out}")
        return ExitCode.NOT_ACHIEVED if stale else ExitCode.DONE
    for name, text in stale.items():
        out.mkdir(parents=True, exist_ok=True)
        (out / name).write_text(text, encoding="utf-8")
        typer.echo(f"wrote {out / name}")
    return ExitCode.DONE


def _read(file: Path) -> str:
    """Empty when it is not there or no text."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
