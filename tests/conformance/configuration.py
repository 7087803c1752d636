"""
How the recorded servers were configured, scenario by scenario: drivers, scripts, settings, storage.

The recordings name what was done, not the configuration; it is what ``fixtures/oracle/README.md`` says in
words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from luahost.drivers import DriverEntry
from luahost.store import MAILDIR, SDBOX, MailUser
from luahost.store.storage import Storage
from tests.conformance.records import Record

SCRIPTS = Path(__file__).parents[2] / "scripts"
PROBE = Path(__file__).with_name("probe.lua").read_text("utf-8")

ONLY_NEW = """
for name in pairs(_G) do
  if name:find("^dovecot_lua_notify_event_") and name ~= "dovecot_lua_notify_event_message_new" then
    _G[name] = nil
  end
end
"""
"""Takes every handler but one from the probe."""

HOOKS = "".join(
    f"""
function {name}(user)
  emit("{name}", {{ "nargs", 1, "user", user.username }})
  return 0
end
"""
    for name in ("mail_user_created", "mail_user_deinit_pre", "mail_user_deinit")
)
"""What a script of the mail-lua plugin is asked for."""


GAP = "GAP"
"""A number that the series of 2.3 leaves out."""


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """
    One server's configuration.

    Attributes:
        drivers: Names of the scripts of the Lua drivers, in order; None for a driver without a script.

        mail_lua: Name of the mail-lua plugin's script.

        script_file: Name of the script that 2.3 has in the setting ``push_notification_lua_script_file``
        and 2.4 in
            a global ``lua_file``.

        scripts: Texts of the scripts, by name; one that is None is not there.

        url: The setting ``push_lua_url``, with ``@HTTP@`` for the HTTP server; None if it is not set.

        own_settings: Whether the drivers have the recorded server's own settings.

        attributes: Whether there is a dictionary for METADATA.

        subscribe: Whether mailboxes that addresses name are made and subscribed to.
    """

    drivers: Sequence[str | None] = ("probe",)
    mail_lua: str | None = None
    script_file: str | None = None
    scripts: Mapping[str, str | None] = field(default_factory=lambda: {"probe": PROBE})
    url: str | None = "@HTTP@/handler"
    own_settings: bool = True
    attributes: bool = True
    subscribe: bool = False
    storage: Storage = MAILDIR


def of_scenario(name: str) -> Configuration:
    """
    The configuration that a scenario begins with.
    """
    return Configuration(
        storage=SDBOX if name.endswith("_sdbox") else MAILDIR, attributes=name != "api_metadata_no_dict"
    )


def restarted(scenario: str, record: Record, previous: Record | None) -> Configuration | None:
    """
    The new configuration, if the server was started anew before this record.
    """
    op, step = record["op"], record["step"]
    if scenario == "lmtp_recipients" and step == DETAIL_FROM:
        return Configuration(subscribe=True)
    if scenario == "drivers":
        begins = op["proto"] != "imap" and "note" in op
        return _several_drivers(op["note"]) if begins else None
    if scenario == "doc_examples":
        block = (step - 1) // BLOCK
        if previous is None or (previous["step"] - 1) // BLOCK != block:
            return _documented_script(block)
    return None


DETAIL_FROM = 7
"""From this step of ``lmtp_recipients`` on, addresses name mailboxes."""


def _several_drivers(note: str) -> Configuration:
    """
    The blocks of ``drivers``, by their notes.
    """
    probe, only_new = {"probe": PROBE}, {"probe": PROBE + ONLY_NEW}
    two = ("probe", "probe2")
    many: dict[str, dict[str, Any]] = {
        "two Lua drivers, the same handlers in both": {"drivers": two, "scripts": probe | {"probe2": PROBE}},
        "two Lua drivers, the second handles message_new only": {
            "drivers": two,
            "scripts": probe | {"probe2": PROBE + ONLY_NEW},
        },
        "two Lua drivers, the first handles message_new only": {
            "drivers": two,
            "scripts": only_new | {"probe2": PROBE},
        },
        "2.3: push_notification_driver and push_notification_driver3; 2.4: filters 'one' and 'three'": {
            "drivers": ("probe", GAP, "probe2"),
            "scripts": probe | {"probe2": PROBE},
        },
        "the first driver's file does not exist, the second's does": {"drivers": ("nosuch", "probe")},
        "a Lua driver with no file, no mail_lua script": {"drivers": (None,)},
        "a Lua driver with no file; a mail_lua script with mail_user_created()": {
            "drivers": (None,),
            "mail_lua": "mail",
            "scripts": {"mail": PROBE + HOOKS},
        },
        "a Lua driver with no file; a mail_lua script without mail_user_created()": {
            "drivers": (None,),
            "mail_lua": "mail",
            "scripts": {"mail": PROBE},
        },
        "a Lua driver with a file, and a mail_lua script": {
            "mail_lua": "mail",
            "scripts": probe | {"mail": PROBE + HOOKS},
            "own_settings": True,
        },
        "2.3: push_notification_lua_script_file besides the driver's own file; 2.4: global lua_file": {
            "script_file": "probe2",
            "scripts": probe | {"probe2": PROBE},
            "own_settings": True,
        },
        "2.3: push_notification_lua_script_file and a driver without a file; "
        "2.4: global lua_file and none in the block": {
            "drivers": (None,),
            "script_file": "probe2",
            "scripts": {"probe2": PROBE},
        },
        "no driver at all": {"drivers": ()},
    }
    return Configuration(**{"own_settings": False, **many[note]})


BLOCK = 6
"""Steps of each block of ``doc_examples``: one script against one server."""

URLS = ("@HTTP@/handler", "@HTTP@/status/500", "@HTTP@/status/201", "http://127.0.0.1:1/x", None)


def _manual_script(line: int, statement: str, result: str = "") -> str:
    """
    What the newer manual's scripts do when they are loaded, in the lines in which they do it. Their text is
    not part of the recordings, and of what they did only logins are.
    """
    return "\n" * (line - 2) + f"function script_init(settings)\n  {statement}\n  {result}\nend\n"


DOCUMENTED = (
    _manual_script(21, "dovecot.http.client({ timeout = 10000 })"),
    _manual_script(6, "dovecot.http.client({ timeout = 10000 })"),
    _manual_script(21, "dovecot.http.client({ request_timeout_msecs = 10000 })", "return 0"),
    _manual_script(21, "local url = settings.push_lua_url"),
    _manual_script(6, "local url = settings.push_lua_url"),
    (SCRIPTS / "notify_events.lua").read_text("utf-8"),
    (SCRIPTS / "notify_simple.lua").read_text("utf-8"),
)
"""Each ran in five blocks: the newer manual's two, three mended ones, and the two of the 2019 document."""


