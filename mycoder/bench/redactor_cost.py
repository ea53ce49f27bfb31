"""``mycoder bench redact``: what taking secrets out of a text costs."""

import statistics
import time

from mycoder.protocol.redact import Redactor

CODE = '''    def total(self, rows: Sequence[Row], *, rate: float = 0.19) -> Decimal:
        """What the rows cost with tax; raises `BadRow` for one without a price."""
        key = self.keys.get(row.name, "default")
        return sum((row.price * (1 + rate) for row in rows if row.key == key), Decimal(0))

'''
LOG = (
    "2026-01-31 17:45:02,113 INFO app.server request id=7f3a9c21 GET /api/orders/1293?page=2 200 12.4 ms\n"
    "tests/test_orders.py::test_total[eu-0.19] PASSED                                          [ 42%]\n"
)
# Put together here, so that this file holds nothing that looks like a key.
KEYED = (
    "API_KEY="
    + "sk-"
    + "proj-aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5z\n"
    + ("export TOKEN='" + "ghp" + "_0123456789abcdefghijABCDEFGHIJ012345'\n")
)
DIGESTS = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08  dist/app-1.2.3.tar.gz\n"

TEXTS = {
    "code": CODE,
    "logs": LOG,
    "checksums": DIGESTS,
    "code with a secret in 100 lines": CODE * 20 + KEYED,
}


def run(rounds: int) -> str:
    """Times `rounds` passes over a million characters of each kind; a line for each, in ms per MB."""
    redactor = Redactor.of({"OWN_" + "API_KEY": "own-value-of-a-" + "key-1234567890"})
    lines = []
    for name, piece in TEXTS.items():
        text = (piece * (1_000_000 // len(piece) + 1))[:1_000_000]
        taken = []
        for _ in range(rounds):
            began = time.perf_counter()
            redactor.text(text)
            taken.append((time.perf_counter() - began) * 1000)
        lines.append(f"{name:<32} median {statistics.median(taken):7.1f} ms per MB, least {min(taken):7.1f}")
    return "\n".join(lines)
