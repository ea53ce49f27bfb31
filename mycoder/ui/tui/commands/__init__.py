"""The interface's commands, by group. A file of a group lists its own as COMMANDS."""

GROUPS = ("turn", "blocks", "view", "sessions", "looks", "memory", "terminal")
