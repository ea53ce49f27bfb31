"""Prints the commands of the README's code blocks marked `sh`, one block a line, as a person would paste them."""

import re
from pathlib import Path

readme = Path(__file__).resolve().parent.parent.joinpath("README.md").read_text(encoding="utf-8")
for block in re.findall(r"^```sh\n(.*?)^```$", readme, re.DOTALL | re.MULTILINE)[:2]:
    print(" ".join(line.strip() for line in block.replace("\\\n", " ").splitlines() if line.strip()))