def _documented_script(block: int) -> Configuration:
    text, url = DOCUMENTED[block // len(URLS)], URLS[block % len(URLS)]
    return Configuration(scripts={"probe": text}, url=url)


RAW_MAIL_USER = "raw-mail-user"
"""The user that LMTP reads a message as before it is delivered."""


def settings(
    configuration: Configuration, version: str, user: MailUser, base: Path, http: str
) -> dict[str, str]:
    """
    Plugin settings of 2.3, ``lua_settings`` of 2.4, expanded for this user.
    """
    url = None if configuration.url is None else configuration.url.replace("@HTTP@", http)
    if version == "2.3.19.1":
        found = {"oracle_plugin_setting": "from-plugin-block", "oracle_var_setting": f"user={user.username}"}
        if configuration.drivers == ("probe",):
            found["push_notification_driver"] = f"lua:file={base}/script/probe.lua"
        if configuration.script_file is not None:
            found["push_notification_lua_script_file"] = f"{base}/script/{configuration.script_file}.lua"
        return found
    if not configuration.own_settings:
        return {}
    found = {} if url is None else {"push_lua_url": url}
    return found | {
        "extra_param": "extra value",
        "user_param": f"user={user.username}",
        "userdb_param": user.userdb.get("oracle_field", ""),
        "number_param": "42",
    }


def userdb(configuration: Configuration, http: str) -> dict[str, str]:
    """
    Extra fields of the user database.
    """
    found = {"oracle_field": "from-userdb"}
    return (
        found
        if configuration.url is None
        else {"push_lua_url": configuration.url.replace("@HTTP@", http)} | found
    )


def entries(configuration: Configuration, version: str, base: Path) -> list[DriverEntry]:
    """
    The list of drivers. A name that is missing in the series of 2.3 ends it; blocks of 2.4 have names of
    their own.
    """
    found: list[DriverEntry] = []
    option = "file" if version == "2.3.19.1" else "lua_file"
    for number, script in enumerate(configuration.drivers, 1):
        if script == GAP:
            if version == "2.3.19.1":
                break
            continue
        # A global lua_file of 2.4 is in every block that has none of its own.
        if script is None and version == "2.4.1":
            script = configuration.script_file
        options = {} if script is None else {option: f"{base}/script/{script}.lua"}
        suffix = "" if number == 1 else str(number)
        found.append(DriverEntry(name="lua", options=options, setting=f"push_notification_driver{suffix}"))
    return found


def mail_lua(configuration: Configuration, version: str, base: Path) -> str | None:
    """
    The script of the mail-lua plugin, which in 2.4 takes a global ``lua_file`` too.
    """
    script = configuration.mail_lua
    if script is None and version == "2.4.1":
        script = configuration.script_file
    return None if script is None else f"{base}/script/{script}.lua"
