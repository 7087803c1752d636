"""
``mailbox:status``: its keys, and which of them are filled when.
"""

from __future__ import annotations

from typing import Any

import pytest

from luahost.effects import MailboxCall
from luahost.events import MessageAppend, MessageRead
from luahost.runtime import LUA_VERSIONS
from luahost.store import MemoryStore
from tests.conftest import Evaluate, OpenSession

UNASKED = {
    "mailbox": '"Work"',
    "messages": "0",
    "uidvalidity": "0",
    "uidnext": "0",
    "first_recent_uid": "0",
    "recent": "0",
    "unseen": "0",
    "first_unseen_seq": "0",
    "highest_modseq": "0",
    "highest_pvt_modseq": "0",
    "permanent_flags": "0",
    "flags": "0",
    "permanent_keywords": "false",
    "allow_new_keywords": "false",
    "nonpermanent_modseqs": "false",
    "no_modseq_tracking": "false",
    "have_guids": "true",
    "have_save_guids": "true",
    "have_only_guid128": "false",
}

ALWAYS = {"messages": "3", "uidvalidity": "9", "uidnext": "6", "first_recent_uid": "2"}
PERMANENT = {
    "permanent_flags": "31",
    "flags": "31",
    "permanent_keywords": "true",
    "allow_new_keywords": "true",
}
MODSEQ = {"highest_modseq": "7", "no_modseq_tracking": "true"}
KEYWORDS = {"keywords": '{"custom", "$Label1"}'}

ASKED = [
    ("0", {}),
    ("STATUS_MESSAGES", ALWAYS),
    ("STATUS_RECENT", ALWAYS | {"recent": "3"}),
    ("STATUS_UIDNEXT", ALWAYS),
    ("STATUS_UIDVALIDITY", ALWAYS),
    ("STATUS_UNSEEN", ALWAYS | {"unseen": "2"}),
    ("STATUS_FIRST_UNSEEN_SEQ", ALWAYS | {"first_unseen_seq": "2"}),
    ("STATUS_KEYWORDS", ALWAYS | KEYWORDS),
    ("STATUS_HIGHESTMODSEQ", ALWAYS | MODSEQ),
    ("STATUS_PERMANENT_FLAGS", ALWAYS | PERMANENT),
    ("STATUS_FIRST_RECENT_UID", ALWAYS),
    ("STATUS_HIGHESTPVTMODSEQ", ALWAYS),
    ("STATUS_RECENT, STATUS_UNSEEN", ALWAYS | {"recent": "3", "unseen": "2"}),
    ("STATUS_RECENT + STATUS_UNSEEN", ALWAYS | {"recent": "3", "unseen": "2"}),
    ("STATUS_RECENT, STATUS_RECENT", ALWAYS | {"recent": "3"}),
    ("'2', 16.0", ALWAYS | {"recent": "3", "unseen": "2"}),
    (
        "-1",
        ALWAYS | PERMANENT | MODSEQ | KEYWORDS | {"recent": "3", "unseen": "2", "first_unseen_seq": "2"},
    ),
    ("2^40", {}),
]


def work() -> MemoryStore:
    """
    A store in which bob's Work has three messages, the first of them seen.
    """
    store = MemoryStore()
    message: dict[str, Any] = {"mailbox": "Work", "uid_validity": 9}
    for event in (
        MessageAppend(**message, uid=2),
        MessageAppend(**message, uid=4, keywords=("custom",)),
        MessageAppend(**message, uid=5, flags=("\\Flagged",), keywords=("$Label1",)),
        MessageRead(**message, uid=2),
    ):
        store.observe("bob", event)
    return store


def table(filled: dict[str, str]) -> str:
    """
    The status table with these values, as tests/lua/show.lua shows it.
    """
    return "{" + ", ".join(sorted(f"{key}={value}" for key, value in (UNASKED | filled).items())) + "}"


@pytest.mark.parametrize(("items", "filled"), ASKED)
def test_filled(evaluate: Evaluate, items: str, filled: dict[str, str]) -> None:
    """
    Every key is there, whatever was asked; some have their value only if they were asked for, and
    ``keywords`` is there only then.
    """
    items = items.replace("STATUS_", "dovecot.storage.STATUS_")

    assert evaluate(f"return user:mailbox('Work'):status({items})", store=work()) == table(filled)


@pytest.mark.parametrize("lua", LUA_VERSIONS)
def test_filled_everywhere(evaluate: Evaluate, lua: str) -> None:
    """
    Every Lua version gets the same table, numbers as integers.
    """
    statements = "local m = user:mailbox('Work') return m:status(-1), getmetatable(m:status(1))"

    assert evaluate(statements, store=work(), lua=lua) == f"{table(dict(ASKED)['-1'])}, nil"


@pytest.mark.parametrize("items", ["0", "2^32"])
def test_who_asks_for_nothing_hears_nothing(evaluate: Evaluate, items: str) -> None:
    """
    Not even that there is no such mailbox.
    """
    assert evaluate(f"return user:mailbox('nosuch'):status({items}).uidnext") in ("0", "0.0")


def test_no_keywords(evaluate: Evaluate) -> None:
    """
    A mailbox without keywords has an empty list of them.
    """
    statements = "return user:mailbox('INBOX'):status(dovecot.storage.STATUS_KEYWORDS).keywords"

    assert evaluate(statements) == "{}"


def test_like_the_document(evaluate: Evaluate) -> None:
    """
    The second example of the 2019 document gets numbers that it can post.
    """
    statements = (
        "local mbox = user:mailbox('Work') mbox:sync() "
        "local s = mbox:status(dovecot.storage.STATUS_RECENT, dovecot.storage.STATUS_UNSEEN, "
        "dovecot.storage.STATUS_MESSAGES) mbox:free() "
        "return s.mailbox .. ' ' .. tostring(s.recent) .. tostring(s.unseen) .. tostring(s.messages)"
    )

    assert evaluate(statements, store=work()) == '"Work 323"'


def test_effect(session: OpenSession) -> None:
    """
    A status call is an effect with its answer.
    """
    running = session(
        "function dovecot_lua_notify_begin_txn(user) user:mailbox('Work'):status(64) end "
        "function dovecot_lua_notify_event_message_read() end",
        store=work(),
    )
    running.rollback(MessageRead(mailbox="Work", uid=2, uid_validity=9))

    (call,) = running.effects.of(MailboxCall)
    assert (call.mailbox, call.method, call.error) == ("Work", "status", None)
    assert call.result is not None
    assert (call.result["messages"], call.result["keywords"]) == (3, ("custom", "$Label1"))
