"""
``user:var_expand`` in the syntaxes of 2.3 and 2.4. The recordings of both servers have more.
"""

from __future__ import annotations

from typing import Literal

import pytest

from luahost.api.percent_variables import digest
from luahost.api.var_expand import VarExpandError, setting_expanded, var_expand
from luahost.store import MailUser
from tests.conftest import Evaluate

USER = MailUser(
    "Bob@Example.org", home="/home/bob", uid=1001, gid=100, service="imap", userdb={"url": "http://x/"}
)

PERCENT = [
    ("", ""),
    ("plain ä", "plain ä"),
    ("%u %n %d", "Bob@Example.org Bob Example.org"),
    ("%h %s %i", "/home/bob imap 1001"),
    ("%%u", "%u"),
    ("100%", "100"),
    ("%Lu %Uu", "bob@example.org BOB@EXAMPLE.ORG"),
    ("%LRn", "bob"),
    ("%RLn", "bob"),
    ("%Xi", "3e9"),
    ("%.2u|%40u", "Bo|Bob@Example.org"),
    ("%1.2u", "ob"),
    ("%{user}/%{username}/%{domain}/%{uid}/%{gid}", "Bob@Example.org/Bob/Example.org/1001/100"),
    ("%{userdb:url} %{userdb:none}.", "http://x/ ."),
    ("%L{user}", "bob@example.org"),
    ("%Z %{nosuch}", "UNSUPPORTED_VARIABLE_Z UNSUPPORTED_VARIABLE_nosuch"),
    ("%{user", "UNSUPPORTED_VARIABLE_{user"),
    ("%{if;%s;eq;imap;yes;no}", "yes"),
    ("%{if;%i;<;1000;small;%Ln}", "bob"),
    ("%{if;%s;*;im*;yes;no}%{if;%s;~;^x;yes;no}", "yesno"),
    ("%{if;5;<;10;a\\;b;c}%{if;a;eq;b;c}", "a;b"),
    ("%-2.1n|%-2n|%3.n|%2.n|%0.2n", "o|Bo||b|Bo"),
    ("%LMn %{md5:service}", "9f9d51bc70ef21ca5c14f307980a29d8 " + digest("md5", "imap")),
    ("%LHn %2LHn %LNn", "6952 0 70ef21ca"),
    ("%Dd", "Example,dc=org"),
    ("%{if;%{user};eq;Bob@Example.org;A;B}", "A"),
    ("%{if;1;eq;1;%{if;2;eq;2;X;Y};B}", "X"),
    ("%{if;1;==;1;a:b;c}", "a"),
    ("%{if;\\;;eq;\\;;y;n}", "y"),
    ("%05i %-3u %0.-2u", "01001 Bob Bob@Example.o"),
    ("%{", "UNSUPPORTED_VARIABLE_{"),
    ("%{nosuch:default}%{userdb:none:default}", "UNSUPPORTED_VARIABLE_nosuchdefault"),
    ("%{md5:nosuch}%{env:LUAHOST_TEST_NOT_SET:default}.", "."),
]

FILTERS = [
    ("", ""),
    ("%u 100%% %", "%u 100%% %"),
    ("%{user}-%{ home }", "Bob@Example.org-/home/bob"),
    ("%{user | username | lower}", "bob"),
    ("%{user|domain|upper}", "EXAMPLE.ORG"),
    ('%{userdb:none | default("none")}', "none"),
    ('%{userdb:url | default("none")}', "http://x/"),
    ("%{literal('a\"b')}", 'a"b'),
    ('%{literal("a\\"b") | upper}', 'A"B'),
    ("%{env:LUAHOST_TEST_NOT_SET}.", "."),
    ("%%{user}%%%{user}", "%{user}%%{user}"),
    ("%{userdb:none:default}%{nosuch|default('x')}%{nosuch|default}.", "x."),
    ("%{user || upper |}", "BOB@EXAMPLE.ORG"),
    ("%{literal('user') | substr(1)}", "ser"),
    ("%{literal('user') | substr(-2,1)}", "e"),
    ("%{literal('user') | substr(1,-1)}", "se"),
    ("%{literal('user') | truncate(2)}", "us"),
    ("%{literal('ab') | lfill(5)} %{literal('ab') | rfill(5,'xy')}", "000ab abxyxy"),
    ("%{literal('user') | md5}", "ee11cbb19052e40b07aac0ca060c23ee"),
    ("%{literal('user') | md5 | substr(0,2)}", "ee11"),
    ("%{literal('user') | md5 | hexlify | substr(0,2)}", "ee"),
    ("%{literal('user') | hash('md5') | base64}", "7hHLsZBS5AsHqsDKBgwj7g=="),
    ("%{literal('dXNlcg==') | unbase64} %{literal('dXNlcg') | unbase64 | text}", "75736572 user"),
    ("%{literal('3132') | unhexlify | text}", "12"),
    (
        "%{literal('user1') | unbase64} %{literal('us r') | unbase64} %{literal('us*r') | unbase64}",
        "bac7ab baca ba",
    ),
    ("%{literal('10') | hex} %{literal('123') | hex(1)} %{literal('10') | hex(4)}", "a b 000a"),
    ("%{literal('10') | hex(-4)} %{literal('7B') | unhex}", "a000 123"),
    ("%{literal('ab') | hexlify(6)} %{literal('ab') | hexlify(2)}", "006162 61"),
    ("%{literal('user') | if('*', 'u*', 'y', 'z')} %{literal('5') | if('<', 6, 'y', 'z')}", "y y"),
    ("%{if('a', 'eq', 'b', 'y', user)}", "Bob@Example.org"),
    ("%{literal('a.b.c') | ldap_dn | concat('-', 5)}", "a,dc=b,dc=c-5"),
]

