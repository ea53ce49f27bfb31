"""Commands about what is on the screen."""

from mycoder.ui.tui.stage import Stage, UiCommand


def find(stage: Stage, argument: str) -> None:
    stage.find.open()


def side(stage: Stage, argument: str) -> None:
    stage.side.display = not stage.side.display
    stage.refresh_panels()


def open_all(stage: Stage, argument: str) -> None:
    stage.chat.toggle_all()


def end(stage: Stage, argument: str) -> None:
    stage.chat.set_cursor(None)
    stage.chat.follow()


def start(stage: Stage, argument: str) -> None:
    stage.chat.release_anchor()
    stage.chat.fill_back(0)
    stage.chat.call_after_refresh(stage.chat.scroll_home, animate=False)


def page_up(stage: Stage, argument: str) -> None:
    if not stage.approval.page(-1):
        stage.chat.scroll_page_up(animate=False)


def page_down(stage: Stage, argument: str) -> None:
    if not stage.approval.page(1):
        stage.chat.scroll_page_down(animate=False)


def palette(stage: Stage, argument: str) -> None:
    # late: screens cost start-up time and are seldom needed
    from mycoder.ui.tui.screens.palette import open_palette

    open_palette(stage)


def keys(stage: Stage, argument: str) -> None:
    from mycoder.ui.tui.screens.keys import KeysScreen  # late: see palette

    stage.app.push_screen(KeysScreen(stage.options.keys))


def leave(stage: Stage, argument: str) -> None:
    stage.app.leave()


COMMANDS = (
    UiCommand(id="view.palette", title="all commands", keys="ctrl+p", run=palette, is_in_palette=False),
    UiCommand(id="view.keys", title="all keys", keys="f1", run=keys, slash="keys"),
    UiCommand(id="view.find", title="find in this session", keys="ctrl+f", run=find),
    UiCommand(id="view.side", title="side bar", keys="ctrl+b", run=side),
    UiCommand(id="view.open_all", title="open or fold all", keys="ctrl+o", run=open_all),
    UiCommand(id="view.page_up", title="scroll up", keys="pageup", run=page_up, is_in_palette=False),
    UiCommand(id="view.page_down", title="scroll down", keys="pagedown", run=page_down, is_in_palette=False),
    UiCommand(id="view.start", title="go to the beginning", keys="ctrl+home", run=start),
    UiCommand(id="view.end", title="go to the end and follow", keys="ctrl+end", run=end),
    UiCommand(id="app.quit", title="leave mycoder", keys="ctrl+q", run=leave, slash="quit"),
)
