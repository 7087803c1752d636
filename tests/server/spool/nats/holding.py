"""
A machine that takes what there is, records an answer for each, says so, and runs for ever.

A line on standard output for each claim: ``ID ATTEMPT``.
"""

from __future__ import annotations

import os
import sys

from luahost.config.nats_place import nats_place
from luahost.server.spool.nats.spool import NatsSpool


def main() -> None:
    """
    Until somebody kills it.
    """
    with NatsSpool(nats_place(sys.argv[1])) as spool:
        while True:
            for claim in spool.claim(100).result():
                spool.record_answer(claim.id, "key", claim.id.encode("ascii")).result()
                os.write(1, f"{claim.id} {claim.attempt}\n".encode("ascii"))


if __name__ == "__main__":
    main()
