"""A process that makes attempts: one order a line on standard input, one row a line on standard output."""

import asyncio
import os
import sys

import msgspec

from mycoder.bench.evaluation.attempt import Order, attempt


def main() -> None:
    # Rows go through a copy of standard output, so that nothing which prints can get between them.
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    decoder = msgspec.json.Decoder(Order)
    for line in sys.stdin.buffer:
        row = asyncio.run(attempt(decoder.decode(line)))
        out.write(msgspec.json.encode(row) + b"\n")
        out.flush()


if __name__ == "__main__":
    main()
