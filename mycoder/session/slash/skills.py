"""``/skills``: which there are, what one says, work by one, and what becomes of those that were distilled."""

import asyncio

from mycoder.memory.files import MemoryFault
from mycoder.memory.memory import Memory
from mycoder.protocol.blocks import Code, Diff
from mycoder.protocol.commands import Submit
from mycoder.session import skill_commands as commands
from mycoder.session.slash.command import SlashCommand, SlashSession

_USAGE = "[show NAME|use NAME [TASK]|accept NAME|drop NAME]"


async def run(session: SlashSession, arguments: str) -> None:
    verb, _, rest = arguments.partition(" ")
    name, _, task = rest.strip().partition(" ")
    try:
        await _run(session, verb.lower(), name, task.strip())
    except MemoryFault as fault:
        session.notice(f"{fault}.", level="warning")
    except OSError as error:
        session.notice(f"Skills cannot be written: {error.strerror or error}.", level="error")


async def _run(session: SlashSession, verb: str, name: str, task: str) -> None:
    memory = await session.memory.memory() if session.memory.is_on else None
    match verb:
        case "" | "list":
            aside = commands.proposed(memory) if memory else []
            hint = (
                "/skills show NAME shows one, /skills accept NAME lets new sessions use it." if aside else ""
            )
            session.notice(commands.listed(await session.skills.all(), aside), hint=hint)
        case "show":
            file, text = commands.shown(await session.skills.all(), memory, name)
            session.notice(f"The skill {name}.", blocks=(Code(text=text, path=file),))
        case "use":
            await _use(session, name, task)
        case "accept" if memory is not None:
            await _accept(session, memory, name)
        case "drop" if memory is not None:
            session.notice(await asyncio.to_thread(commands.drop, memory, name))
        case "accept" | "drop":
            session.notice("Memory is switched off, and with it what was distilled.", level="warning")
        case _:
            session.notice(f"/skills has no {verb!r}.", level="warning", hint=f"/skills {_USAGE}")


async def _use(session: SlashSession, name: str, task: str) -> None:
    skill = (await session.skills.all()).find(name)
    if skill is None:
        session.notice(f"There is no skill {name!r}.", level="warning", hint="/skills lists them.")
        return
    await session.send(Submit(text=f"{task or 'Do this.'}\n\nBy the skill {skill.name}:\n\n{skill.body}"))


async def _accept(session: SlashSession, memory: Memory, name: str) -> None:
    file, text = await asyncio.to_thread(commands.accept, memory, name)
    lines = text.splitlines()
    diff = "\n".join([f"@@ -0,0 +1,{len(lines)} @@", *(f"+{line}" for line in lines)])
    session.notice(
        f"New sessions are told of the skill {name}.",
        hint=f"/skills drop {name} takes it back.",
        blocks=(Diff(path=str(file), text=diff),),
        undo=f"skills drop {name}",
    )


COMMAND = SlashCommand(
    name="skills", summary="list skills, work by one, accept proposed ones", usage=_USAGE, run=run
)
