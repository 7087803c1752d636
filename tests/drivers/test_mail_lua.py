"""
The mail-lua plugin: when its functions are called, what refuses a session, and who else uses the script.

What 2.3 does here was seen in Dovecot 2.3.19.1, line by line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from luahost.drivers import DriverEntry
from luahost.effects import Call, Effect, Log, Print, ProcessKilled
from luahost.errors import LuahostError, ScriptError, UsageError
from luahost.events import MailboxCreate
from luahost.host import Host
from luahost.store import MailUser
from tests.conftest import WriteScript

PUSH = """
function script_init() return 0 end
function script_deinit() end
function dovecot_lua_notify_begin_txn() return 1 end
function dovecot_lua_notify_event_mailbox_create() end
function dovecot_lua_notify_end_txn() end
"""
HOOKS = """
function mail_user_created(user) return 0 end
function mail_user_deinit_pre(user) return 0 end
function mail_user_deinit(user) return 0 end
"""
TRANSACTION = ["begin_txn", "event_mailbox_create", "end_txn"]
LUA = DriverEntry(name="lua", setting="push")


@dataclass
class Ran:
    """
    What happened in one session with one MailboxCreate.
    """

    effects: Sequence[Effect]
    error: LuahostError | None

    @property
    def calls(self) -> list[str]:
        """
        The functions, each behind its driver.
        """
        calls = [effect for effect in self.effects if isinstance(effect, Call)]
        return [f"{call.driver}: {call.function.removeprefix('dovecot_lua_notify_')}" for call in calls]

    @property
    def log(self) -> list[str]:
        """
        The first line of each log message.
        """
        return [effect.text.partition("\n")[0] for effect in self.effects if isinstance(effect, Log)]

    @property
    def killed(self) -> list[str]:
        """
        What would have killed Dovecot.
        """
        return [effect.reason for effect in self.effects if isinstance(effect, ProcessKilled)]


Run = Callable[..., Ran]


@pytest.fixture
def run(script: WriteScript) -> Run:
    """
    ``run(text, …)``: a session with this mail-lua script and a push driver without one.
    """

    def run_session(
        text: str,
        *,
        drivers: Sequence[DriverEntry] = (LUA,),
        dialect: str = "2.3",
        user: MailUser | str = "bob",
        settings: Mapping[str, str] | None = None,
        **options: Any,
    ) -> Ran:
        path = script(text, "mail.lua")
        effects: list[Effect] = []
        host = Host(
            drivers=drivers,
            mail_lua_script=path,
            dialect=dialect,
            settings=settings,
            listener=effects.append,
            **options,
        )
        try:
            with host.session(user) as session:
                session.notify(MailboxCreate(mailbox="Work"))
        except LuahostError as error:
            return Ran(effects, error)
        return Ran(effects, None)

    return run_session


def labelled(label: str, *functions: str) -> list[str]:
    """
    Calls of one driver.
    """
    return [f"{label}: {function}" for function in functions]


@pytest.mark.parametrize("dialect", ["2.3", "documented"])
def test_fallback(run: Run, dialect: str) -> None:
    """
    A push driver without a script takes the plugin's: one state, started and let go by the plugin.
    """
    ran = run("n = 0\n" + PUSH + HOOKS, dialect=dialect)

    assert ran.calls == [
        *labelled("mail_lua", "script_init", "mail_user_created"),
        *labelled("push", *TRANSACTION),
        *labelled("mail_lua", "mail_user_deinit_pre", "mail_user_deinit", "script_deinit"),
    ]
    assert ran.log == []


def test_fallback_for_two(run: Run) -> None:
    """
    Two drivers share the script, and each transaction keeps its own context for each.
    """
    text = (
        PUSH
        + HOOKS
        + "n = 0 function dovecot_lua_notify_begin_txn() n = n + 1 return n end "
        + "function dovecot_lua_notify_end_txn(ctx) dovecot.i_info('end ' .. ctx) end"
    )
    ran = run(text, drivers=[LUA, DriverEntry(name="lua", setting="push2")])

    assert ran.log == ["end 1", "end 2"]


def test_a_driver_with_its_own_script(run: Run, script: WriteScript) -> None:
    """
    With a script of its own the driver has a state of its own, which goes between the plugin's two farewells.
    """
    own = DriverEntry(name="lua", setting="push", options={"file": script(PUSH, "own.lua")})
    ran = run(PUSH + HOOKS, drivers=[own])

    assert ran.calls == [
        *labelled("mail_lua", "script_init", "mail_user_created"),
        *labelled("push", "script_init", *TRANSACTION),
        "mail_lua: mail_user_deinit_pre",
        "push: script_deinit",
        *labelled("mail_lua", "mail_user_deinit", "script_deinit"),
    ]


@pytest.mark.parametrize(
    "created", ["mail_user_created = nil", "mail_user_created = setmetatable({}, { __call = error })"]
)
def test_without_created(run: Run, created: str) -> None:
    """
    Without ``mail_user_created`` the plugin lets the script go at once, and there is nothing to fall back on.
    """
    ran = run(PUSH + HOOKS + created)

    assert ran.calls == labelled("mail_lua", "script_init", "script_deinit")
    assert ran.log == ["lua: No file in config and no push_notification_lua_script_file set"]


def test_documented_fallback_needs_nothing(run: Run) -> None:
    """
    By the documents the script is used if no other is specified, whatever is in it.
    """
    ran = run(PUSH, dialect="documented")

    assert ran.calls == [
        "mail_lua: script_init",
        *labelled("push", *TRANSACTION),
        "mail_lua: script_deinit",
    ]


def test_2_4_never_falls_back(run: Run) -> None:
    """
    In 2.4 a driver without a file is off, and the plugin goes on.
    """
    ran = run(PUSH + HOOKS, dialect="2.4")

    assert ran.calls == labelled(
        "mail_lua",
        "script_init",
        "mail_user_created",
        "mail_user_deinit_pre",
        "mail_user_deinit",
        "script_deinit",
    )
    assert ran.log == ["lua: lua_file setting is empty"]


@pytest.mark.parametrize("answer", ["", "0", "1, 'x'", "nil", "true", "'x', 'y'", "-0.5, 'x'", "{}"])
def test_created_succeeds(run: Run, answer: str) -> None:
    """
    What is no number below zero once its fraction is cut off is fine.
    """
    ran = run(PUSH + HOOKS + f"function mail_user_created() return {answer} end")

    assert ran.error is None
    assert ran.log == []


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("return -1, 'oh no'", "oh no"),
        ("return -1", "(null)"),
        ("return -1, {}", "(null)"),
        ("return -1, 42", "42"),
        ("return '-1', 'text'", "text"),
        ("return -1.5, 'cut'", "cut"),
        ("error('boom', 0)", "lua_pcall(mail_user_created, 1, 2) failed: boom"),
        ("error({})", "lua_pcall(mail_user_created, 1, 2) failed: (null)"),
    ],
)
def test_created_refuses(run: Run, body: str, words: str) -> None:
    """
    A failure refuses the session: the script is let go, push drivers start and end, and then it is logged.
    """
    ran = run(PUSH + HOOKS + f"function mail_user_created() {body} end")

    assert isinstance(ran.error, ScriptError)
    assert f"refuses bob's session: mail_user_created(user) failed: {words}" in str(ran.error)
    assert ran.calls == labelled("mail_lua", "script_init", "mail_user_created", "script_deinit")
    assert ran.log == [
        "lua: No file in config and no push_notification_lua_script_file set",
        f"mail_user_created(user) failed: {words}",
    ]


def test_refused_with_drivers_of_their_own(run: Run, script: WriteScript) -> None:
    """
    Push drivers that do not need the plugin's script are started and let go.
    """
    own = DriverEntry(name="lua", setting="push", options={"file": script(PUSH, "own.lua")})
    ran = run(
        HOOKS + "function mail_user_created() return -1, 'no' end",
        drivers=[own, DriverEntry(name="dlog", setting="dlog")],
        user=MailUser("bob", service="imap"),
    )

    assert ran.calls == [
        "mail_lua: mail_user_created",
        *labelled("push", "script_init", "script_deinit"),
    ]
    last = ran.effects[-1]
    assert isinstance(last, Log)
    assert last.text == "mail_user_created(user) failed: no"
    assert last.failure is not None
    assert last.failure.function == "mail_user_created"
    assert last.process is not None
    assert "bob" not in last.process
    assert len([line for line in ran.log if "push_notification plugin hook" in line]) == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = = 1", "dlua_script_create_file({path}) failed: lua_load({path}) failed: {path}:1: unexpected"),
        ("error('top', 0)", "dlua_script_init({path}) failed: lua_pcall({path}) failed: top"),
        ("function script_init() return 1 end", "dlua_script_init({path}) failed: Script init failed"),
        ("function script_init() end", "dlua_script_init({path}) failed: script_init() returned non-number"),
    ],
)
def test_a_script_that_does_not_start(run: Run, script: WriteScript, text: str, words: str) -> None:
    """
    A script that cannot be started refuses the session, too.
    """
    ran = run(text)

    assert isinstance(ran.error, ScriptError)
    assert ran.log[-1].startswith(words.format(path=script(text, "mail.lua")))


def test_there_is_no_such_script(script: WriteScript) -> None:
    """
    A script that is not there is the operator's error; 2.4 does not even start.
    """
    path = script("") + ".gone"
    host = Host(drivers=[], mail_lua_script=path, dialect="2.3")
    with pytest.raises(UsageError, match=r"mail-lua: there is no script .*\.gone, so"), host.session("bob"):
        pass

    with pytest.raises(UsageError, match=r"mail_lua: lua_file: open\(.*\) failed: No such file"):
        Host(drivers=[], mail_lua_script=path, dialect="2.4")


def test_farewells_that_fail(run: Run) -> None:
    """
    Failures at the end are logged, and all the rest happens.
    """
    ran = run(
        PUSH
        + HOOKS
        + "function mail_user_deinit_pre() return -1, 'pre' end "
        + "function mail_user_deinit() error('post', 0) end "
        + "function script_deinit() error('last', 0) end"
    )

    assert ran.error is None
    assert ran.log == [
        "mail-lua: mail_user_deinit_pre(user) failed: pre",
        "mail-lua: mail_user_deinit(user) failed: lua_pcall(mail_user_deinit, 1, 2) failed: post",
        "script_deinit() failed: lua_pcall(script_deinit, 0, 0) failed: last",
    ]


def test_events_of_the_script(run: Run) -> None:
    """
    What its events log has no ``lua:`` in front, in a push handler neither; the driver's own lines have.
    """
    text = PUSH + HOOKS + "dovecot.event():log_info('loaded') "
    text += "function dovecot_lua_notify_event_mailbox_create() dovecot.event():log_info('told') "
    text += "error('x', 0) end"

    assert run(text).log == [
        "loaded",
        "told",
        "lua: lua_pcall(dovecot_lua_notify_event_mailbox_create, 2, 0) failed: x",
    ]


@pytest.mark.parametrize("own", [False, True])
def test_a_user_that_is_kept(run: Run, script: WriteScript, own: bool) -> None:
    """
    A user kept by ``mail_user_created`` kills the process at the session's end, before anything is let go;
    one kept by a farewell does not.
    """
    drivers = [DriverEntry(name="lua", options={"file": script(PUSH, "own.lua")})] if own else [LUA]
    kept = run(PUSH + HOOKS + "function mail_user_created(u) kept = u end", drivers=drivers)
    late = run(PUSH + HOOKS + "function mail_user_deinit_pre(u) kept = u end", drivers=drivers)

    assert ["the global kept" in reason for reason in kept.killed] == [True]
    assert not {"mail_user_deinit_pre", "script_deinit"} & {call.partition(": ")[2] for call in kept.calls}
    assert late.killed == []


def test_one_driver_of_two_keeps_the_user(script: WriteScript) -> None:
    """
    Where one script would kill the process none is let go.
    """
    keeping = PUSH + "function dovecot_lua_notify_begin_txn(u) kept = u end"
    entries = [
        DriverEntry(name="lua", setting=name, options={"file": script(text, f"{name}.lua")})
        for name, text in (("a", PUSH), ("b", keeping))
    ]
    with Host(drivers=entries, dialect="2.3").session("bob") as session:
        session.notify(MailboxCreate(mailbox="Work"))

    assert [killed.driver for killed in session.effects.of(ProcessKilled)] == ["b"]
    assert "script_deinit" not in [call.function for call in session.effects.of(Call)]


@pytest.mark.parametrize("function", ["mail_user_created", "mail_user_deinit"])
def test_mailboxes_before_and_after(run: Run, function: str) -> None:
    """
    Where the user has no mailboxes yet, or no more, ``user:mailbox`` kills the process.
    """
    (reason,) = run(PUSH + HOOKS + f"function {function}(user) user:mailbox('INBOX') end").killed

    assert "user:mailbox() was called where the user has no mailboxes" in reason


def test_mailboxes_in_between(run: Run) -> None:
    """
    In ``mail_user_deinit_pre`` they are still there.
    """
    text = "function mail_user_deinit_pre(user) dovecot.i_info(user:mailbox('INBOX').vname) end"

    assert run(PUSH + HOOKS + text).log == ["INBOX"]


def test_settings_of_its_own(script: WriteScript) -> None:
    """
    In 2.4 its script_init gets the settings of the plugin, where it has some.
    """
    path = script("function script_init(settings) print(settings.a, settings.b) return 0 end")
    host = Host(
        drivers=[],
        mail_lua_script=path,
        mail_lua_settings={"a": "own"},
        settings={"a": "all", "b": "all"},
        dialect="2.4",
        trusted=True,
    )
    with host.session("bob") as session:
        pass

    assert [effect.text for effect in session.effects.of(Print)] == ["own\tnil\n"]


def test_the_users_settings(run: Run) -> None:
    """
    The functions get the user, with its plugin settings.
    """
    text = "function mail_user_created(u) dovecot.i_info(u.username .. ' ' .. u:plugin_getenv('x')) end"

    assert run(PUSH + HOOKS + text, settings={"x": "1"}).log == ["bob 1"]
