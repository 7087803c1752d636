"""
``python -m tests.server.bench.cluster_worker URL``: a machine that runs nothing for as long as it takes: each
claim is done at once. It begins when it hears a line on standard input, and ends with that.
"""

from __future__ import annotations

import sys
import threading

from luahost.config.nats_place import nats_place
from luahost.server.spool.nats.spool import NatsSpool

MOST = 100


def main() -> None:
    """
    Until standard input is closed.
    """
    with NatsSpool(nats_place(sys.argv[1])) as spool:
        sys.stdin.readline()

        def end() -> None:
            sys.stdin.read()
            spool.drain()

        threading.Thread(target=end, daemon=True).start()
        while claims := spool.claim(MOST).result():
            spool.done(*(claim.id for claim in claims)).result()


if __name__ == "__main__":
    main()
