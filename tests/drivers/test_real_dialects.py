"""
What the Lua driver does otherwise in the dialects of the real servers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from luahost import FlagsClear, FlagsSet, Host, MessageAppend, MessageNew
from luahost.effects import Call, Effects, Log, Print

if TYPE_CHECKING:
    from luahost.events import Event
    from tests.conftest import WriteScript

BODY = """
function dovecot_lua_notify_begin_txn(user) return user end
function dovecot_lua_notify_end_txn(...) print(select("#", ...)) end
local function show(ctx, event, ...)
  print(select("#", ...), event.user, SHOWN)
end
dovecot_lua_notify_event_message_new = show
dovecot_lua_notify_event_message_append = show
dovecot_lua_notify_event_flags_set = show
dovecot_lua_notify_event_flags_clear = show
"""


def run(script: str, dialect: str, *events: Event, settings: dict[str, str] | None = None) -> Effects:
    """
    The effects of one session with one transaction.
    """
    with Host(script, dialect=dialect, settings=settings).session("bob") as session:
        session.notify(*events)
    return session.effects


def printed(effects: Effects) -> list[str]:
    """
    What the script printed.
    """
    return [effect.text.rstrip("\n") for effect in effects.of(Print)]


@pytest.mark.parametrize("dialect", ["2.3", "2.4"])
@pytest.mark.parametrize(
    ("event", "shown", "printed_as"),
    [
        (
            MessageNew(mailbox="INBOX", uid=1, uid_validity=7, tz=-60),
            "event.uid, event.uid_validity, event.tz",
            "1.0\t7.0\t-60.0",
        ),
        (MessageAppend(mailbox="INBOX", uid=1, uid_validity=7, date=9), "event.date", "9.0"),
        (
            FlagsSet(mailbox="INBOX", uid=1, uid_validity=7, flags=("\\Seen", "\\Flagged"), keywords=("a",)),
            "event.flags[1], event.flags[2], event.keywords[1], event.keywords_set",
            "\\Flagged\t\\Seen\ta\tnil",
        ),
        (
            FlagsClear(mailbox="INBOX", uid=1, uid_validity=7, flags_old=("\\Recent",), keywords_old=("b",)),
            "#event.flags, event.flags_old[1], #event.keywords, event.keywords_old[1], event.keywords_clear",
            "0\t\\Recent\t0\tb\tnil",
        ),
    ],
)
def test_events_look_as_the_servers_pass_them(
    script: WriteScript, dialect: str, event: Event, shown: str, printed_as: str
) -> None:
    """
    Floats, lists of names, ``keywords``, two arguments, and no user.
    """
    effects = run(script(BODY.replace("SHOWN", shown)), dialect, event)

    assert printed(effects) == [f"0\tnil\t{printed_as}", "2"]


@pytest.mark.parametrize(
    ("dialect", "shown"), [("2.3", "4294926616.0"), ("2.4", "0.0"), ("documented", "-40680")]
)
def test_a_date_before_1970(script: WriteScript, dialect: str, shown: str) -> None:
    """
    2.3 takes it modulo 2^32, 2.4 takes 0, the documents' scripts get the number itself.
    """
    event = MessageNew(mailbox="INBOX", uid=1, uid_validity=7, date=-40680)

    effects = run(script(BODY.replace("SHOWN", "event.date").replace("event.user", "nil")), dialect, event)

    assert printed(effects)[0].endswith("\t" + shown)


@pytest.mark.parametrize(
    ("dialect", "result", "words"),
    [
        ("2.3", "0", None),
        ("2.3", '0, "x"', None),
        ("2.3", "1", "Script init failed"),
        ("2.3", "-1", "Script init failed"),
        ("2.3", "", "script_init() returned non-number"),
        ("2.3", "true", "script_init() returned non-number"),
        ("2.3", "0.0", "script_init() returned non-number"),
        ("2.3", '"0"', "script_init() returned non-number"),
        ("2.4", "1", None),
        ("2.4", "", None),
        ("documented", "", None),
        ("documented", "1", "Script init failed"),
    ],
)
def test_results_of_script_init(script: WriteScript, dialect: str, result: str, words: str | None) -> None:
    """
    2.3 wants the integer 0, 2.4 does not look.
    """
    effects = run(script(f"function script_init() return {result} end"), dialect)

    assert [log.text for log in effects.of(Log)] == ([] if words is None else [f"lua: {words}"])


def test_script_init_gets_the_settings_in_24(script: WriteScript) -> None:
    """
    One table of text; and plugin_getenv is gone.
    """
    text = "function script_init(...) print(select('#', ...), (...) and (...).url) end"

    effects = run(script(text), "2.4", settings={"url": "http://push/"})

    assert printed(effects) == ["1\thttp://push/"]
    assert effects.of(Call)[0].settings == {"url": "http://push/"}
    assert printed(run(script(text + " "), "documented", settings={"url": "http://push/"})) == ["0\tnil"]


def test_plugin_getenv_is_gone_in_24(script: WriteScript) -> None:
    """
    A script of 2.3 fails in begin_txn, with Lua's words.
    """
    text = BODY.replace("return user end", "return user:plugin_getenv('x') end")

    [failure] = run(script(text), "2.4", MessageNew(mailbox="INBOX", uid=1, uid_validity=7)).failures

    assert failure.message.endswith("attempt to call a nil value (method 'plugin_getenv')")


@pytest.mark.parametrize(
    ("dialect", "text"),
    [
        ("2.3", "lua: lua_load({path}) failed: {path}:1: "),
        ("2.4", "lua: Lua script '{path}': lua_load({path}) failed: {path}:1: "),
    ],
)
def test_a_script_that_cannot_be_loaded(script: WriteScript, dialect: str, text: str) -> None:
    """
    2.4 names the script in front.
    """
    path = script("function (")

    [log] = run(path, dialect).of(Log)

    assert log.text.startswith(text.format(path=path))
