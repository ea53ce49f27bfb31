"""Slash commands: the same in every face. One file a command; `registry.py` finds them."""

NAMES = (
    "test",
    "fix",
    "undo",
    "redo",
    "diff",
    "plan",
    "goal",
    "model",
    "setup",
    "mode",
    "cost",
    "context",
    "compact",
    "agents",
    "memory",
    "resume",
    "fork",
    "export",
    "init",
    "doctor",
    "theme",
    "keys",
    "help",
    "quit",
)
"""All commands, in the order in which help lists them."""
