r"""
Real Dovecot 2.3: what its own driver for Lua costs, as the difference of one without push and one with a
script; and the same events in luahost, in the same rounds.

STORE of ``\Flagged`` on 2,000 messages makes two events for each of them (FlagsClear and FlagsSet), as
luahost gets them here; COPY makes a MessageAppend of each message, for which Dovecot also reads headers and
text; an LMTP delivery makes a MessageNew, and a session with a Lua state of its own. What is measured is the
processor time of Dovecot's process for the user.
"""

from __future__ import annotations

import contextlib
import shutil
import statistics
from collections.abc import Callable

from benchmarks.bare import bare_json, bare_objects
from benchmarks.build import MissingError
from benchmarks.engine import of_json, of_objects
from benchmarks.figures import Figure, Found, Missing
from benchmarks.measure import Options, Round, Spread, in_turns
from benchmarks.scripts import HANDLER
from benchmarks.workload import flags_set, flags_stored, messages, recording
from luahost import Host
from tests.live.dovecot import PACKAGES, Dovecot
from tests.live.imap_client import ImapClient
from tests.server.bench.mail_path import LmtpClient, of_session

MESSAGES = 2000
COPIED = 200
DELIVERIES = 50

STORAGE = "mail_location = sdbox:~/mail\nmail_fsync = never\n"

_MAIL = (
    b"From: Alice <alice@example.org>\r\nTo: Bob <bob@example.com>\r\nSubject: Lunch on Friday?\r\n"
    b"Date: Wed, 19 Jun 2019 12:42:00 +0300\r\nMessage-ID: <lunch@example.org>\r\n\r\n"
    + b"The new place by the river opens this week. Shall we try it?\r\n"
    * 20
)

_PUSH = {"push_notification_driver": f"lua:file=@folder@/{HANDLER.name}"}

Taken = dict[str, list[float]]


def found(options: Options) -> Found:
    """
    STORE, COPY and LMTP, each without push and with a script.
    """
    if shutil.which("dovecot", path="/usr/sbin:/usr/bin:/usr/local/sbin") is None:
        yield Missing(
            str(MissingError(" ".join(PACKAGES), "its own driver is what luahost is compared with"))
        )
        return
    host = Host(HANDLER)
    stored, one = flags_stored(), messages(events=1, lists=True)
    tens = messages(events=10, lists=True)
    with contextlib.ExitStack() as stack:
        contenders: dict[str, Round] = {
            "luahost flags": of_objects(host, stored),
            "luahost message": of_objects(host, one),
            "luahost messages": of_objects(host, tens),
            "luahost json": of_json(host, recording(one)),
            "bare flags": bare_objects("flags", flags_set()),
            "bare json": bare_json("lists", recording(one)),
        }
        for name, dovecot in (("without", _server({}, ())), ("with", _server(_PUSH, None))):
            contenders |= _contenders(name, stack.enter_context(dovecot), stack)
        taken = in_turns(contenders, options.rounds)
    yield from _figures(taken)


def _server(plugin: dict[str, str], plugins: tuple[str, ...] | None) -> Dovecot:
    # One process for every user's IMAP, and one for LMTP: nothing is measured of processes that start.
    more = STORAGE + "service imap {\n  process_min_avail = 1\n}\nservice lmtp {\n  process_limit = 1\n}\n"
    if plugins is None:
        return Dovecot(plugin, files=[HANDLER], more=more)
    return Dovecot(plugin, mail_plugins=plugins, more=more)


