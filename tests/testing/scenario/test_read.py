"""
The format of scenario files, and its schema.
"""

from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from luahost.dialects import DIALECTS
from luahost.egress_policy import POLICIES
from luahost.errors import InputError
from luahost.events import EVENTS
from luahost.runtime import LUA_VERSIONS, Limits
from luahost.sources import when
from luahost.testing.endpoint import FAULTS
from luahost.testing.scenario import acts, matcher_words, read, routes, schema, then
from luahost.testing.scenario.read import read_scenarios

DOCS = Path(__file__).parents[3] / "docs"
SCHEMA = json.loads((DOCS / "luatest.schema.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
EXAMPLES = sorted((DOCS.parent / "scripts").glob("*.luatest.yaml"))
BLOCKS = [
    block
    for block in re.findall(r"```yaml\n(.*?)```", (DOCS / "scenarios.md").read_text("utf-8"), re.DOTALL)
    if re.search("^when:|^scenarios:", block, re.MULTILINE)
]

WHEN = 'when: [deliver: "Subject: Hi"]\n'

GOOD = [
    WHEN,
    "name: x\nscript: push.lua\n" + WHEN,
    "dialects: all\nlua: [5.4, luajit]\n" + WHEN,
    'dialects: ["2.3", documented]\nlua: "5.3"\n' + WHEN,
    "settings: {a: 1, b: yes, c: }\nlimits: {call_seconds: 5, memory_bytes: 16M}\n" + WHEN,
    'user: bob\nmailboxes: {}\nclock: "2026-03-29T01:59:00Z"\nseed: 7\ndebug: true\n' + WHEN,
    WHEN + r"mailboxes: {Work: {uid_validity: 7, messages: [{uid: 1, flags: [\Seen]}], subscribed: true}}",
    "user: {username: bob, home: /x, uid: 7}\nclock: 1700000000\n" + WHEN,
    "pending: later\n" + WHEN,
    "folders: [lib]\npolicy: dovecot\nhttp: server\n" + WHEN,
    """\
endpoint:
  POST https://push.example/v1/*: 204
  GET /status: [503, read_timeout, {status: 200, json: {ok: true, n: [1, null]}}]
  "* https://other.example/*": {answers: [200, {fault: slow, seconds: 9}], times: 2, optional: true}
  https://any.example/: {status: 200, headers: {X-A: b}, body: text, reason: Fine, delay_seconds: 1.5}
  /moved: {fault: redirect, to: https://push.example/}
"""
    + WHEN,
    r"""
when:
  - deliver: {message: "Subject: Hi", mailbox: Work, flags: [\Flagged], keywords: [$Todo], subscribe: true}
  - append: {messages: ["Subject: 1", {message: "Subject: 2", flags: [\Seen]}], mailbox: Work}
  - store: {messages: "1:2", add: [\Seen, $Done], mailbox: Work}
  - read: 1
  - read: {uids: "1:*"}
  - copy: {messages: 1, to: Work}
  - move: {uids: 1, to: Work}
  - expunge:
  - expunge: {mailbox: Work}
  - create: A
  - rename: {mailbox: A, to: B}
  - subscribe: B
  - unsubscribe: B
  - delete: B
  - wait: 1.5
  - fault: read_timeout
  - fault: {fault: slow, seconds: 40}
  - fault:
  - then: {requests: 0}
  - MessageRead: {uid: 1}
  - transaction: [MessageExpunge: {uid: 1}, MessageExpunge: {uid: 2}]
  - rollback: [MessageAppend: {uid: 3, subject: never}]
  - then: snapshot
""",
    WHEN + "then: snapshot\n",
    WHEN + "then: {snapshot: true, requests: 0}\n",
    WHEN
    + r"""
then:
  handlers: {in_any_order: [MessageNew, MessageRead: {uid: 1}]}
  calls: [script_init, begin_txn: {user: bob}, dovecot_lua_notify_event_message_new, end_txn: {success: true}]
  logs: {count: {$to: 3}, contains: [info, error: /Remote \d+/i, any: {$contains: "x"}], absent: [warning]}
  events: [done, other: {code: 200, text: $text}]
  requests:
    - POST https://push.example/*
    - /v1: {headers: {X: $any}, form: {a: [1, 2]}, query: {b: $absent}, status: {$one_of: [200, 204]}}
    - "* /v1": {json: {$exactly: {a: {$approx: 5, $within: 0.5}, b: {$from: 1, $to: 5}, c: {$not: x}}}}
    - /v1: {body: {$regex: "^x$"}, error: {$equals: $any}}
  metadata: {exactly: [set: {key: /private/x, value: 1, mailbox: INBOX}, unset]}
  errors: {exactly: [/nil/, {message: a, line: 7, function: f, file: x.lua, limit: call_seconds}]}
  mailboxes_open: [INBOX]
  seconds: {$from: 1}
""",
    "endpoint: {/x: 200}\nscenarios:\n- name: a\n  when: [read: 1]\n- {name: b, when: [read: 2]}\n",
]

LEVELS = "there are debug, info, warning, error, any"
BAD = {
    "- a\n": (1, "a scenario file is a mapping with the keys name, script"),
    "": (1, "a scenario file is a mapping with the keys"),
    "script: push.lua\n": (1, "when is missing, so nothing would happen"),
    "\nwhn: []\n": (2, 'unknown key "whn" at the top; did you mean when?'),
    "when: []\n": (1, "when is empty, so nothing would happen"),
    "when:\n- delivr: x\n": (2, 'unknown word "delivr"; did you mean deliver?'),
    "when:\n- wait: soon\n- read: 1\n": (2, 'wait is a number, found "soon"'),
    "when: [fault: refusd, read: 1]\n": (
        1,
        '"refusd" is neither a status nor a fault; did you mean refused?',
    ),
    "when: [fault: {seconds: 3}, read: 1]\n": (1, "fault is missing in a fault"),
    WHEN + "dialects: 2.5\n": (2, 'unknown dialect "2.5"; did you mean 2.4?'),
    WHEN + "lua: [5.4, 6]\n": (2, 'unknown Lua version "6"; there are '),
    WHEN + "policy: dovcot\n": (2, 'unknown policy "dovcot"; did you mean dovecot?'),
    WHEN + "http: some\n": (2, 'unknown HTTP policy "some"; there are live, server, deny'),
    WHEN + "lua: []\n": (2, "lua is one of "),
    WHEN + "clock: noon\n": (2, "clock is seconds since 1970, or a time such as 2026-03-29T01:59:00Z"),
    WHEN + "limits: {call_secs: 1}\n": (2, "call_secs"),
    WHEN + "endpoint: [a]\n": (2, "endpoint is a mapping, found a list"),
    WHEN + "endpoint: {push.example: 200}\n": (2, '"push.example" is no URL; write https://host/path'),
    WHEN + "endpoint: {post http://x/: 200}\n": (2, '"post" is no method; write POST'),
    WHEN + "endpoint: {/x: 99}\n": (2, '"99" is neither a status nor a fault; there are refused'),
    WHEN + "endpoint: {/x: refusd}\n": (2, '"refusd" is neither a status nor a fault; did you mean refused?'),
    WHEN + "endpoint: {/x: {statu: 200}}\n": (2, 'unknown key "statu" in a route; did you mean status?'),
    WHEN + "endpoint: {/x: }\n": (2, "/x is a status such as 200, a fault, or a mapping, found nothing"),
    WHEN + "endpoint: {/x: []}\n": (2, "/x is a status, a fault, or a list of them, found a list"),
    WHEN + "then: all\n": (2, "then is snapshot, or a mapping of handlers, calls, logs"),
    WHEN + "then:\n": (2, "then is a mapping of handlers"),
    WHEN + "then:\n  request: 1\n": (3, 'unknown key "request" under then; did you mean requests?'),
    WHEN + "then:\n  requests:\n": (3, "requests is a list, a number, or a mapping of exactly"),
    WHEN + "then:\n  requests: {POST http://x/: 200}\n": (3, 'begin its items with "- ", found a mapping'),
    WHEN + "then:\n  requests: POST http://x/\n": (
        3,
        "requests is a list, a number, or a mapping of exactly",
    ),
    WHEN + "then: {seconds: short}\n": (2, "seconds is a number of seconds, or a range such as {$to: 5}"),
    WHEN + "then:\n  requests: {contain: []}\n": (3, "requests is a list, a number, or a mapping"),
    WHEN + "then:\n  requests: {count: 1, contain: []}\n": (3, 'unknown key "contain" in requests; did you'),
    WHEN + "then: {requests: -1}\n": (2, "requests is a whole number, from 0, where it says how many, found"),
    WHEN + "then: {logs: {count: 1.5}}\n": (2, "count is a whole number, from 0, where it says how many"),
    WHEN + "then: {requests: [/x: {jsn: 1}]}\n": (2, 'unknown key "jsn" in a request; did you mean json?'),
    WHEN + "then:\n  requests:\n  - x\n": (4, '"x" is no URL'),
    WHEN + "then: {logs: [inf: a]}\n": (2, 'unknown log level "inf"; did you mean info?'),
    WHEN + "then: {logs: [{info: a, error: b}]}\n": (2, "an item of logs has one key"),
    WHEN + "then: {handlers: [MesageNew]}\n": (2, 'unknown event "MesageNew"; did you mean MessageNew?'),
    WHEN + "then: {calls: [begin: 1]}\n": (2, 'unknown function "begin"; did you mean begin_txn?'),
    WHEN + "then: {calls: [begin_txn: bob]}\n": (2, 'begin_txn is a mapping of its fields, found "bob"'),
    WHEN + "then: {metadata: [get]}\n": (2, 'a change of metadata is set or unset, found "get"'),
    WHEN + "then: {mailboxes_open: INBOX}\n": (2, "mailboxes_open is a list"),
    WHEN + "then: {events: [a: {b: {$regx: x}}]}\n": (2, 'unknown matcher "$regx"; did you mean $regex?'),
    WHEN + "then: {events: [a: {b: {$approx: 1}}]}\n": (2, "$approx says about how much, and $within"),
    WHEN + "then: {events: [a: {b: {$not: 1, c: 2}}]}\n": (2, '"c" cannot stand beside $not'),
    WHEN + "then: {events: [a: {b: {$from: x}}]}\n": (2, '$from is a number, found "x"'),
    WHEN + "then: {events: [a: {b: {$one_of: []}}]}\n": (2, "$one_of is a list of values"),
    "scenarios: []\n": (1, "scenarios is empty; add one: - name: a mail arrives"),
    "scenarios:\n- {}\n": (2, "name is missing in a scenario"),
    "name: a\nscenarios: [{name: b, when: [read: 1]}]\n": (1, "a file with scenarios has no name of its own"),
}

NOT_SEEN_BY_SCHEMA = {
    "scenarios:\n- name: a\n": (2, "when is missing"),
    WHEN + "then: {logs: ['error: /(/']}\n": (2, 'unknown log level "error: /(/"'),
    WHEN + "then: {logs: [error: /(/]}\n": (2, '"(" is no regular expression: missing )'),
    WHEN + "then: {events: [a: &a {b: *a}]}\n": (2, "holds itself; take the alias out"),
    WHEN + "endpoint: {/x: {json: &a [*a]}}\n": (2, "holds itself; take the alias out"),
    WHEN + "endpoint: {/x: {answers: [200], status: 200}}\n": (2, "a route has answers, or status; not both"),
    WHEN + "endpoint: {/x: {seconds: 3}}\n": (2, "seconds belongs to a fault; a late answer has"),
    WHEN + "endpoint: {/x: {body: a, json: 1}}\n": (2, "an answer has a body or json, not both"),
    f"scenarios:\n- {{name: a, {WHEN.strip()}}}\n- {{name: a, {WHEN.strip()}}}\n": (
        3,
        'the name "a" is there twice, first in line 2',
    ),
}


@pytest.fixture
def file(folder: Path) -> str:
    """
    Where a scenario file is, with ``push.lua`` beside it.
    """
    return str(folder / "push.luatest.yaml")


@pytest.mark.parametrize("text", GOOD)
def test_good(file: str, text: str) -> None:
    """
    What the parser takes the schema takes.
    """
    assert read_scenarios(text.encode(), file=file)

    VALIDATOR.validate(yaml.safe_load(text))


@pytest.mark.parametrize("text", [*BAD, *NOT_SEEN_BY_SCHEMA])
def test_bad(file: str, text: str) -> None:
    """
    What the parser refuses, with line and words, the schema refuses, as far as schemas can.
    """
    line, words = BAD.get(text) or NOT_SEEN_BY_SCHEMA[text]

    with pytest.raises(InputError) as caught:
        read_scenarios(text.encode(), file=file)

    assert words in str(caught.value)
    assert str(caught.value).startswith(f"{file}:{line}: ")
    assert text in NOT_SEEN_BY_SCHEMA or not VALIDATOR.is_valid(yaml.safe_load(text))


def test_the_schema_comes_with_the_package() -> None:
    """
    Whoever installs luahost has the schema of the documents, too.
    """
    assert schema() == (DOCS / "luatest.schema.json").read_text("utf-8")


def test_schema() -> None:
    """
    The schema is a schema, and it knows the parser's keys, no more and no fewer.
    """
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    found: dict[str, Any] = SCHEMA["$defs"]
    scenario = SCHEMA["properties"]["scenarios"]["items"]["properties"]
    words = found["when"]["items"]["properties"]
    route = next(iter(found["endpoint"]["patternProperties"].values()))["anyOf"][-1]["properties"]

    assert list(SCHEMA["properties"]) == list(read._TOP)
    assert list(scenario) == ["name", *read._SCENARIO]
    assert {*words} == {*when.OPERATIONS, *acts._WORDS, *(kind.name for kind in EVENTS)}
    assert {*found["then"]["anyOf"][1]["properties"]} == {*then._TABLE}
    assert {*found["matcher"]["anyOf"][-1]["properties"]} == {*matcher_words.WORDS}
    assert {*route} == {*routes._ROUTE}
    assert {*found["answer"]["anyOf"][-1]["properties"]} == {*routes._ANSWER}


def test_the_schema_knows_the_same_values() -> None:
    """
    Whatever can be chosen from is the same in schema, documents and parser.
    """
    found: dict[str, Any] = SCHEMA["$defs"]
    documents = (DOCS / "scenarios.md").read_text("utf-8")

    assert set(found["answer"]["anyOf"][1]["enum"]) == {*FAULTS}
    assert [fault for fault in FAULTS if f"`{fault}`" not in documents] == []
    assert {str(choice) for choice in found["choice_of_lua"]["anyOf"][0]["enum"]} == {*LUA_VERSIONS, "all"}
    assert {*map(str, found["choice_of_dialects"]["anyOf"][0]["enum"])} == {*DIALECTS, "all"}
    properties = SCHEMA["properties"]
    assert properties["http"]["enum"] == [*POLICIES]
    assert {*found["limits"]["propertyNames"]["enum"]} == {field.name for field in fields(Limits)}
    assert [key for key in (*read._TOP, *then._TABLE, *matcher_words.WORDS) if key not in documents] == []


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_the_schema_takes_our_examples(example: Path) -> None:
    """
    The scenarios of our own scripts fit the schema.
    """
    VALIDATOR.validate(yaml.safe_load(example.read_text("utf-8")))


@pytest.mark.parametrize("block", BLOCKS)
def test_what_the_documents_show(folder: Path, file: str, block: str) -> None:
    """
    The scenarios in the documents are good ones.
    """
    (folder / "mail.eml").write_text("Subject: Hello\n\nHi\n", "utf-8")

    assert read_scenarios(block.encode(), file=file)
    VALIDATOR.validate(yaml.safe_load(block))
