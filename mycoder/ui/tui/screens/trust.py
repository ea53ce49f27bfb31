"""The question whether a folder is trusted, with the list of what that would load."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from mycoder.ui.door import TrustQuestion
from mycoder.ui.tui.fields import focus
from mycoder.ui.tui.inks import ink
from mycoder.ui.visible import visible_line


class TrustScreen(ModalScreen[bool | None]):
    """True or False is the answer; None when it was put off, which trusts nothing and asks again."""

    DEFAULT_CSS = "TrustScreen .details { height: auto; max-height: 12; margin-bottom: 1; }"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "later", "not now", priority=True)]

    def __init__(self, question: TrustQuestion) -> None:
        super().__init__()
        self.question = question

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(ink("Do you trust this folder?", "bold $warning"), markup=False)
            yield Static(visible_line(self.question.folder) + "\n", markup=False)
            loads = "\n".join(f"- {visible_line(line)}" for line in self.question.loads)
            yield Static(f"If you do, this of it would be loaded:\n{loads}\n", markup=False)
            if self.question.details:
                with VerticalScroll(classes="details"):
                    details = "\n".join(visible_line(line) for line in self.question.details)
                    yield Static(details, markup=False)
            yield OptionList(
                Option("Do not trust it: work here, load none of this", id="no"),
                Option("Trust it, and remember that", id="yes"),
                Option("Not now: ask again next time", id="later"),
                markup=False,
            )

    def on_mount(self) -> None:
        focus(self.query_one(OptionList))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss({"yes": True, "no": False}.get(event.option.id or ""))

    def action_later(self) -> None:
        self.dismiss(None)
