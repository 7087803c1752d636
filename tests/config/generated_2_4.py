"""
Random configurations of Dovecot 2.4: those that it and luahost must understand alike.
"""

from __future__ import annotations

from hypothesis import strategies as st

from tests.config.generated import BLANKS, LINE_ENDS

PUSH = "push_notification"

ALL_PLUGINS = (
    "mail_plugins {\nnotify = yes\npush_notification = yes\nmail_lua = yes\npush_notification_lua = yes\n}\n"
)

_FRAGMENTS = [
    *("a", "b c", "  ", "\t", '"', "'", "\\", " # ", "{", "}", "=", "%u", "%%", ",", "é", "\x01", "\0"),
    *(
        " $SET:recipient_delimiter ",
        "$SET:hostname",
        " $ENV:PUSH_HOST ",
        "x$y",
        "$HOME",
        " $SET:recipient_delimiter",
        "$SET:lua_settings",
    ),
    *("<", "<text", "\\\n", "  \\\n  ", "# c \\\n", '"a b"', "'c'", '\\"', "%{user}", "%{user | upper}"),
]
VALUES = st.one_of(
    st.sampled_from(["1", "2", "a b", "", '"x y"']),
    st.lists(st.sampled_from(_FRAGMENTS), max_size=5).map("".join),
)
PLAIN_VALUES = st.sampled_from(
    ["/h", "a  b", '"a # b"', "", "$SET:recipient_delimiter x", "$SET:hostname", "$ENV:PUSH_HOST"]
)
KEYS = st.sampled_from(["k", "k", "j", '"k"', '"a b"', "c/d", "é"])
SWITCHES = st.sampled_from(["yes", "yes", "no", "Y", "1", "NO", "0", "maybe", '"yes"'])
PLUGINS = st.sampled_from(["quota", "virtual", "zz", "notify", PUSH, "push_notification_lua", '"quota"'])
BLOCKS = st.sampled_from(["lua", "lua", "second", "dlog", "ox", '"a b"', "a/b"])
FILTERS = st.sampled_from(
    ["protocol imap", "protocol imap", "protocol !imap", "protocol !lmtp", 'protocol "imap"', "protocol lmtp"]
)
CONNECTIONS = st.sampled_from(["local 127.0.0.1", "remote 10.0.0.0/8", "local_name x"])
FILES = st.sampled_from(["one.lua", "two.lua"])


@st.composite
def setting(draw: st.DrawFn, key: str, value: st.SearchStrategy[str]) -> str:
    """
    One setting.
    """
    return f"{draw(BLANKS)}{key}{draw(BLANKS)}={draw(BLANKS)}{draw(value)}{draw(LINE_ENDS)}"


@st.composite
def block(draw: st.DrawFn, name: str, inner: str) -> str:
    """
    A block of that name.
    """
    return f"{draw(BLANKS)}{name} {draw(BLANKS)}{{{draw(LINE_ENDS)}{inner}{draw(BLANKS)}}}{draw(LINE_ENDS)}"


@st.composite
def several(draw: st.DrawFn, kinds: tuple[str, ...], most: int = 3) -> str:
    """
    Some statements of these kinds.
    """
    return "".join(draw(item(draw(st.sampled_from(kinds)))) for _ in range(draw(st.integers(0, most))))


FILES_BESIDE = {
    "text": "a text\n",
    "part.conf": f"{PUSH} second {{\n  driver = lua\n  lua_file = two.lua\n}}\n"
    "lua_settings {\n  j = part\n}\n",
    "open.conf": "protocol imap {\n",
}
"""What configurations may take in."""

IN_BLOCK = (
    "lua_settings",
    "lua_settings",
    "lua_file",
    "lua_file",
    "driver",
    "ox_url",
    "text",
    "include",
    "odd",
)
IN_FILTER = ("push", "push", "lua_settings", "lua_file", "mail_plugins", "text", "include", "nested")
ANYWHERE = (
    *IN_FILTER,
    "mail_lua",
    "connection",
    "filter",
    "filter",
    "group",
    "group",
    "slash",
    "driver",
    "ox_url",
    "odd",
)


