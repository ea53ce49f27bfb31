"""What a model can do. A new tool is its file, its description beside it, and one line here."""

from mycoder.tools.agent import agent
from mycoder.tools.ask import ask
from mycoder.tools.edit import edit
from mycoder.tools.find import find
from mycoder.tools.grep import grep
from mycoder.tools.localise import localise
from mycoder.tools.outline import outline
from mycoder.tools.patch import patch
from mycoder.tools.plan import plan
from mycoder.tools.read import read
from mycoder.tools.recall import recall
from mycoder.tools.remember import remember
from mycoder.tools.shell import shell
from mycoder.tools.test import run_tests
from mycoder.tools.tool import Tool
from mycoder.tools.wait import wait
from mycoder.tools.write import write

TOOLS: tuple[Tool, ...] = (
    read,
    grep,
    find,
    outline,
    edit,
    write,
    patch,
    shell,
    wait,
    run_tests,
    localise,
    plan,
    agent,
    ask,
    remember,
    recall,
)
