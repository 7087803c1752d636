"""
Reports as text, JSON, SARIF and GitHub's commands.
"""

from __future__ import annotations

import json
import os
from typing import Any

import jsonschema
import pytest

from luahost.check import Report, check_text
from luahost.check.output import write
from luahost.check.rules import RULES

TEXT = """\
function dovecot_lua_notify_begin_txn(user) return {} end
function dovecot_lua_notify_end_txn(ctx) end
function dovecot_lua_notify_event_message_new(ctx, event)
\tlocal s = "ä", event.flag
end
"""


def report() -> Report:
    """
    A report with one finding behind a tab and letters that are not ASCII.
    """
    found = check_text("lua/push%1.lua", TEXT.encode())
    assert len(found.findings) == 1
    return found


def test_text() -> None:
    """
    The line stands below the message, with carets below what is wrong, whatever stands before it.
    """
    lines = write("text", [report()]).splitlines()

    assert lines[0].startswith("lua/push%1.lua:4:23: warning: MessageNew has no field flag")
    assert lines[1] == '    4 | \tlocal s = "ä", event.flag'
    assert lines[2] == "      | \t" + " " * 21 + "^~~~"
    assert lines[3] == "      = did you mean flags?"


def test_json() -> None:
    """
    JSON has every finding with all that is known of it.
    """
    (file,) = json.loads(write("json", [report()]))["files"]
    (finding,) = file["findings"]

    assert file["file"] == "lua/push%1.lua"
    assert (finding["rule"], finding["line"], finding["column"], finding["end_column"]) == (
        "unknown-field",
        4,
        23,
        27,
    )
    assert (finding["dialects"], finding["evidence"], finding["fixable"]) == (
        ["2.3", "2.4"],
        "suspected",
        False,
    )


def test_sarif() -> None:
    """
    SARIF names its rules once, and each result names one of them.
    """
    document: dict[str, Any] = json.loads(write("sarif", [report()]))
    (run,) = document["runs"]
    (result,) = run["results"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]

    assert document["version"] == "2.1.0"
    assert set(rules) >= {rule.name for rule in RULES}
    assert (result["ruleId"], result["level"]) == ("unknown-field", "warning")
    assert result["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "lua/push%251.lua"},
        "region": {"startLine": 4, "startColumn": 23, "endLine": 4, "endColumn": 27},
    }


def test_github() -> None:
    """
    A command is one line, with what would end it escaped.
    """
    (line,) = write("github", [report()]).splitlines()

    assert line.startswith(
        "::warning file=lua/push%251.lua,line=4,endLine=4,col=23,title=unknown-field::MessageNew"
    )
    assert line.endswith("%0Adid you mean flags?")


def test_long_line() -> None:
    """
    Of a long line that part is shown that is wrong, with what stands around it, and the carets are below it.
    """
    text = TEXT.replace('"ä", event.flag', f'"{"x" * 200}", event.flag, "{"y" * 200}"')
    shown = write("text", [check_text("push.lua", text.encode())]).splitlines()
    carets = shown[2]

    assert len(shown[1]) < 140
    assert shown[1].startswith("    4 | … xxx")
    assert shown[1].endswith("yyy… ")
    assert shown[1][carets.index("^") : carets.rindex("~") + 1] == "flag"


@pytest.mark.parametrize("letters", ["日本語", "e\u0301", "🎉", "ä"])
def test_caret_below_wide_letters(letters: str) -> None:
    """
    Carets count the columns of a terminal: wide letters take two, accents of their own none.
    """
    shown = write("text", [check_text("push.lua", TEXT.replace("ä", letters).encode())]).splitlines()
    before = {"日本語": 6, "e\u0301": 1, "🎉": 2, "ä": 1}[letters]

    assert shown[2] == "      | \t" + " " * (20 + before) + "^~~~"


