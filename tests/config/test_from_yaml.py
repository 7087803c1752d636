"""
``luahost.yaml`` and its schema.
"""

from __future__ import annotations

import json
import os
from dataclasses import fields
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from luahost.config import cluster_section, from_yaml, retry_section, serve_section
from luahost.config.origin import ConfigError
from luahost.config.plugins import push_of
from luahost.drivers import DriverEntry
from luahost.runtime import LUA_VERSIONS, Limits
from luahost.store import MailUser
from tests.config.conftest import Configure

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "luahost.schema.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

WHOLE = """\
dialect: "2.3"
service: imap
mail_plugins:
  imap: [notify, push_notification, mail_lua, push_notification_lua]
  lmtp: acl quota
plugin:
  push_lua_url: http://127.0.0.1/%n
  retries: 3
drivers:
  - driver: lua
    file: push.lua
    settings: {who: "%u"}
  - dlog
  - driver: ox
    options:
      url: http://x/
      user_from_metadata:
mail_lua_script: lib/mail.lua
"""


def test_whole(configure: Configure) -> None:
    """
    Everything that Dovecot's configuration can say, with scripts beside the file and the place of each value.
    """
    Path("push").mkdir()
    configuration = configure(WHOLE, "push/luahost.yaml")
    settings = configuration.settings().expanded(MailUser("bob@example.org"))

    assert (settings.syntax, settings.dialect, settings.service) == ("luahost.yaml", "2.3", "imap")
    assert settings.plugin == {"push_lua_url": "http://127.0.0.1/bob", "retries": "3"}
    assert settings.drivers() == [
        DriverEntry(
            name="lua",
            options={"file": "push/push.lua"},
            setting="drivers 1",
            lua_settings={"who": "bob@example.org"},
        ),
        DriverEntry(name="dlog", setting="drivers 2"),
        DriverEntry(
            name="ox",
            options={"url": "http://x/", "user_from_metadata": ""},
            setting="drivers 3",
            text="url=http://x/ user_from_metadata",
        ),
    ]
    assert settings.mail_lua_script == "push/lib/mail.lua"
    assert configuration.services_with_push() == ["imap"]
    assert configuration.settings("lmtp").mail_plugins == ("acl", "quota")
    assert configuration.settings("lda").mail_plugins == ()
    places = {name: str(origin) for name, _, origin in settings.shown()}
    assert places["plugin/retries"] == "push/luahost.yaml:8"
    assert places["drivers/1/lua_settings/who"] == "push/luahost.yaml:12"
    assert places["drivers/3/url"] == "push/luahost.yaml:16"


def test_the_list_of_2_3(configure: Configure) -> None:
    """
    Without ``drivers`` the list stands in ``plugin``, as in Dovecot 2.3, and without plugins push is on.
    """
    settings = configure("plugin: {push_notification_driver: 'lua:file=x.lua'}\n", "l.yml").settings()

    assert settings.service == "lmtp"
    assert settings.dialect == "documented"
    assert settings.drivers()[0].options == {"file": "x.lua"}
    assert push_of(settings).on


