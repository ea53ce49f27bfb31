"""The page about workflows names everything there is."""

from pathlib import Path

import msgspec

from mycoder.workflows.definition import TOP, Limits, NodeLimits
from mycoder.workflows.nodes import KINDS
from mycoder.workflows.state import KINDS as VALUES
from mycoder.workflows.state import TEXTS

PAGE = (Path(__file__).parents[2] / "docs/workflows.md").read_text(encoding="utf-8")


def test_every_kind_key_and_value_is_on_the_page():
    words = [*TOP, *KINDS, *VALUES]
    for struct in (Limits, NodeLimits, *(kind.spec for kind in KINDS.values())):
        words += [field.name for field in msgspec.structs.fields(struct)]
    missing = [word for word in words if f"`{word}`" not in PAGE]
    missing += [word for word in TEXTS if f"{{{{{word}}}}}" not in PAGE]
    assert not missing
