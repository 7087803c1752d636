"""
What ``user:mailbox`` gives.
"""

from __future__ import annotations

from random import Random

from tests.live.chunks.users import metadata
from tests.live.chunks.words import argument, arguments, chunk, method, tried
from tests.snippets.generator import lua_string

NAMES = [
    *("INBOX", "inbox", "InBox", "Work", "Work/Sub", "Päivä", "Nope"),
    *(
        "",
        "/",
        "/Work",
        "Work/",
        "A//B",
        "a.b",
        "Work/Nope",
        "~Work",
        "*",
        "%",
        "INBOX/Sub",
        "inbox/Sub",
    ),
    *(
        "Work\0x",
        "a\nb",
        "a\tb",
        "&",
        "P&AOQ-iv&AOQ-",
        "..",
        "../x",
        "x" * 230,
        "Nope/Nope/Nope",
        "é/é",
        " Work",
        "WORK",
    ),
    *(
        "a&b",
        "new\\x",
        '"',
        "5",
        "dovecot-uidlist",
        "cur",
        "日本語",
        "x/../y",
        "./x",
        "Work/..",
        "\x7f",
        "e\u0301",
        "Å",
    ),
]
FLAGS = [
    *(
        "dovecot.storage.MAILBOX_FLAG_READONLY",
        "dovecot.storage.MAILBOX_FLAG_SAVEONLY",
        "1",
        "1.0",
        "'1'",
        "0",
        "2",
    ),
    *(
        "dovecot.storage.MAILBOX_FLAG_KEEP_LOCKED",
        "256",
        "257",
        "32",
    ),
    "dovecot.storage.MAILBOX_FLAG_IGNORE_ACLS",
    *("dovecot.storage.NOSUCH"),
]
SYNC = [
    *("0", "1", "2", "4", "64", "128", "256", "1.0", "'4'", "5", "dovecot.storage.MAILBOX_SYNC_FLAG_FAST"),
    *("dovecot.storage.MAILBOX_SYNC_FLAG_FULL_READ", "dovecot.storage.MAILBOX_SYNC_FLAG_FULL_WRITE"),
    "dovecot.storage.MAILBOX_SYNC_FLAG_EXPUNGE",
]
ITEMS = [
    *(
        "MESSAGES",
        "RECENT",
        "UIDNEXT",
        "UIDVALIDITY",
        "UNSEEN",
        "FIRST_UNSEEN_SEQ",
        "KEYWORDS",
        "HIGHESTMODSEQ",
    ),
    *("PERMANENT_FLAGS", "FIRST_RECENT_UID", "HIGHESTPVTMODSEQ", "NOSUCH"),
]
LOOKS = [
    "return members(m), members(getmetatable(m)), getmetatable(m).__name",
    "return tostring(m), m.vname, m.name, #m, m.nosuch",
    "return m == m, m == user:mailbox(m.vname), m ~= user:mailbox('INBOX'), m == 5, rawequal(m, m)",
    "return m .. 'x'",
    "return m()",
    "return m:nosuch()",
    "m.vname = 'mine' m.mine = 5 return tostring(m), m.vname, m.mine",
    "return getmetatable(m).__tostring()",
    "return getmetatable(m).__eq(m, m)",
    "return getmetatable(m).__eq(m, 5)",
    "return getmetatable(m).__eq()",
    "return string.format('%s', m)",
]


def item(rng: Random) -> str:
    """
    What a status is asked for.
    """
    drawn = rng.random()
    if drawn < 0.8:
        return f"dovecot.storage.STATUS_{rng.choice(ITEMS[:-1] if rng.random() < 0.95 else ITEMS)}"
    if drawn < 0.95:
        return rng.choice(
            ["0", "-1", "255", "'16'", "16.0", "2^13", "2^14", "2^20", "2^31", "2^32", "2^33 + 1", "8191"]
        )
    return argument(rng, "any")


def mailbox_call(rng: Random, *, opened: bool) -> str:
    """
    A call of a method.
    """
    drawn = rng.random()
    if drawn < 0.45:
        count = rng.choice([1] * 6 + [2, 3, 0])
        return method(rng, "m", "status", [item(rng) for _ in range(count)])
    if drawn < 0.6:
        given = (
            [rng.choice(SYNC)]
            if rng.random() < 0.5
            else arguments(rng, ("any",))
            if rng.random() < 0.2
            else []
        )
        return method(rng, "m", "sync", given)
    if drawn < 0.7:
        return method(rng, "m", "open", arguments(rng, ()))
    if drawn < 0.75 and not opened:
        return method(rng, "m", "close", arguments(rng, ()))
    if drawn < 0.85:
        return tried(rng.choice(LOOKS))
    if opened:
        return metadata(rng, "m")
    reading = rng.choice(["metadata_get", "metadata_list"])
    ends = ["a"] if reading == "metadata_get" else ["a", ""]
    return method(rng, "m", reading, [lua_string(f"/{rng.choice(['private', 'shared'])}/{rng.choice(ends)}")])


def mailbox_chunk(rng: Random) -> str:
    """
    A mailbox, some calls, and its end; what writes METADATA needs it open, or the process dies.
    """
    name = lua_string(rng.choice(NAMES[:7] if rng.random() < 0.6 else NAMES))
    given = [name]
    if rng.random() < 0.3:
        given.append(rng.choice(FLAGS))
    if rng.random() < 0.04:
        given = arguments(rng, ("any", "any"), 0.3)
        return chunk(method(rng, "user", "mailbox", given))
    opened = rng.random() < 0.4
    statements = [f"local m = user:mailbox({', '.join(given)})"]
    if opened:
        statements.append("if not pcall(m.open, m) then return 'not there' end")
    statements += [mailbox_call(rng, opened=opened) for _ in range(rng.choice([1, 1, 2, 3, 4]))]
    end = rng.choice(
        ["m:free()", "m:free()", "m:close() m:free() m:free()", "try(function() return all(m:free()) end)"]
    )
    return chunk(*statements, end)
