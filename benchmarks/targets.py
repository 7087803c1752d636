"""
What is asked of luahost's speed, and where it is missed the reason that was measured.

Ratios travel from machine to machine, times do not. The bounds are those of the issue that asked for speed;
the experiments that they come from are on lupa 2.8 and Lua 5.4. The instructions in the reasons were counted
by callgrind, as ``make guard`` does, on Python 3.11 built without profiles.
"""

from __future__ import annotations

from dataclasses import dataclass

_BOOKS = (
    "an event of ten is 24,000 instructions in the C host, 36,000 in a bare sandbox, and 50,000 in "
    "luahost, each with its part of begin_txn and end_txn. So lupa and Python alone miss the bound: ten "
    "texts become bytes and cross, and the script is called under a hook and a handler of errors. What "
    "luahost adds, 14,000, is the mail store, what is told, a limit for each call, and the way from the "
    "session to Lua. The bound's experiment called a function without a hook, with its values at hand."
)
"""Why events cost what they do."""

_FLAGS = (
    "a flag event is 12,000 instructions, the pure-Lua loop's 5,000 and the C host's 9,700. 2,500 set the "
    "hook for each call and take it away after it (left in place it costs 2,900, for then luahost's own "
    "Lua runs under it), as many are Python's, to see that all events of one STORE differ in their UID "
    "only, and the others are xpcall and a look at what a handler may have changed for the next. A bare "
    "sandbox sets the hook once, looks at nothing, and is told that events differ in nothing else."
)

_JSON = (
    "a transaction of one event is 203,000 instructions from JSON: 35,000 read the line and check it, half "
    "of them msgspec's; 75,000 are Lua's and lupa's, for the user's object, three functions and their hooks; "
    "30,000 bring the event across; the rest is Python, forty calls from the session to Lua and back. A bare "
    "sandbox has no user's object, no mail store, no limits to see to and nobody to tell."
)


@dataclass(frozen=True, slots=True)
class Target:
    """
    A bound for a figure.

    Attributes:
        words: What is bounded.

        bound: The number, in the figure's unit.

        least: Whether it is the least that is asked; otherwise the most.

        reason: Why it is missed, told where it is; "" until that is known.
    """

    words: str
    bound: float
    least: bool = False
    reason: str = ""

    def met(self, value: float) -> bool:
        """
        Whether a value keeps within the bound.
        """
        return value >= self.bound if self.least else value <= self.bound

    @property
    def asked(self) -> str:
        """
        The bound in words.
        """
        return f"at {'least' if self.least else 'most'} {self.bound:g}"


TARGETS = {
    "event objects": Target(
        "a MessageNew of 15 scalar fields, from Event objects, to the C host", 1.35, reason=_BOOKS
    ),
    "event bytes": Target(
        "the same from stored bytes",
        1.0,
        reason=(
            "stored bytes are JSON here, and a bare sandbox, which has msgspec read them and looks at "
            "nothing, takes almost twice the bound. To read and check one of ten events is 19,000 "
            "instructions more than above, most of them msgspec's."
        ),
    ),
    "event lists": Target("a MessageNew with its two lists, to naive lupa", 0.55, reason=_BOOKS),
    "flags floor": Target("2,000 flag events of one STORE, to the pure-Lua loop", 1.7, reason=_FLAGS),
    "flags dovecot": Target(
        "2,000 flag events of one STORE, to Dovecot's own cost for each", 0.35, reason=_FLAGS
    ),
    "json dovecot": Target(
        "a transaction of one event, JSON to end_txn, to Dovecot's own cost of a message event",
        0.55,
        reason=_JSON,
    ),
    "json time": Target(
        "the same in µs, as on an idle machine where the C host takes 1.24 µs an event", 6.0, reason=_JSON
    ),
    "sandbox ten": Target(
        "the whole sandbox over none, ten events",
        1.05,
        reason=(
            "in instructions it is 1.07: 1,000 each to set the hook before a function is called and to take "
            "it away after it, by Lua's own debug.sethook, and 1,000 for the script under it. Left in place "
            "between calls it costs as much, for then luahost's own Lua runs under it."
        ),
    ),
    "sandbox one": Target("the whole sandbox over none, one event", 1.15),
    "session time": Target(
        "a new session with a script of 200 lines, in µs, as where a bare Lua state takes 42 µs",
        150.0,
        reason=(
            "a bare state is 300,000 instructions; a session in a new one is 4.1 million, of which 2.3 are "
            "Lua's, 0.9 the allocator's and 0.9 Python's. They load luahost's own Lua, 26 of its 114 chunks, "
            "as many as this script wants before its first transaction, make what the script gets for "
            "itself, its libraries, dovecot, LuaSocket, and collect what loading leaves, 0.2 million. The "
            "experiment loaded 400 lines and gave a script nothing. A session in a state that another one "
            "has left, which is how sessions follow each other, is 1.1 million, its end included; half of "
            "that are Python."
        ),
    ),
    "session memory": Target(
        "its memory, in KB",
        100.0,
        reason=(
            "each session that lives has a Lua state of its own, as in Dovecot, so that a script is "
            "held to its memory. Lua's part is 180 KB: some 95 are a bare state and the sandbox, 35 what "
            "scripts see of Dovecot, 40 LuaSocket and an HTTP client, the rest the script itself. Python's "
            "objects are 19 KB; what remains is what the allocator adds. A state shared by sessions would "
            "take 3 KB for each, and no script could be held to a limit."
        ),
    ),
    "version": Target("luahost --version, to python -c pass", 1.2),
    "run": Target(
        "luahost run with one event, to busted with one test",
        2.5,
        reason=(
            "Python alone takes as long as busted with its test. Python with argparse, typing and lupa, and "
            "nothing of luahost, is 94 million instructions to Python's own 39; run is 267 million. Of these "
            "some 45 find and read 125 modules, 20 write the __init__ of 24 dataclasses, 15 compile "
            "patterns, as many compile 30 chunks of Lua, and 5 do what was asked for."
        ),
    ),
    "scenarios": Target(
        "1,000 scenarios a second, to busted's 1,000 trivial tests",
        3.0,
        least=True,
        reason=(
            "a scenario is a session of its own, in which a script is loaded and gets a mail; busted's "
            "test is one call in a state that all share. A scenario is 2.0 million instructions, and the "
            "start before them 430 million. Of the scenario's, a third each goes into a session that begins "
            "and ends and into the delivery, and a sixth each into reading it and into what it gets for "
            "itself and is judged by. Start and reading are done by one process, the rest by one on "
            "each processor."
        ),
    ),
    "http": Target(
        "an HTTP exchange through the shim, to a bare httpx.Client request",
        1.2,
        reason=(
            "in processor time it is about the bound, where the connection is kept: each request there "
            "is a transaction of its own, with begin_txn, handler and end_txn, of 190,000 instructions,"
            " beside 1.6 million of httpx."
        ),
    ),
    "two workers": Target(
        "two workers on two cores, to one",
        1.8,
        least=True,
        reason=(
            "what two processes of pure Lua get on the same machine in the same rounds is told beside "
            "it: more than the machine gives nobody can take."
        ),
    ),
}
"""By the key that a figure names."""
