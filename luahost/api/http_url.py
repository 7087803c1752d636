"""
HTTP URLs as Dovecot reads them (RFC 3986, RFC 9110 section 4.2), with its words for what is wrong.

Stricter than most clients: no relative URLs, no fragments, no character that belongs percent-encoded.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import quote, unquote_to_bytes

from luahost import patterns
from luahost.dataclass import dataclass

DEFAULT_PORTS = {"http": 80, "https": 443}
PORT_MAX = 65535

_SCHEME = patterns.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_USERINFO = patterns.compile(r"((?:[A-Za-z0-9._~!$&'()*+,;=:-]|%[0-9A-Fa-f]{2})*)@")
_IPV4 = patterns.compile(
    r"(?:25[0-5]|2[0-4][0-9]|[01]?[0-9]?[0-9])(?:\.(?:25[0-5]|2[0-4][0-9]|[01]?[0-9]?[0-9])){3}(?![0-9])"
)
_LABEL = patterns.compile(r"(?:[A-Za-z0-9]|%[0-9A-Fa-f]{2})(?:[A-Za-z0-9-]|%[0-9A-Fa-f]{2})*")
_ESCAPED = patterns.compile("%([0-9A-Fa-f]{2})")

_PATH_CHARACTERS = "A-Za-z0-9._~!$&'()*+,;=:@/%-"
_NOT_IN_PATH = patterns.compile(f"[^{_PATH_CHARACTERS}]")
_NOT_IN_QUERY = patterns.compile(f"[^{_PATH_CHARACTERS}?]")
_PLAIN_BYTES = frozenset(b"/._~!$&'()*+,;=:@-0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


class UrlError(ValueError):
    """
    What is wrong with a URL, in Dovecot's words.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpUrl:
    """
    The parts of an HTTP URL.

    Attributes:
        scheme: ``http`` or ``https``.

        host: Name or address, without brackets.

        port: None for the scheme's own.

        target: Path and query as they are sent: dot segments gone, needless percent-encoding undone.

        userinfo: User and password with a colon between them, decoded; None without.
    """

    scheme: str
    host: str
    port: int | None
    target: str
    userinfo: bytes | None = None

    @property
    def authority(self) -> str:
        """
        Host and, unless it is the scheme's own, port: what ``Host`` says.
        """
        host = self._written_host
        return host if self.port in (None, DEFAULT_PORTS[self.scheme]) else f"{host}:{self.port}"

    @property
    def place(self) -> str:
        """
        Host and port, as errors name it.
        """
        return f"{self._written_host}:{self.port or DEFAULT_PORTS[self.scheme]}"

    @property
    def _written_host(self) -> str:
        """
        The host as a URL has it: what had to be escaped there has to be again.
        """
        return f"[{self.host}]" if ":" in self.host else quote(self.host, errors="surrogateescape", safe="")

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"


def parse_url(url: str, *, userinfo: bool = True, shows_character: bool = False) -> HttpUrl:
    """
    The parts of a URL.

    Args:
        url: The URL, undecodable bytes as surrogate escapes.

        userinfo: Whether ``user:password@`` is allowed.

        shows_character: Whether a wrong character is named, as 2.4 does.

    Raises:
        UrlError: It is none that Dovecot takes.
    """
    scheme, rest = _scheme(url)
    authority, rest = _split(rest, "/?#")
    found, host, port = _authority(authority, rest, shows_character)
    if found is not None and not userinfo:
        raise UrlError("HTTP URL does not allow `userinfo@' part")
    path, rest = _split(rest, "?#")
    _check("Path", path, rest, _NOT_IN_PATH, shows_character)
    query, fragment = _split(rest, "#")
    _check("Query", query, fragment, _NOT_IN_QUERY, shows_character)
    if fragment:
        raise UrlError("URL fragment not allowed for HTTP URL in this context")
    return HttpUrl(
        scheme=scheme,
        host=host,
        port=port,
        target=_normal_path(path) + query,
        userinfo=None if found is None else unquote_to_bytes(found),
    )


def _scheme(url: str) -> tuple[str, str]:
    match = _SCHEME.match(url)
    scheme, rest = (match[1].lower(), url[match.end() :]) if match else ("http", url)
    if match and scheme not in DEFAULT_PORTS:
        raise UrlError("Not an HTTP URL")
    if not rest.startswith("//"):
        if match:
            raise UrlError(f"Absolute HTTP URL requires `//' after `{scheme}:'")
        raise UrlError("Relative HTTP URL not allowed")
    return scheme, rest[2:]


