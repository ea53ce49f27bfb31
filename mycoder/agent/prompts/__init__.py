"""The words a model is given, as markdown files beside this one."""

from pathlib import Path


def system_prompt(*, has_person: bool) -> str:
    """The system prompt; the same bytes for every session of a kind, which is what prompt caches pay for."""
    here = Path(__file__).parent
    face = (here / ("interactive.md" if has_person else "headless.md")).read_text(encoding="utf-8").strip()
    return (here / "system.md").read_text(encoding="utf-8").replace("{face}", face).strip()