WRONG_IF = [
    ("%{if;%s;==;1;y;n}", "if: imap (lhs) is not a number"),
    ("%{if;1;<;%s;y;n}", "if: imap (rhs) is not a number"),
    ("%{if;a;what;b;y;n}", "if: Unsupported comparator 'what'"),
    ("%{if;a;b}", "if: requires four or five parameters, got 2"),
]

WRONG = [
    ("%{nosuch}", "Unknown variable 'nosuch'"),
    ("%{uid}", "Unknown variable 'uid'"),
    ("%{username}", "username: No value to get username from"),
    ("%{domain | upper}", "domain: No value to get domain from"),
    ("%{user | nosuch}", "No such function 'nosuch'"),
    ("%{user | domain_first}", "No such function 'domain_first'"),
    ("%{nosuch | upper | default('x')}", "Unknown variable 'nosuch'"),
    ("%{substr(1)}", "substr: No value to substring"),
    ("%{md5:user}", "Unsupported prefix 'md5'"),
    ("%{user | substr(99)}", "substr: Offset out of bounds"),
    ("%{user | substr(0,99)}", "substr: Length out of bounds"),
    ("%{user | substr('x')}", "substr: 'x' is not a number"),
    ("%{user | truncate}", "truncate: Missing parameters"),
    ("%{user | lfill(-5)}", "lfill: Fill length out of bounds"),
    ("%{user | upper(1)}", "upper: Too many positional parameters"),
    ("%{user | hash('nosuch')}", "hash: Unsupported algorithm 'nosuch'"),
    ("%{user | unhexlify}", "unhexlify: Not a hex value"),
    ("%{user | unhex}", "unhex: Input is not a hex number"),
    ("%{user | hex}", "hex: Input is not a number"),
    ("%{user | if('=', 'x', 'y', 'z')}", "if: Unsupported comparator '='"),
    ("%{user | if('<', 5, 'y', 'z')}", "if: Input is not a number"),
    ("%{literal('5') | if('<', '6', 'y', 'z')}", "if: Right-hand side: '6' is not a number"),
    ("%{if('a', 'eq')}", "if: Missing parameters"),
    ("%{user", "syntax error, unexpected end of file, expecting CCBRACE or PIPE"),
    ("%{user | default('x'", "syntax error, unexpected end of file, expecting CCBRACE or PIPE"),
]


@pytest.mark.parametrize(
    ("syntax", "template", "value"),
    [("percent", *case) for case in PERCENT] + [("filters", *case) for case in FILTERS],
)
def test_value(syntax: Literal["percent", "filters"], template: str, value: str) -> None:
    """
    Variables are replaced, and the rest stays.
    """
    assert var_expand(template, USER, syntax) == value


@pytest.mark.parametrize(
    ("syntax", "template", "words"),
    [("percent", *case) for case in WRONG_IF] + [("filters", *case) for case in WRONG],
)
def test_wrong(syntax: Literal["percent", "filters"], template: str, words: str) -> None:
    """
    What cannot be expanded is an error with Dovecot's words.
    """
    with pytest.raises(VarExpandError) as raised:
        var_expand(template, USER, syntax)

    assert str(raised.value) == words


UNKNOWN = [
    ("%{nosuch}", "nosuch"),
    ("%Z", "Z"),
    ("%{nosuch} %{user} %{bar}", "nosuch"),
    ("%{sha1:nosuch}", "nosuch"),
    ("%{if;%{nosuch};eq;a;b;c}", "nosuch"),
    ("%{if;1;==;1;b;%{nosuch}}", "nosuch"),
    ("%{user:upper}", "user"),
    ("%{user", "{"),
    ("%{}", ""),
    ("p%2Fss %7Ex", "F"),
]


@pytest.mark.parametrize(("template", "name"), UNKNOWN)
def test_unknown_in_a_setting(template: str, name: str) -> None:
    """
    In the settings of 2.3 an unknown variable is an error, which names the first one.
    """
    with pytest.raises(VarExpandError) as raised:
        setting_expanded(template, USER, "percent")

    assert str(raised.value) == f"Unknown variable '%{name}'"


def test_a_setting() -> None:
    """
    Settings are expanded in the syntax of their version.
    """
    assert setting_expanded("%Ln 50%% p%3Dss", USER, "percent") == "bob 50% pimas"
    assert setting_expanded("%Ln %{user | lower}", USER, "filters") == "%Ln bob@example.org"


def test_broken_variables_end() -> None:
    """
    Megabytes of open braces and a thousand conditionals in each other are no work for hours.
    """
    assert var_expand("%{" * 50_000, USER, "percent", unknown=lambda name: "") == ""
    with pytest.raises(VarExpandError, match="in each other"):
        var_expand("%{if;1;==;1;" * 1000 + ";b}" * 1000, USER, "percent")
    with pytest.raises(VarExpandError, match="regex failed"):
        var_expand("%{if;a;~;(;b;c}", USER, "percent")


def test_in_a_script(evaluate: Evaluate, lua: str) -> None:
    """
    The text ends at a NUL, and numbers are texts.
    """
    statements = "return user:var_expand('%u\\0x'), user:var_expand(5)"

    assert evaluate(statements, user=USER, lua=lua) == '"Bob@Example.org", "5"'


def test_nothing_explodes() -> None:
    """
    A template cannot keep luahost busy or fill its memory: neither with a regular expression nor by doubling.
    """
    template = "%{if;" + "a" * 60 + ";~;^(a|a)*(a+)+b$;yes;no}"

    assert var_expand(template, USER, "percent") == "no"
    with pytest.raises(VarExpandError, match="longer than 65536 characters"):
        var_expand("%" + "E" * 60 + "{if;1;==;1;'}", USER, "percent")
