"""One table, two parsers: they agree, and the table agrees with the settings."""

from pathlib import Path
from typing import Any

import click
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.cli.commands import SUBCOMMANDS
from mycoder.cli.faults import UsageError
from mycoder.cli.here import flags_of
from mycoder.cli.main import command_line
from mycoder.cli.options import RUN_OPTIONS
from mycoder.cli.quick import parse
from mycoder.config import keys
from mycoder.config.key_paths import split_key
from mycoder.config.layers import load

FLAGS = [flag for option in RUN_OPTIONS for flag in option.flags]
VALUES = ["", "-", "x", "a=b", "auto", "plan", "json", "required", "3", "0", "1.5", "1.", "-1", "1_0", "٣",
          "1e3", "--task", "nan", "ü", " 5", "@f", "inf", "--", "05"]  # fmt: skip

pieces = st.one_of(
    st.sampled_from(FLAGS),
    st.sampled_from(VALUES),
    st.builds("{}={}".format, st.sampled_from(FLAGS), st.sampled_from(VALUES)),
    st.builds("{}{}".format, st.sampled_from(["-C", "-o", "-q"]), st.sampled_from(VALUES)),
    st.sampled_from([command.name for command in SUBCOMMANDS]),
    st.sampled_from(["fix it", "修复", " two words ", "--fix it", "naïve", " "]),
    st.sampled_from(["--help", "-h", "--version", "-V", "--no-such", "--tas"]),
)


def full(arguments: list[str]) -> dict[str, Any] | None:
    """What click makes of it, without running anything; None for an error or a subcommand."""
    command = command_line()
    try:
        context = command.make_context("mycoder", list(arguments))
    except (click.ClickException, click.exceptions.Exit):
        return None
    if context._protected_args or context.args:
        return None
    given_values = {n: v for n, v in context.params.items() if v not in (None, False, ())}
    return {n: list(v) if isinstance(v, tuple) else v for n, v in given_values.items()}


@given(st.lists(pieces, max_size=6))
@settings(max_examples=150, deadline=None)
def test_what_the_quick_parser_takes_the_full_one_takes_alike(arguments: list[str]) -> None:
    quick = parse(arguments)
    if quick is not None:
        assert quick == full(arguments)


@pytest.mark.parametrize(
    ("arguments", "values"),
    [
        ([], {}),
        (["--task", "fix it"], {"task": "fix it"}),
        (["-p", "fix it"], {"task": "fix it"}),
        (["fix it"], {"prompt": "fix it"}),
        (["修复测试", "-c", "-m", "a/b"], {"prompt": "修复测试", "continue": True, "model": "a/b"}),
        (["--model=a/b", "fix it"], {"model": "a/b", "prompt": "fix it"}),
        (["--task=-", "-q"], {"task": "-", "quiet": True}),
        (["--task", "-", "-C", "/x"], {"task": "-", "directory": "/x"}),
        (["--max-steps", "5", "--max-cost", "0.5"], {"max_steps": 5, "max_cost": 0.5}),
        (["--max-time", "60"], {"max_time": 60.0}),
        (["--set", "a=1", "--set=b=2"], {"set": ["a=1", "b=2"]}),
        (["--model", "a", "--model", "b"], {"model": "b"}),
        (["--output-format", "stream-json", "-o", "f"], {"output_format": "stream-json", "output": "f"}),
    ],
)
def test_what_everybody_writes_is_quick(arguments: list[str], values: dict[str, Any]) -> None:
    assert parse(arguments) == values == full(arguments)


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["config"], ["--task"], ["--mode", "yolo"], ["--max-steps", "0"], ["--max-steps", "x"],
     ["--quiet=1"], ["-Cdir"], ["--task", "--model"], ["--bogus"], ["fix"], ["fix it", "now"], ["-qq"],
     ["--max-steps", "1.5"]],
)  # fmt: skip
def test_what_is_left_to_the_full_parser(arguments: list[str]) -> None:
    assert parse(arguments) is None


def test_every_option_that_is_a_setting_names_one() -> None:
    for option in RUN_OPTIONS:
        if option.key:
            hint = keys.find(split_key(option.key))
            assert hint is not None, option.flags
            assert keys.Key((), hint, None, "").choices == option.choices, option.flags


def test_every_option_is_explained_and_named_once() -> None:
    assert len(set(FLAGS)) == len(FLAGS)
    assert len({option.name for option in RUN_OPTIONS}) == len(RUN_OPTIONS)
    for option in RUN_OPTIONS:
        assert option.help.endswith("."), option.flags
        assert (option.kind == "switch") == (not option.metavar), option.flags


def test_flags_become_settings() -> None:
    flags = flags_of(
        {
            "model": "a/b",
            "max_steps": 3,
            "allow_unverified": True,
            "set": ['models."a=b".window=5', "model=x/y", "tests.seconds=7"],
        }
    )

    found = load(Path("/nowhere"), flags=flags, env={"HOME": "/nowhere"}, is_trusted=False).settings
    assert found.model == "x/y", "--set wins"
    assert found.limits.max_steps == 3
    assert found.tests.allow_unverified
    assert found.tests.seconds == 7
    assert found.models["a=b"].window == 5


@pytest.mark.parametrize("text", ["", "x", "=x", '"a=b"'])
def test_a_pair_without_two_sides(text: str) -> None:
    with pytest.raises(UsageError, match="is not of the form --set"):
        flags_of({"set": [text]})