GOOD = [
    WHOLE,
    "{}",
    "drivers: []\n",
    "drivers:\n",
    "drivers: [dlog, lua]\n",
    "mail_plugins: [notify]\n",
    "mail_plugins: notify push_notification\n",
    "plugin:\n",
    "plugin: {a: 1, b: true, c: , d: text}\n",
    "dialect: documented\n",
    "drivers: [{driver: Lua, file: a.lua}]\n",
    "drivers: [{driver: lua, options: {file: a.lua}}]\n",
    "check:\n",
    'check: {dialects: ["2.4"], rules: {no-timeout: off}, budget_seconds: 2.5, messages: 3, fail_on: note}\n',
    "check: {modules: [json], settings: {url: http://x/, n: 1}}\n",
    "serve: {listen: '127.0.0.1:0', spool: spool.db}\n",
    "serve: {spool: spool.db}\n",
    "serve: {listen: 'unix:push.sock', spool: s, limits: {memory_bytes: 16M, http_requests: none}}\n",
    "serve: {listen: '[::1]:8025', spool: s, http: server, allow: ['push.example.org:8443'], lua: '5.3'}\n",
    "serve: {listen: '0.0.0.0:8025', spool: s, token_file: tokens, max_body_bytes: 1M, running: 4}\n",
    "serve: {listen: '0.0.0.0:8025', spool: s, tls: {certificate: c.pem, client_ca: ca.pem}}\n",
    "serve: {listen: 'localhost:8025', spool: s, retry: {after: [i_error], first_seconds: 0.5}}\n",
    "serve: {listen: 'localhost:8025', spool: s, retry: {after: [http, refused, timeout, 5xx, 429]}}\n",
    "serve: {listen: 'localhost:8025', spool: s, breaker: {failures: 3, open_seconds: 10.5}}\n",
    "serve: {listen: 'localhost:8025', spool: s, breaker: off, coalesce_seconds: 2.5}\n",
    "serve: {spool: s, signature: {secret_file: whsec, to: ['*.example.org', 'a.example:8443']}}\n",
    "serve: {listen: 'localhost:8025', spool: s, breaker: }\n",
    "serve: {listen: 'localhost:8025', spool: s, scripts: {a.lua: {retry: {attempts: 2}}, ox: {}}}\n",
    "serve: {listen: 'localhost:8025', spool: s, log_format: json, log_file: l, metrics_token_file: m}\n",
    "serve: {listen: 'localhost:8025', spool: s, keep_seconds: 0, drain_seconds: 1, expire_seconds: 60}\n",
    "serve: {spool: 'nats://n1,n2:4223/push'}\n",
    "serve: {spool: 'tls://n1', cluster: {creds: c, ca: ca.pem, handshake_first: true}}\n",
    "serve: {spool: 'nats://n1', cluster: {user: bob, password_file: p, replicas: 5, partitions: 8}}\n",
    "serve: {spool: s, cluster: }\n",
]

SERVE = "serve:\n  listen: 127.0.0.1:8025\n  spool: s\n"