def test_byte_order_mark() -> None:
    """
    A byte order mark is no column, and is not shown.
    """
    text = b"\xef\xbb\xbflocal x = dovecot.i_inf;" + TEXT.encode()
    found = check_text("push.lua", text)

    assert (found.findings[0].line, found.findings[0].column) == (1, 19)
    assert write("text", [found]).splitlines()[1] == (
        "    1 | local x = dovecot.i_inf;function dovecot_lua_notify_begin_txn(user) return {} end"
    )


def test_sarif_of_a_name_in_bytes() -> None:
    """
    A file's name that is no UTF-8 is written with the bytes that it has.
    """
    found = check_text(os.fsdecode(b"p\xfcsh.lua"), TEXT.encode())
    (run,) = json.loads(write("sarif", [found]))["runs"]
    place = run["results"][0]["locations"][0]["physicalLocation"]

    assert place["artifactLocation"]["uri"] == "p%FCsh.lua"


TEXT_OF = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
AT_LEAST_1 = {"type": "integer", "minimum": 1}

SARIF: dict[str, Any] = {
    "required": ["version", "runs"],
    "properties": {
        "$schema": {"format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {"items": {"$ref": "#/$defs/run"}},
    },
    "additionalProperties": False,
    "$defs": {
        "run": {
            "required": ["tool"],
            "properties": {
                "tool": {
                    "required": ["driver"],
                    "properties": {"driver": {"$ref": "#/$defs/driver"}},
                    "additionalProperties": False,
                },
                "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                "results": {"items": {"$ref": "#/$defs/result"}},
            },
            "additionalProperties": False,
        },
        "driver": {
            "required": ["name"],
            "properties": {
                "name": {"type": "string"},
                "version": {"type": "string"},
                "rules": {"uniqueItems": True, "items": {"$ref": "#/$defs/rule"}},
            },
            "additionalProperties": False,
        },
        "rule": {
            "required": ["id"],
            "properties": {
                "id": {"type": "string"},
                "shortDescription": TEXT_OF,
                "fullDescription": TEXT_OF,
                "defaultConfiguration": {"properties": {"level": LEVEL}, "additionalProperties": False},
            },
            "additionalProperties": False,
        },
        "result": {
            "required": ["message"],
            "properties": {
                "ruleId": {"type": "string"},
                "level": LEVEL,
                "message": TEXT_OF,
                "locations": {"items": {"$ref": "#/$defs/location"}},
                "properties": {"type": "object"},
            },
            "additionalProperties": False,
        },
        "location": {
            "required": ["physicalLocation"],
            "properties": {
                "physicalLocation": {
                    "required": ["artifactLocation"],
                    "properties": {
                        "artifactLocation": {
                            "required": ["uri"],
                            "properties": {"uri": {"pattern": "^[!-~]+$"}},
                            "additionalProperties": False,
                        },
                        "region": {
                            "required": ["startLine"],
                            "properties": dict.fromkeys(
                                ("startLine", "startColumn", "endLine", "endColumn"), AT_LEAST_1
                            ),
                            "additionalProperties": False,
                        },
                    },
                    "additionalProperties": False,
                },
            },
            "additionalProperties": False,
        },
    },
}
"""What the SARIF 2.1.0 standard (section 3) says of the objects that reports use, and of no others."""


@pytest.mark.parametrize(
    "text", [b"", b"\x1bLua", b"break", TEXT.encode(), b"\xef\xbb\xbfx = (", b"x = '\xfc\x1b'\nif"]
)
def test_sarif_keeps_to_the_standard(text: bytes) -> None:
    """
    Whatever is found in whatever file, the report has the objects and values of SARIF 2.1.0.
    """
    document = json.loads(write("sarif", [check_text("a b/pü%.lua", text)]))

    jsonschema.validate(document, SARIF)
    assert document["runs"][0]["results"]


def test_place_in_the_repository() -> None:
    """
    Code hosts know files by their place in the repository, without a dot in front.
    """
    found = [check_text("./lua/push.lua", TEXT.encode())]

    assert "file=lua/push.lua," in write("github", found)
    assert '"uri": "lua/push.lua"' in write("sarif", found)