@st.composite
def item(draw: st.DrawFn, kind: str) -> str:
    """
    A statement of a kind, whole or broken.
    """
    match kind:
        case "push":
            # Mostly with a driver, as one that cannot begin ends the list.
            begins = draw(st.sampled_from(["driver = dlog\n", "driver = lua\nlua_file = one.lua\n", ""]))
            return draw(block(f"{PUSH} {draw(BLOCKS)}", begins + draw(several(IN_BLOCK))))
        case "lua_settings":
            if draw(st.integers(0, 5)) == 0:
                return draw(setting("lua_settings", st.sampled_from(["", "", "a", '""'])))
            inner = "".join(draw(setting(draw(KEYS), VALUES)) for _ in range(draw(st.integers(0, 3))))
            return draw(block("lua_settings", inner))
        case "mail_lua":
            return draw(block("mail_lua", draw(several(("lua_file", "lua_settings", "include")))))
        case "lua_file":
            return draw(setting("lua_file", FILES))
        case "driver":
            key = draw(st.sampled_from(["driver", f"{PUSH}_driver"]))
            return draw(setting(key, st.sampled_from(["lua", "dlog", "ox", "", "LUA", '"dlog"'])))
        case "ox_url":
            key = draw(st.sampled_from(["url", "ox_url", f"{PUSH}_ox_url"]))
            return draw(setting(key, st.sampled_from(["http://127.0.0.1/a", "http://127.0.0.1/b"])))
        case "mail_plugins":
            if draw(st.booleans()):
                return draw(setting("mail_plugins", st.lists(PLUGINS, max_size=3).map(" ".join)))
            inner = "".join(draw(setting(draw(PLUGINS), SWITCHES)) for _ in range(draw(st.integers(0, 2))))
            return draw(block("mail_plugins", inner))
        case "text":
            return draw(setting(draw(st.sampled_from(["recipient_delimiter", "hostname"])), PLAIN_VALUES))
        case "include":
            return draw(setting(draw(st.sampled_from(["@g", "@g", "@h"])), st.sampled_from(["x", "x", "y"])))
        case "group":
            name = draw(st.sampled_from(["@g x", "@g x", "@g y", "@h x"]))
            return draw(block(f"group {name}", draw(several(IN_FILTER))))
        case "filter":
            return draw(block(draw(FILTERS), draw(several(IN_FILTER))))
        case "nested":
            outer = draw(
                st.sampled_from([f"{PUSH} lua", "mail_lua", "lua_settings", "protocol imap", "service n"])
            )
            inner = draw(st.one_of(FILTERS, CONNECTIONS, st.just(f"{PUSH} lua"), st.just("group @g x")))
            return draw(block(outer, draw(block(inner, ""))))
        case "slash":
            key = draw(st.sampled_from(["lua_settings/k", "mail_plugins/zz", f"{PUSH}/lua/lua_settings/k"]))
            return draw(setting(key, st.sampled_from(["yes", "no"])))
        case "connection":
            return draw(block(draw(CONNECTIONS), draw(several(IN_FILTER))))
    odd = [
        "}",
        "",
        f"{PUSH} {{",
        f"{PUSH} =",
        "} x",
        "k \\",
        "\\",
        '"',
        "!include_try nosuch",
        "!include part.conf",
        "!include open.conf",
        "!include_try p*.conf",
        "!include t*.conf",
    ]
    return draw(st.sampled_from(odd)) + draw(LINE_ENDS)


@st.composite
def configuration(draw: st.DrawFn) -> str:
    """
    What comes after the head of a configuration.
    """
    plugins = ALL_PLUGINS if draw(st.integers(0, 5)) else ""
    group = draw(item("group")) if draw(st.booleans()) else ""
    return plugins + group + draw(several(ANYWHERE, 5))


CONFIGURATIONS = configuration()
"""What is for Dovecot 2.4, and sometimes breaks its rules."""