BAD = {
    "- a\n": (1, "luahost.yaml is a mapping with the keys dialect, service, mail_plugins, plugin, drivers"),
    "": (1, "luahost.yaml is a mapping with the keys"),
    "\nplugins: {}\n": (2, 'unknown key "plugins" at the top; did you mean plugin?'),
    'dialect: "2.5"\n': (1, "dialect is one of documented, 2.3, 2.4"),
    "plugin: [a]\n": (1, "plugin is a mapping, found a list"),
    "plugin:\n  a: [b]\n": (2, "a is text, found a list"),
    "drivers: lua\n": (1, "drivers is a list"),
    "drivers:\n- file: x\n": (2, "driver is missing in a driver"),
    "drivers:\n- driver: lua\n  fille: x\n": (3, 'unknown key "fille" in a driver; did you mean file?'),
    "drivers:\n- driver: dlog\n  file: x\n": (2, 'file is for the driver lua, not for "dlog"'),
    "mail_plugins: [[a]]\n": (1, "a plugin is text, found a list"),
    "mail_plugins: {lmtp: {a: b}}\n": (1, "lmtp is text, found a mapping"),
    "service: \n": (1, "service is text, found nothing"),
    "service: ''\n": (1, "service is a name"),
    "mail_lua_script: [a]\n": (1, "mail_lua_script is text"),
    'check: {dialects: ["2.5"]}\n': (1, "a dialect is one of documented, 2.3, 2.4"),
    "check: {dialects: []}\n": (1, "dialects is a list of dialects"),
    "check:\n  rule: {}\n": (2, 'unknown key "rule" in check; did you mean rules?'),
    "check:\n  rules: {x: bad}\n": (2, "x is one of error, warning, note, off"),
    "check:\n  budget_seconds: 5s\n": (2, "budget_seconds is a number of seconds"),
    "check:\n  messages: 0\n": (2, "messages is a number from 1"),
    "check:\n  fail_on: off\n": (2, "fail_on is one of error, warning, note"),
    f"{SERVE}  log_format: xml\n": (4, 'log_format is one of text, json, found "xml"'),
    "serve:\n": (1, "spool is missing in serve"),
    "serve:\n  listen: 127.0.0.1:1\n": (1, "spool is missing in serve"),
    f"{SERVE}  port: 1\n": (4, 'unknown key "port" in serve'),
    "serve:\n  spool: s\n  listen: 127.0.0.1\n": (3, "listen is HOST:PORT or unix:PATH"),
    f"{SERVE}  max_body_bytes: 4Q\n": (4, "max_body_bytes is a number of bytes, such as 4M"),
    f"{SERVE}  max_queued: 0\n": (4, "max_queued is a number from 1"),
    f"{SERVE}  expire_seconds: 0\n": (4, "expire_seconds is a number of seconds, 1 at least"),
    f"{SERVE}  lua: '5.9'\n": (4, "lua is one of 5.1, 5.2"),
    f"{SERVE}  limits: {{calls: 1}}\n": (4, "there is no limit 'calls'"),
    f"{SERVE}  limits: {{call_seconds: fast}}\n": (4, "is not call_seconds=NUMBER or call_seconds=none"),
    f"{SERVE}  http: open\n": (4, "http is one of live, server, deny"),
    f"{SERVE}  signature: {{secret_file: s}}\n": (4, "to is missing in signature"),
    f"{SERVE}  signature: {{secret_file: s, to: []}}\n": (4, "to is missing in signature"),
    f"{SERVE}  breaker: maybe\n": (4, "breaker is true or false"),
    f"{SERVE}  breaker: {{failures: 0}}\n": (4, "failures is a number from 1"),
    f"{SERVE}  scripts: {{a.lua: {{after: [http]}}}}\n": (4, 'unknown key "after" in scripts'),
    f"{SERVE}  retry: {{after: [5xy]}}\n": (
        4,
        "a kind of failure is one of lua_error",
    ),
    f"{SERVE}  retry: {{attempts: 0}}\n": (4, "attempts is a number from 1"),
    f"{SERVE}  tls: {{key: k.pem}}\n": (4, "certificate is missing in tls"),
    "serve:\n  spool: nats://n1\n  cluster: {replicas: 2}\n": (3, "replicas is one of 1, 3, 5"),
    "serve:\n  spool: nats://n1\n  cluster: {cert: c}\n": (3, 'unknown key "cert" in cluster'),
}

BEYOND_SCHEMA = {
    'mail_lua_script: "a\\0b.lua"\n': (1, "mail_lua_script is the path of a file"),
    "serve:\n  listen: 0.0.0.0:8025\n  spool: s\n": (1, "on 0.0.0.0:8025 anybody could bring transactions"),
    "serve:\n  listen: 127.0.0.1:99999\n  spool: s\n": (2, "listen is HOST:PORT or unix:PATH"),
    f"{SERVE}  cluster: {{creds: c}}\n": (1, "cluster goes with a spool on NATS"),
    "serve:\n  spool: nats://n1:4222/a.b\n": (2, "the prefix 'a.b' of a spool on NATS"),
    "serve:\n  spool: nats://n1?creds=a\n  cluster: {creds: b}\n": (2, "creds stands in the URL"),
    "serve:\n  spool: nats://n1\n  cluster: {key: b}\n": (2, "key needs certificate"),
    f"{SERVE}  http: deny\n  allow: [push.example.org]\n": (1, "allow goes with http: live or server"),
    f"{SERVE}  allow: ['http://push.example.org']\n": (4, "http://push.example.org"),
}
"""What is refused as well, though it takes more than a schema to say so."""


@pytest.mark.parametrize("text", GOOD)
def test_good(configure: Configure, text: str) -> None:
    """
    What the parser takes the schema takes.
    """
    configure(text, "luahost.yaml").settings()

    VALIDATOR.validate(yaml.safe_load(text))


@pytest.mark.parametrize("text", BAD)
def test_bad(configure: Configure, text: str) -> None:
    """
    What the parser refuses, with line and words, the schema refuses.
    """
    line, words = BAD[text]

    with pytest.raises(ConfigError) as caught:
        configure(text, "luahost.yaml")

    assert words in str(caught.value)
    assert str(caught.value).startswith(f"luahost.yaml:{line}: ")
    assert not VALIDATOR.is_valid(yaml.safe_load(text))


