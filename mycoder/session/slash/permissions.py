"""``/permissions``: which answers are remembered, and forgetting them."""

from mycoder.session.slash.command import SlashCommand, SlashSession


async def run(session: SlashSession, arguments: str) -> None:
    verb, _, rest = arguments.partition(" ")
    match verb.lower():
        case "" | "list":
            _list(session)
        case "forget":
            _forget(session, rest.split())
        case _:
            session.notice(f"/permissions does not know {verb!r}.", level="warning", hint=_USAGE)


def _list(session: SlashSession) -> None:
    kept = session.approvals.remembered.answers()
    lines = [f"{number}. {answer.rule}" for number, answer in enumerate(kept, 1)]
    lines += [f"{kind}, until this session ends" for kind in session.approvals.of_session]
    if not lines:
        session.notice(
            "No answers are remembered.", hint=f"The mode is {session.state.mode}; /mode changes it."
        )
        return
    session.notice("Allowed without asking:\n" + "\n".join(lines), hint=_USAGE)


def _forget(session: SlashSession, words: list[str]) -> None:
    if words == ["all"]:
        numbers = None
    elif words and all(word.isascii() and word.isdigit() for word in words):
        numbers = [int(word[:9]) for word in words]
    else:
        session.notice("Say which.", level="warning", hint=_USAGE)
        return
    try:
        gone = session.approvals.forget(numbers)
    except OSError as fault:
        session.notice(f"The answers cannot be changed: {fault.strerror or fault}.", level="error")
        return
    if not gone:
        session.notice("There is no such answer.", level="warning", hint=_USAGE)
        return
    session.notice("Forgotten: " + ", ".join(gone))


_USAGE = "/permissions forget NUMBER … or /permissions forget all; what holds for the session goes with all."

COMMAND = SlashCommand(
    name="permissions",
    summary="show and forget remembered answers",
    usage="[list | forget n … | forget all]",
    aliases=("allowed",),
    run=run,
)
