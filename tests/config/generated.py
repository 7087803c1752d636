"""
Random configurations: those that Dovecot and luahost must understand alike, and plain rubbish.
"""

from __future__ import annotations

from hypothesis import strategies as st

from luahost.config.files import UnreadableFileError

BLANKS = st.sampled_from(["", " ", "  ", "\t", " \t "])
LINE_ENDS = st.sampled_from(["\n", "\n", " \n", "\r\n", " # c\n", "#c\n", "\n\n", "\n# c\n"])

_FRAGMENTS = [
    *(
        "a",
        "b c",
        "  ",
        "\t",
        '"',
        "'",
        "\\",
        " # ",
        "{",
        "}",
        "=",
        "%u",
        ",",
        "é",
        "\x0b",
        "\x01",
        "\0",
        "\r",
    ),
    *(" $mail_home ", " $mail_plugins", " $ENV:PUSH_HOST ", "x$y", "<", "\\\n", "  \\\n  ", "\n", "# c \\\n"),
    *('"a b"', "'c'", '\\"', "$nosuch"),
]
VALUES = st.lists(st.sampled_from(_FRAGMENTS), max_size=6).map("".join)
PLAIN_VALUES = st.sampled_from(["/h", "a  b", '"a # b"', "", "$mail_home x", "$ENV:PUSH_HOST"])
KEYS = st.sampled_from(["k", "j", "push_notification_driver", "x-y"])


@st.composite
def settings(draw: st.DrawFn) -> str:
    """
    Some settings of ``plugin { }``.
    """
    lines = [
        f"{draw(BLANKS)}{draw(KEYS)}{draw(BLANKS)}={draw(BLANKS)}{draw(VALUES)}{draw(LINE_ENDS)}"
        for _ in range(draw(st.integers(0, 3)))
    ]
    return "".join(lines)


@st.composite
def block(draw: st.DrawFn, name: str, inner: str) -> str:
    """
    A block of that name.
    """
    return f"{draw(BLANKS)}{name} {draw(BLANKS)}{{{draw(LINE_ENDS)}{inner}{draw(BLANKS)}}}{draw(LINE_ENDS)}"


@st.composite
def item(draw: st.DrawFn, depth: int = 0) -> str:
    """
    A statement, whole or broken.
    """
    kind = draw(
        st.sampled_from(["plugin", "plugin", "mail_plugins", "home", "slash", "filter", "odd", "service"])
    )
    match kind:
        case "plugin":
            name = draw(st.sampled_from(["plugin", "plugin x", 'plugin "y"']))
            return draw(block(name, draw(settings())))
        case "mail_plugins":
            before = draw(st.sampled_from(["", "$mail_plugins "]))
            return f"mail_plugins{draw(BLANKS)}={draw(BLANKS)}{before}{draw(VALUES)}{draw(LINE_ENDS)}"
        case "home":
            return f"mail_home = {draw(PLAIN_VALUES)}{draw(LINE_ENDS)}"
        case "slash":
            return f"plugin/{draw(KEYS)} = {draw(VALUES)}{draw(LINE_ENDS)}"
        case "filter" if depth < 2:
            names = ["protocol lmtp", "protocol imap", "protocol !imap", 'protocol "lmtp"', "local 127.0.0.1"]
            inner = "".join(draw(st.lists(item(depth + 1), max_size=3)))
            return draw(block(draw(st.sampled_from(names)), inner))
        case "service":
            return draw(block("service imap", "chroot = x\n"))
        case _:
            odd = [
                "}",
                "",
                "plugin",
                "plugin {",
                "} x",
                "k \\",
                "\\",
                '"',
                "!include_try nosuch",
                "!include t*.conf",
            ]
            return draw(st.sampled_from(odd)) + draw(LINE_ENDS)


CONFIGURATIONS = st.lists(item(), min_size=1, max_size=5).map("".join)
"""What is for Dovecot 2.3, and sometimes breaks its rules."""

_WORDS = [
    *(
        "plugin {\n",
        "protocol lmtp {\n",
        "}\n",
        "!include a.conf\n",
        "!include_try b*.conf\n",
        "mail_plugins = ",
    ),
    *("push_notification lua {\n", "lua_settings {\n", "dovecot_config_version = 2.4.1\n", "group @a b {\n"),
    *(
        "@a = b\n",
        "mail_plugins {\n",
        "notify = yes\n",
        "driver = lua\n",
        "lua_file = x\n",
        "%{user | upper}",
        "$SET:",
    ),
    *(
        "local x {\n",
        "k = ",
        "$k ",
        "<a.conf",
        "%{",
        '"',
        "'",
        "\\",
        "\n",
        " ",
        "#",
        "\0",
        "/",
        "=",
        "{",
        "}",
        "é",
        "\udcff",
    ),
    *("push_notification_driver = lua:file=x\n", "@", "-1", "y" * 50),
]
RUBBISH = st.one_of(
    st.lists(st.sampled_from(_WORDS), max_size=30).map("".join),
    st.text(st.characters(exclude_categories=["Cs"])),
)
"""Anything that somebody could take for a configuration."""


class Shelf:
    """
    Files that are on no disk.
    """

    def __init__(self, files: dict[str, str]) -> None:
        self._files = {name: text.encode("utf-8", "surrogateescape") for name, text in files.items()}

    def read(self, path: str) -> bytes:
        if path not in self._files:
            raise UnreadableFileError("No such file or directory", absent=True)
        return self._files[path]

    def matches(self, pattern: str) -> list[str]:
        return sorted(name for name in self._files if name.startswith(pattern.partition("*")[0]))

    def identity(self, path: str) -> str:
        return path