@pytest.mark.parametrize("text", BEYOND_SCHEMA)
def test_bad_beyond_the_schema(configure: Configure, text: str) -> None:
    """
    What fits no schema is refused with line and words all the same.
    """
    line, words = BEYOND_SCHEMA[text]

    with pytest.raises(ConfigError) as caught:
        configure(text, "luahost.yaml")

    assert words in str(caught.value)
    assert str(caught.value).startswith(f"luahost.yaml:{line}: ")


def test_serve(configure: Configure) -> None:
    """
    Files of the server stand beside luahost.yaml, and hosts that are allowed are in the policy.
    """
    Path("push").mkdir()
    text = "serve: {listen: unix:l.sock, spool: s.db, metadata: m, allow: [a.example], retry: {attempts: 2}}"

    serve = configure(text, "push/luahost.yaml").serve

    assert serve is not None
    assert serve.listen is not None
    assert (serve.listen.path, serve.spool, serve.metadata) == (
        "push/l.sock",
        "push/s.db",
        "push/m",
    )
    assert str(serve.listen) == "unix:push/l.sock"
    assert serve.listen.is_local
    assert serve.egress is not None
    assert serve.egress.hosts == ("a.example",)
    assert serve.retry.attempts == 2
    assert serve.retry.after == ("lua_error", "limit", "refused", "timeout", "5xx", "429")
    assert configure("{}", "luahost.yaml").serve is None
    assert configure("").serve is None


def test_policies(configure: Configure) -> None:
    """
    A script has the policy of all but for what is said of it; http stands for every failure of a request.
    """
    scripts = "scripts: {b.lua: {retry: {after: [http, i_error], attempts: 20}}, DLOG: {}}"
    text = f"serve: {{spool: s, retry: {{attempts: 2, first_seconds: 7}}, {scripts}, breaker: off}}\n"
    serve = configure(text, "luahost.yaml").serve
    assert serve is not None

    policy = serve.scripts[os.path.abspath("b.lua")]
    assert policy.after == ("refused", "timeout", "5xx", "429", "i_error")
    assert (policy.attempts, policy.first_seconds) == (20, 7)
    assert serve.scripts["dlog"] == serve.retry
    assert serve.most_attempts == 20
    assert serve.breaker is None


def test_schema() -> None:
    """
    The schema is a schema, and it knows the parser's keys, no more and no fewer.
    """
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    properties: dict[str, Any] = SCHEMA["properties"]
    driver = properties["drivers"]["items"]["oneOf"][1]["properties"]

    assert list(properties) == list(from_yaml._TOP)
    assert list(driver) == list(from_yaml._DRIVER)
    serve = properties["serve"]["properties"]
    assert list(serve) == list(serve_section.TABLE)
    assert list(serve["tls"]["properties"]) == list(serve_section._TLS)
    assert list(serve["cluster"]["properties"]) == list(cluster_section._CLUSTER)
    assert list(SCHEMA["$defs"]["retry"]["properties"]) == list(retry_section._RETRY)
    assert list(serve["signature"]["properties"]) == list(retry_section._SIGNATURE)
    assert list(SCHEMA["$defs"]["breaker"]["properties"]) == list(retry_section._BREAKER)
    assert list(serve["limits"]["properties"]) == [field.name for field in fields(Limits)]
    assert serve["lua"]["enum"] == list(LUA_VERSIONS)


def test_not_yaml(configure: Configure) -> None:
    """
    What is no YAML is refused in plain words, as fixtures are.
    """
    with pytest.raises(ConfigError, match=r"luahost\.yaml:2: a tab where only spaces may indent"):
        configure("plugin:\n\ta: b\n", "luahost.yaml")
    with pytest.raises(ConfigError, match=r"luahost\.yaml:2: luahost\.yaml is one document"):
        configure("plugin:\n--- {}\n", "luahost.yaml")