def _contenders(name: str, dovecot: Dovecot, stack: contextlib.ExitStack) -> dict[str, Round]:
    """
    What is measured of a server, by name: the processor seconds of its processes for one event of STORE, one
    message of COPY and one delivery.
    """
    client = stack.enter_context(dovecot.imap("bob"))
    _fill(client)
    lmtp = LmtpClient(dovecot.ports[1], "eve")
    stack.callback(lmtp.close)

    def measured(work: Callable[[], object], each: int, tidy: Callable[[], object] = lambda: None) -> Round:
        def round_() -> float:
            before = of_session(dovecot.session)
            work()
            took = (of_session(dovecot.session) - before) / each
            tidy()
            return took

        return round_

    def deliver() -> None:
        for _ in range(DELIVERIES):
            lmtp.deliver()

    return {
        f"{name} STORE": measured(
            lambda: _ok(client, "STORE 1:* +FLAGS.SILENT (\\Flagged)"),
            2 * MESSAGES,
            lambda: _ok(client, "STORE 1:* -FLAGS.SILENT (\\Flagged)"),
        ),
        f"{name} COPY": measured(lambda: _ok(client, f"COPY 1:{COPIED} Copies"), COPIED),
        f"{name} LMTP": measured(deliver, DELIVERIES),
    }


def _fill(client: ImapClient) -> None:
    """
    Put the messages into INBOX, by copies of copies, and select it.
    """
    _ok(client, "CREATE Copies")
    for _ in range(MESSAGES // 100):
        client.command("APPEND INBOX {}", [_MAIL])
    _ok(client, "SELECT INBOX")
    have = MESSAGES // 100
    while have < MESSAGES:
        more = min(have, MESSAGES - have)
        _ok(client, f"COPY 1:{more} INBOX")
        _ok(client, "NOOP")
        have += more


def _ok(client: ImapClient, command: str) -> None:
    answer = client.command(command)
    if answer[-1].split()[0] != "OK":
        raise RuntimeError(f"Dovecot answered {answer[-1]!r} to {command}")


def _figures(taken: Taken) -> Found:
    own = {}
    for what, called in (("STORE", "a flag event"), ("COPY", "a message event"), ("LMTP", "a delivery")):
        without, scripted = taken[f"without {what}"], taken[f"with {what}"]
        own[what] = [mine - base for mine, base in zip(scripted, without, strict=True)]
        yield Figure(f"Dovecot {what}, without push: {called}", Spread.of(without).times(1e6), "µs")
        yield Figure(f"Dovecot {what}, with a script: {called} more", Spread.of(own[what]).times(1e6), "µs")
    for name in ("flags", "message", "messages", "json"):
        words = {"flags": "STORE", "message": "one a transaction", "messages": "ten a transaction"}
        called = words.get(name, "JSON to end_txn, one a transaction")
        yield Figure(f"luahost, {called}: an event", Spread.of(taken[f"luahost {name}"]).times(1e6), "µs")
    yield _to(
        "STORE: luahost to Dovecot's own cost for each event",
        taken["luahost flags"],
        own["STORE"],
        "flags dovecot",
    )
    yield _to(
        "STORE: a bare sandbox, for flags set alone, to the same",
        taken["bare flags"],
        own["STORE"],
        least_of="flags dovecot",
    )
    yield _to(
        "COPY: luahost from JSON to Dovecot's own cost", taken["luahost json"], own["COPY"], "json dovecot"
    )
    yield _to(
        "COPY: a bare sandbox from JSON to the same", taken["bare json"], own["COPY"], least_of="json dovecot"
    )
    yield _to("LMTP: luahost from JSON to Dovecot's own cost", taken["luahost json"], own["LMTP"])
    yield _to("COPY: ten Event objects to Dovecot's own cost", taken["luahost messages"], own["COPY"])


def _to(
    name: str, of: list[float], difference: list[float], target: str = "", *, least_of: str = ""
) -> Figure | Missing:
    """
    A ratio to a difference: of a round's difference little is sure, so the median of all is what is divided
    by.
    """
    own = statistics.median(difference)
    if own <= 0:
        return Missing(f"{name}: not told, as other work on this machine drowned the difference")
    return Figure(name, Spread.of([mine / own for mine in of]), "x", target, least_of)
