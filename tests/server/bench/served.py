"""
The real ``luahost serve``, from a spool that is filled before it starts.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from luahost.server.spool import Entry, SpoolStatus, SqliteControl, SqliteSpool, State
from tests.server.bench.load import transaction

PUT_AT_ONCE = 1000
PATIENCE_SECONDS = 60

SCRIPTS = {
    "nothing": """
        local count = 0
        function dovecot_lua_notify_begin_txn(user) return user end
        function dovecot_lua_notify_event_message_new(user, event) count = count + 1 end
        function dovecot_lua_notify_end_txn(user, success) end
    """,
    "push": """
        local http = require("socket.http")
        function dovecot_lua_notify_begin_txn(user) return user end
        function dovecot_lua_notify_event_message_new(user, event)
          http.request(user:plugin_getenv("push_url"), "subject=" .. event.subject)
        end
        function dovecot_lua_notify_end_txn(user, success) end
    """,
}
"""What is run: with and without a request."""


def filled(spool: Path, number: int, users: int) -> None:
    """
    Put transactions of so many users into a spool.
    """
    bodies = [(f"user{user}", json.dumps(transaction(user)).encode()) for user in range(users)]
    with SqliteSpool(spool) as opened:
        for begin in range(0, number, PUT_AT_ONCE):
            some = [bodies[index % users] for index in range(begin, min(begin + PUT_AT_ONCE, number))]
            opened.put([Entry(user=user, payload=payload) for user, payload in some]).result()


class Served:
    """
    A server that runs.

    Attributes:
        process: Its first process.
    """

    def __init__(self, process: subprocess.Popen[bytes], control: SqliteControl) -> None:
        self.process = process
        self._control = control

    def status(self) -> SpoolStatus:
        """
        How its spool is doing.

        Raises:
            RuntimeError: It is no more.
        """
        if self.process.poll() is not None:
            raise RuntimeError("the server has ended; its words are above")
        return self._control.status()

    def until_done(self, number: int) -> SpoolStatus:
        """
        How its spool is doing once at least so many are done.

        Raises:
            RuntimeError: Some failed, or nothing goes on.
        """
        last, moment = -1, time.monotonic()
        while True:
            status = self.status()
            done = status.counts[State.DONE]
            if status.counts[State.DEAD] or status.counts[State.RETRYING]:
                raise RuntimeError(f"transactions failed: {dict(status.counts)}")
            if done >= number:
                return status
            if done != last:
                last, moment = done, time.monotonic()
            elif time.monotonic() - moment > PATIENCE_SECONDS:
                raise RuntimeError(f"nothing goes on: {dict(status.counts)}")
            time.sleep(0.1)


@contextmanager
def served(
    folder: Path, script: str, *, settings: dict[str, str] | None = None, options: Sequence[str] = ()
) -> Iterator[Served]:
    """
    The server in a folder, which may have a spool ``spool.db``.

    Args:
        folder: Where its files are.

        script: Of ``SCRIPTS``.

        settings: What the script reads.

        options: Lines for the section ``serve``.
    """
    (folder / "push.lua").write_text(SCRIPTS[script])
    section = {"listen": "unix:server.sock", "spool": "spool.db", "max_queued": 2_000_000}
    lines = [f"  {key}: {value}" for key, value in section.items()] + [f"  {option}" for option in options]
    (folder / "luahost.yaml").write_text(
        f"plugin: {json.dumps(settings or {})}\ndrivers: [{{driver: lua, file: push.lua}}]\nserve:\n"
        + "\n".join(lines)
        + "\n"
    )
    SqliteSpool(folder / "spool.db").close()
    command = [sys.executable, "-m", "luahost", "serve", "-c", str(folder / "luahost.yaml")]
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(command, stderr=log) as process,
        SqliteControl(folder / "spool.db") as control,
    ):
        try:
            yield Served(process, control)
        except BaseException:
            sys.stderr.write((folder / "log").read_text()[-2000:])
            raise
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
