"""``/memory``: what is remembered, and every way to change it."""

import asyncio
from pathlib import Path

from mycoder.memory import dream
from mycoder.memory.entries import Scope
from mycoder.memory.files import MemoryFault
from mycoder.memory.memory import Memory
from mycoder.protocol.blocks import Diff
from mycoder.session import memory_commands as commands
from mycoder.session.remembering import said_lines
from mycoder.session.slash.command import SlashCommand, SlashSession

_USAGE = "list, add, rule, edit, pin, unpin, forget, search, why, dream"
_EVERYWHERE = "--everywhere"


async def run(session: SlashSession, arguments: str) -> None:
    if not session.memory.is_on:
        session.notice("Memory is switched off.", hint="The setting memory.enabled switches it on.")
        return
    try:
        await _run(session, arguments)
    except MemoryFault as fault:
        session.notice(f"{fault}.", level="warning")
    except OSError as error:
        session.notice(f"Memory cannot be written: {error.strerror or error}.", level="error")


async def _run(session: SlashSession, arguments: str) -> None:
    verb, _, rest = arguments.partition(" ")
    rest = rest.strip()
    memory = await session.memory.memory()
    match verb.lower():
        case "" | "list":
            hint = "/memory edit opens it in your editor."
            session.notice(await asyncio.to_thread(commands.listed, memory), hint=hint)
        case "why":
            session.notice(session.memory.why())
        case "search":
            found = await asyncio.to_thread(commands.found, memory, rest)
            past = said_lines(await session.memory.history(rest))
            session.notice("\n".join([found, *past]))
        case "dream":
            await _dream(session, rest)
        case "edit" if not rest:  # the app carries it out itself
            hint = "Or give an entry other words: /memory edit ID TEXT."
            session.notice("`mycoder memory edit` opens the memory in your editor.", hint=hint)
        case "add" | "rule" | "edit" | "pin" | "unpin" | "forget":
            id = session.memory.session
            session.notice(await asyncio.to_thread(_change, memory, verb.lower(), rest, id))
        case _:
            session.notice(f"/memory has no {verb!r}.", level="warning", hint=f"There are: {_USAGE}.")


def _change(memory: Memory, verb: str, rest: str, session: str) -> str:
    word, _, text = rest.partition(" ")
    match verb:
        case "add" | "rule":
            scope: Scope = "user" if word == _EVERYWHERE else "project"
            said = text if scope == "user" else rest
            return commands.add(memory, said, is_rule=verb == "rule", scope=scope, session=session)
        case "edit":
            return commands.edit(memory, word, text)
        case "forget":
            return commands.forget(memory, word)
    return commands.pin(memory, word, is_pinned=verb == "pin")


async def _dream(session: SlashSession, rest: str) -> None:
    work = await session.memory.dreaming()
    match rest:
        case "undo":
            session.notice(await asyncio.to_thread(commands.undo_dream, work.memory))
        case "" | "apply":
            planned = await work.plan()
            if not (planned.steps or planned.skills):
                session.notice("There is nothing to tidy up.")
                return
            if rest == "apply":
                planned = await asyncio.to_thread(dream.apply, work.memory, planned)
            block = Diff(path=str(Path(work.memory.file("project"))), text=planned.diff())
            hint = "/memory dream undo takes it back." if rest else "/memory dream apply does it."
            words = "Tidied up" if rest else "Would be tidied up"
            undo = "memory dream undo" if rest else ""
            session.notice(
                f"{words}: {commands.shown_dream(planned)}.", hint=hint, blocks=(block,), undo=undo
            )
        case _:
            session.notice(
                f"/memory dream has no {rest!r}.", level="warning", hint="apply, undo, or nothing."
            )


COMMAND = SlashCommand(
    name="memory",
    summary="show, change and search what is remembered",
    usage="[add TEXT|rule TEXT|edit ID TEXT|pin ID|unpin ID|forget ID|search WORDS|why|dream [apply|undo]]",
    aliases=("remember",),
    run=run,
)
