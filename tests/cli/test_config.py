"""
``luahost run -c``: from an admin's configuration to what its drivers did.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command_line import HANDLER, HELLO, effects, luahost
from tests.demo import RememberingServer

POST = HANDLER % "require('socket.http').request(url, 'x=' .. event.uid)"
POST = POST.replace("return {}", "url = user:plugin_getenv('push_lua_url') return {}")


def plugin(folder: Path, **settings: str) -> str:
    """
    A ``plugin { }`` block with a Lua driver, as it stands in production.
    """
    lines = [f"push_notification_driver = lua:file={folder}/push.lua"]
    lines += [f"{name} = {value}" for name, value in settings.items()]
    return "plugin {\n" + "".join(f"  {line}\n" for line in lines) + "}\n"


def test_a_copied_plugin_block(tmp_path: Path, receiver: RememberingServer, url: str) -> None:
    """
    The block alone is enough: the driver runs and posts, and why it does is said in one line.
    """
    (tmp_path / "push.lua").write_text(POST)
    (tmp_path / "that.conf").write_text(plugin(tmp_path, push_lua_url=url))

    done = luahost("run", "-c", "that.conf", HELLO, cwd=tmp_path)

    said = done.stdout.decode().splitlines()
    assert done.returncode == 0
    assert done.stderr == b""
    assert said[:3] == [
        "that.conf  dialect 2.3, Lua 5.4",
        "  note      push counts as on for lmtp: that.conf sets no mail_plugins",
        "",
    ]
    assert f"POST {url} → 200 OK" in done.stdout.decode()
    assert receiver.received == ["POST /handler HTTP/1.1, 5 bytes"]


def test_several_drivers_and_one_that_is_not_read(tmp_path: Path) -> None:
    """
    Each driver's effects name it, and a gap in the list is told.
    """
    (tmp_path / "push.lua").write_text(HANDLER % "")
    block = plugin(tmp_path, push_notification_driver2="dlog", push_notification_driver4="dlog")
    (tmp_path / "that.conf").write_text(block)

    done = luahost("run", "-c", "that.conf", "--json", HELLO, cwd=tmp_path)

    assert done.returncode == 0
    assert {effect.get("driver") for effect in effects(done)} == {
        "push_notification_driver",
        "push_notification_driver2",
    }
    assert done.stderr.decode().splitlines() == [
        "luahost: that.conf:4: push_notification_driver4 is not read: push_notification_driver3 is not set, "
        "so the list of drivers ends before it",
        "luahost: push counts as on for lmtp: that.conf sets no mail_plugins",
    ]


def test_why_a_driver_did_not_run(tmp_path: Path) -> None:
    """
    A driver that cannot be started is an error with Dovecot's words, and those after it are named.
    """
    (tmp_path / "push.lua").write_text("error('no')")
    (tmp_path / "that.conf").write_text(plugin(tmp_path, push_notification_driver2="dlog"))

    done = luahost("run", "-c", "that.conf", cwd=tmp_path)

    said = done.stdout.decode()
    assert done.returncode == 1
    assert f"error: lua: lua_pcall({tmp_path}/push.lua) failed: " in said
    assert "push.lua:1: no" in said
    assert (
        "note      push_notification_driver2 was not started: a driver before it failed, "
        "which ends the list in Dovecot" in said
    )


def test_why_the_ox_driver_sent_nothing(tmp_path: Path) -> None:
    """
    Dovecot says it to those who debug only; a note says it to everybody, with what to do.
    """
    (tmp_path / "that.conf").write_text(
        "plugin {\n  push_notification_driver = ox:url=http://127.0.0.1:1/\n}\n"
    )
    key = "/private/vendor/vendor.dovecot/http-notify"
    [note] = [line for line in run_notes(tmp_path) if "sent nothing" in line]
    assert note == (
        f"push_notification_driver sent nothing: the METADATA {key} of bob is not set; "
        f'to set it: luahost metadata set -u bob -s "" {key} user=bob'
    )

    luahost("metadata", "set", "--db", "db", "-u", "bob", "-s", "", key, "user=bob", cwd=tmp_path)
    assert not [line for line in run_notes(tmp_path, "--metadata", "db") if "sent nothing" in line]


def run_notes(folder: Path, *words: str) -> list[str]:
    """
    The notes of a run of the configuration in this folder.
    """
    said = luahost("run", "-c", "that.conf", "--json", *words, cwd=folder).stderr.decode()
    return [line.removeprefix("luahost: ") for line in said.splitlines()]


def test_mail_lua_script(tmp_path: Path) -> None:
    """
    The script of mail_lua hears of the user, and a driver without a file takes it as Dovecot does.
    """
    (tmp_path / "mail.lua").write_text(
        HANDLER % "" + "function mail_user_created(user) dovecot.i_info('hello') return 0 end\n"
    )
    (tmp_path / "that.conf").write_text(
        f"plugin {{\n  push_notification_driver = lua\n  mail_lua_script = {tmp_path}/mail.lua\n}}\n"
    )

    done = luahost("run", "-c", "that.conf", "--json", cwd=tmp_path)

    seen = effects(done)
    assert done.returncode == 0
    assert "hello" in [effect["text"] for effect in seen if effect["effect"] == "log"]
    assert "dovecot_lua_notify_event_message_new" in [
        effect["function"] for effect in seen if effect["effect"] == "call"
    ]


def test_operands_between_options(tmp_path: Path) -> None:
    """
    Inputs may stand before, between and after options.
    """
    (tmp_path / "push.lua").write_text(HANDLER % "")
    (tmp_path / "that.conf").write_text(plugin(tmp_path))

    done = luahost("run", HELLO, "-c", "that.conf", HELLO, "--json", HELLO, cwd=tmp_path)
    wrong = luahost("run", "push.lua", "--json", HELLO, "--nosuch", cwd=tmp_path)

    assert {effect["session"] for effect in effects(done)} == {1, 2, 3}
    assert wrong.returncode == 2
    assert "unrecognized arguments: " in wrong.stderr.decode()


def test_service(tmp_path: Path) -> None:
    """
    Push is on for the service whose plugins have it; for others nothing runs, and it says so.
    """
    (tmp_path / "push.lua").write_text(HANDLER % "")
    (tmp_path / "dovecot.conf").write_text(
        "mail_plugins = acl\nprotocol lmtp {\n"
        "  mail_plugins = $mail_plugins notify push_notification mail_lua push_notification_lua\n}\n"
        + plugin(tmp_path)
    )

    on = luahost("run", "-c", "dovecot.conf", "--json", cwd=tmp_path)
    off = luahost("run", "-c", "dovecot.conf", "--json", "--service", "imap", cwd=tmp_path)

    assert (on.returncode, on.stderr) == (0, b"")
    assert any(effect["effect"] == "call" for effect in effects(on))
    assert (off.returncode, effects(off)) == (0, [])
    assert off.stderr.decode() == (
        "luahost: push is off for imap: push_notification is not among its mail_plugins (only acl); "
        "it is on for lmtp (--service)\n"
    )


def test_service_of_a_fixture(tmp_path: Path) -> None:
    """
    A fixture's user has a service, and the configuration is read for it.
    """
    says = HANDLER.replace("return {}", "dovecot.i_info(user.service) return {}") % ""
    (tmp_path / "push.lua").write_text(says)
    (tmp_path / "that.conf").write_text(plugin(tmp_path))
    fixture = "user: {username: bob, service: imap}\nwhen:\n- deliver: 'Subject: x'\n"
    (tmp_path / "f.yaml").write_text(fixture)

    plain = luahost("run", "-c", "that.conf", "--json", "f.yaml", cwd=tmp_path)
    told = luahost("run", "-c", "that.conf", "--json", "--service", "lda", "f.yaml", cwd=tmp_path)
    script = luahost("run", "push.lua", "--json", "--service", "doveadm", "f.yaml", cwd=tmp_path)

    for done, service in ((plain, "imap"), (told, "lda"), (script, "doveadm")):
        assert service in [effect["text"] for effect in effects(done) if effect["effect"] == "log"]


def test_2_4(tmp_path: Path) -> None:
    """
    Of 2.4's syntax the dialect is 2.4, and ``lua_settings`` reach ``script_init`` with variables replaced.
    """
    (tmp_path / "push.lua").write_text(
        HANDLER % "" + "function script_init(settings) dovecot.i_info(settings.who .. settings.more) end\n"
    )
    (tmp_path / "dovecot.conf").write_text(
        "dovecot_config_version = 2.4.1\n"
        "mail_plugins = notify push_notification mail_lua push_notification_lua\n"
        f"push_notification lua {{\n  lua_file = {tmp_path}/push.lua\n"
        "  lua_settings {\n    who = %{user | upper}\n    more = no\n  }\n}\n"
    )

    done = luahost("run", "-c", "dovecot.conf", "--json", "--user", "al", "--set", "more=!", cwd=tmp_path)

    assert (done.returncode, done.stderr) == (0, b"")
    assert {effect["dialect"] for effect in effects(done)} == {"2.4"}
    assert "AL!" in [effect["text"] for effect in effects(done) if effect["effect"] == "log"]


def test_luahost_yaml(tmp_path: Path) -> None:
    """
    ``luahost.yaml`` names scripts beside itself, wherever the command is called.
    """
    (tmp_path / "push").mkdir()
    (tmp_path / "push/push.lua").write_text(POST)
    (tmp_path / "push/luahost.yaml").write_text(
        "plugin: {push_lua_url: 'http://127.0.0.1:1/%n'}\ndrivers:\n- {driver: lua, file: push.lua}\n"
    )

    done = luahost("run", "-c", "push/luahost.yaml", "--json", "--user", "al@example.org", cwd=tmp_path)

    assert done.returncode == 0
    assert [effect["url"] for effect in effects(done) if effect["effect"] == "http"] == [
        "http://127.0.0.1:1/al"
    ]
    assert {effect["dialect"] for effect in effects(done)} == {"documented"}


def test_the_dialect_may_be_another(tmp_path: Path) -> None:
    """
    ``--dialect`` says what runs, not what the configuration is written in.
    """
    (tmp_path / "push.lua").write_text(HANDLER % "")
    (tmp_path / "that.conf").write_text(plugin(tmp_path))

    one = luahost("run", "-c", "that.conf", "--json", "--dialect", "2.4", cwd=tmp_path)
    every = luahost("run", "-c", "that.conf", "--json", "--dialect", "all", cwd=tmp_path)

    assert {effect["dialect"] for effect in effects(one)} == {"2.4"}
    assert {effect["dialect"] for effect in effects(every)} == {"documented", "2.3", "2.4"}


MISTAKES = {
    "plugin {\n": "that.conf:1: Missing '}' (section started at that.conf:1): close plugin { with a }",
    "plugin {\n  k = %{nosuch}\n}\n": "that.conf:2: Failed to expand plugin setting k = '%{nosuch}': "
    "Unknown variable '%nosuch'; write %% for a %",
    "mail_plugins = push_notification\n": "Plugin notify must be loaded also (you must set: "
    "mail_plugins=$mail_plugins notify)",
    "!include nosuch.conf\n": "that.conf:1: !include nosuch.conf: no such file; !include_try",
    "plugin {\n  push_notification_driver = lua:file=nosuch.lua\n}\n": "there is no script nosuch.lua, which "
    "push_notification_driver in that.conf names",
    "plugin {\n  push_notification_driver = lua:file=\n}\n": "a script has no name, which "
    "push_notification_driver in that.conf names",
    "plugin {\n  push_notification_driver = lua:file=that.conf/p.lua\n}\n": "the script that.conf/p.lua "
    "cannot be read: Not a directory, which push_notification_driver in that.conf names",
}


@pytest.mark.parametrize("text", MISTAKES)
def test_mistakes(tmp_path: Path, text: str) -> None:
    """
    A configuration that cannot be ends with 2, the place and what to do.
    """
    (tmp_path / "that.conf").write_text(text)

    done = luahost("run", "-c", "that.conf", cwd=tmp_path)

    assert done.returncode == 2
    assert MISTAKES[text] in done.stderr.decode()
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(("name", "text"), [("that.conf", ""), ("luahost.yaml", "drivers: []\n")])
def test_no_driver(tmp_path: Path, name: str, text: str) -> None:
    """
    Where a configuration names no driver it is said that nothing is run.
    """
    (tmp_path / name).write_text(text)

    done = luahost("run", "-c", name, cwd=tmp_path)

    assert done.returncode == 0
    assert f"note      nothing is run: {name} names no driver\n" in done.stdout.decode()


def test_neither_script_nor_configuration(tmp_path: Path) -> None:
    """
    Without either there is nothing to run.
    """
    done = luahost("run", cwd=tmp_path)

    assert done.returncode == 2
    assert done.stderr.decode() == (
        "luahost: run needs a SCRIPT, or -c with a configuration; luahost run --help says more\n"
    )


def test_lua_without_its_plugin(tmp_path: Path) -> None:
    """
    A Lua driver whose plugin is not loaded is unknown to Dovecot; which plugin to add is said.
    """
    (tmp_path / "push.lua").write_text(HANDLER % "")
    (tmp_path / "that.conf").write_text("mail_plugins = notify push_notification\n" + plugin(tmp_path))

    done = luahost("run", "-c", "that.conf", "--json", cwd=tmp_path)

    assert [effect["text"] for effect in effects(done)] == ["Unknown push notification driver: lua"]
    assert done.stderr.decode() == (
        "luahost: push_notification_lua is not among the mail_plugins of lmtp, "
        "so Dovecot knows no driver lua; add mail_lua and push_notification_lua\n"
    )
