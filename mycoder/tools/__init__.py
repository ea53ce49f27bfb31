"""What a model can do. A new tool is its file, its description beside it, and one line here."""

from mycoder.tools.edit import edit
from mycoder.tools.patch import patch
from mycoder.tools.read import read
from mycoder.tools.shell import shell
from mycoder.tools.test import run_tests
from mycoder.tools.tool import Tool
from mycoder.tools.wait import wait
from mycoder.tools.write import write

TOOLS: tuple[Tool, ...] = (read, edit, write, patch, shell, wait, run_tests)
