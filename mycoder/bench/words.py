"""Words of which benchmarks make up notes and talk about programs."""

SUBJECTS = (
    "cache",
    "queue",
    "parser",
    "worker",
    "session",
    "index",
    "schema",
    "token",
    "ledger",
    "socket",
    "router",
    "mirror",
)
VERBS = ("reads", "writes", "retries", "closes", "drops", "merges", "splits", "checks")
