"""The app on a recorded session, with everything fixed that differs from run to run."""

from pathlib import Path

from mycoder.ui.door import OpenError, Opening, Options, Provider, SessionSummary, SettingField, TrustQuestion
from mycoder.ui.played import PlayedSession, load
from mycoder.ui.tui.app import MycoderApp

SCENES = Path(__file__).parent / "scenes"
NOW = 1_000_000.0
FILES = (
    "shop/cart.py",
    "shop/api.py",
    "tests/test_cart.py",
    "tests/test_api.py",
    "README.md",
    "docs/カート.md",
)

SESSIONS = (
    SessionSummary(
        id="s1", title="fix the total of the cart", root="/home/me/shop", at=NOW - 600, cost=0.21, turns=3
    ),
    SessionSummary(id="s2", title="", root="/home/me/shop", at=NOW - 90_000, turns=0),
    SessionSummary(
        id="s3", title="请修复 [bold]x", root="/home/me/other", at=NOW - 900_000, cost=0.004, turns=12
    ),
)
SETTINGS = (
    SettingField(
        key="model", help="The model to work with.", kind="text", value="openai/x", default="", origin="user"
    ),
    SettingField(
        key="mode",
        help="What it may do.",
        kind="choice",
        value="ask",
        default="auto",
        choices=("plan", "ask", "auto"),
    ),
    SettingField(key="limits.max_steps", help="Most replies.", kind="number", value=200, default=200),
    SettingField(key="ui.reduced_motion", help="No spinners.", kind="switch", value=False, default=False),
    SettingField(
        key="ui.theme",
        help="Name of the theme.",
        kind="choice",
        value="dusk",
        default="",
        choices=("dusk", "paper"),
    ),
)
PROVIDERS = (
    Provider(id="openai", label="OpenAI", key_variable="OPENAI_API_KEY", model="openai/gpt-example"),
    Provider(id="ollama", label="Ollama", model="ollama/qwen", is_local=True),
)
TRUST = TrustQuestion("/home/me/shop", (".mycoder/config.toml (settings)", ".mcp.json (MCP servers)"))


class Hands:
    """Clock that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def scene(name: str) -> PlayedSession:
    return PlayedSession(load(SCENES / f"{name}.jsonl"), files=FILES, branch="main*")


def app_on(session: PlayedSession | OpenError | None = None, **changes) -> MycoderApp:
    """An app whose session is `session`, or which finds none."""
    session = PlayedSession(files=FILES) if session is None else session

    async def open_session(opening: Opening):
        if isinstance(session, OpenError) and not opening.model:
            raise session
        return PlayedSession() if isinstance(session, OpenError) else session

    given = {
        "root": Path("/home/me/shop"),
        "open_session": open_session,
        "list_sessions": lambda: SESSIONS,
        "setting_fields": lambda: SETTINGS,
        "providers": PROVIDERS if isinstance(session, OpenError) else (),
        "clock": lambda: NOW,
        "is_still": True,
    }
    app = MycoderApp(Options(**{**given, **changes}))
    hands = Hands()
    app.clock = hands
    app.conversation.approval.clock = hands
    app.hands = hands
    return app


def shown(app: MycoderApp) -> str:
    """What stands on the screen, as text."""
    return "\n".join(strip.text.rstrip() for strip in app.screen._compositor.render_strips())