def _split(text: str, ends: str) -> tuple[str, str]:
    """
    The text before the first of these characters, and the rest with it.
    """
    match = re.search(f"[{ends}]", text)
    return (text[: match.start()], text[match.start() :]) if match else (text, "")


def _authority(authority: str, behind: str, shows_character: bool) -> tuple[str | None, str, int | None]:
    name, at, host = authority.rpartition("@")
    if at:
        _check_percent(name, "")
    host, colon, port = host.partition(":")
    _check_percent(host, colon + port + behind)
    user = _USERINFO.match(authority)
    rest = authority[user.end() :] if user else authority
    if rest.startswith("["):
        host, closed, rest = rest[1:].partition("]")
        if not closed:
            raise UrlError("Expecting ']' at end of IP-literal")
        try:
            ipaddress.IPv6Address(host)
        except ValueError:
            raise UrlError(f"Invalid IPv6 host address '{host}'") from None
    else:
        length = _host_length(rest, strict=shows_character)
        host, rest = unquote_to_bytes(rest[:length]).decode("utf-8", "surrogateescape"), rest[length:]
    if not rest.startswith(":"):
        if rest:
            raise UrlError("Invalid host identifier")
        digits = ""
    else:
        digits = rest[1:]
        if not digits.isascii() or (digits and not digits.isdigit()):
            raise UrlError("Invalid host port")
        if digits and not 1 <= int(digits) <= PORT_MAX:
            raise UrlError("Invalid port number")
    if not host:
        raise UrlError("HTTP URL does not allow empty host identifier")
    return user[1] if user else None, host, int(digits) if digits else None


def _host_length(text: str, *, strict: bool) -> int:
    """
    How much of it is a host: an IPv4 address, or labels of letters, digits and, inside, hyphens, with a dot
    after the last one if need be. Dovecot is wrong about a label of one escaped character.

    Args:
        text: What a host is at the beginning of.

        strict: Whether other characters may not be escaped either; 2.3 takes one that ends the host.
    """
    if address := _IPV4.match(text):
        return address.end()
    at = 0
    while found := _LABEL.match(text, at):
        label, dot = found[0], text[found.end() : found.end() + 1] == "."
        end = found.end() + dot
        for escaped in _ESCAPED.finditer(label):
            character = chr(int(escaped[1], 16))
            if character.isascii() and (character.isalnum() or (character == "-" and escaped.start())):
                continue
            if strict:
                raise UrlError("Invalid percent encoding in hostname")
            if not escaped.start():
                raise UrlError("(null)")
            label, dot, end = label[: escaped.start()], character == ".", at + escaped.end()
            break
        if re.fullmatch("%..", label) or unquote_to_bytes(label).endswith(b"-"):
            raise UrlError("Invalid domain label in hostname")
        at = end
        if not dot:
            break
    return at


def _check(component: str, text: str, behind: str, wrong: re.Pattern[str], shows_character: bool) -> None:
    match = wrong.search(text)
    if match:
        _check_percent(text[: match.start()], text[match.start() :])
    else:
        _check_percent(text, behind)
    if match:
        shown = f" {_shown(match[0])}" if shows_character else ""
        raise UrlError(f"{component} component contains invalid character{shown}")


def _shown(character: str) -> str:
    byte = character.encode("utf-8", "surrogateescape")[0]
    return f"'{character}'" if 0x20 <= byte < 0x7F else f"<0x{byte:02x}>"


def _check_percent(text: str, behind: str) -> None:
    for match in re.finditer("%(.?)(.?)", text + behind[:2], re.DOTALL):
        if match.start() >= len(text):
            break
        before = "%"
        for digit in match.groups():
            if not digit:
                raise UrlError("Unexpected URI boundary after '%'")
            if digit not in "0123456789ABCDEFabcdef":
                raise UrlError(f"Expecting hex digit after '{before}', but found '{digit}'")
            before += digit
        if match[0] == "%00":
            raise UrlError("Percent encoding is not allowed to encode NUL character")


def _normal_path(path: str) -> str:
    """
    Without dot segments (RFC 3986, section 5.2.4), and escaped no more than it must be: Dovecot decodes
    it and encodes it anew, in lower case, so that ``%2F`` becomes a slash.
    """
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            kept[-1:] = []
        elif segment != ".":
            kept.append(segment)
    if segments and segments[-1] in (".", ".."):
        kept.append("")
    decoded = unquote_to_bytes("/" + "/".join(kept))
    return "".join(chr(byte) if byte in _PLAIN_BYTES else f"%{byte:02x}" for byte in decoded)
