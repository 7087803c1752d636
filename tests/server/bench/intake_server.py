"""
``python -m tests.server.bench.intake_server SPOOL``: spool and intake without runners, until its standard
input ends. It says its port.
"""

from __future__ import annotations

import sys

from luahost.config.serve_section import Listen
from luahost.server.intake import Health, Intake, Listener, bound
from luahost.server.metrics import Metrics
from luahost.server.spool import SqliteSpool
from luahost.server.tuning import tuned


def main() -> None:
    """
    Serve.
    """
    with tuned(), SqliteSpool(sys.argv[1]) as spool:
        intake = Intake(
            spool,
            tokens=None,
            max_body_bytes=4 * 1024 * 1024,
            expire_seconds=1800,
            health=lambda: Health(well=True, told={}),
            metrics=Metrics(),
        )
        socket = bound(Listen(host="127.0.0.1", port=0))
        listener = Listener(intake, socket)
        listener.start()
        sys.stdout.write(f"{socket.getsockname()[1]}\n")
        sys.stdout.flush()
        sys.stdin.read()
        listener.stop(5)


if __name__ == "__main__":
    main()
