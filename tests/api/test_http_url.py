"""
URLs as Dovecot reads them; each was given to Dovecot 2.3.19.1, and its words are what is expected.
"""

from __future__ import annotations

import pytest

from luahost.api.http_url import UrlError, parse_url


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "Relative HTTP URL not allowed"),
        ("x", "Relative HTTP URL not allowed"),
        ("/x", "Relative HTTP URL not allowed"),
        ("127.0.0.1/x", "Relative HTTP URL not allowed"),
        (" http://h/", "Relative HTTP URL not allowed"),
        ("1http://h/", "Relative HTTP URL not allowed"),
        (":x", "Relative HTTP URL not allowed"),
        ("mailto:a@b", "Not an HTTP URL"),
        ("http+x://h/", "Not an HTTP URL"),
        ("http:", "Absolute HTTP URL requires `//' after `http:'"),
        ("http:/x", "Absolute HTTP URL requires `//' after `http:'"),
        ("http://", "HTTP URL does not allow empty host identifier"),
        ("http:///x", "HTTP URL does not allow empty host identifier"),
        ("http://:80/x", "HTTP URL does not allow empty host identifier"),
        ("http://h x/", "Invalid host identifier"),
        ("http://h_ost/", "Invalid host identifier"),
        ("http://h^/", "Invalid host identifier"),
        ("http://u@v@h/", "Invalid host identifier"),
        ("http://u|@h/", "Invalid host identifier"),
        ("http://h:0/x", "Invalid port number"),
        ("http://h:65536/x", "Invalid port number"),
        ("http://h:99999999999999/", "Invalid port number"),
        ("http://h:x/", "Invalid host port"),
        ("http://h:-1/", "Invalid host port"),
        ("http://h:8 0/", "Invalid host port"),
        ("http://[::1/x", "Expecting ']' at end of IP-literal"),
        ("http://[zz]/", "Invalid IPv6 host address 'zz'"),
        ("http://h/x ", "Path component contains invalid character"),
        ("http://h/x|", "Path component contains invalid character"),
        ("http://h/x[", "Path component contains invalid character"),
        ("http://h/\u00e4", "Path component contains invalid character"),
        ("http://h/x?a b", "Query component contains invalid character"),
        ("http://h/x?a|b", "Query component contains invalid character"),
        ("http://h/x#f", "URL fragment not allowed for HTTP URL in this context"),
        ("http://h/x?#", "URL fragment not allowed for HTTP URL in this context"),
        ("http://h/%", "Unexpected URI boundary after '%'"),
        ("http://h/%4", "Unexpected URI boundary after '%'"),
        ("http://h/%zz", "Expecting hex digit after '%', but found 'z'"),
        ("http://h/?%zz", "Expecting hex digit after '%', but found 'z'"),
        ("http://user%zz@h/", "Expecting hex digit after '%', but found 'z'"),
        ("http://h/%4?x", "Expecting hex digit after '%4', but found '?'"),
        ("http://h%4/", "Expecting hex digit after '%4', but found '/'"),
        ("http://u%4@h/", "Unexpected URI boundary after '%'"),
        ("http://h:5%", "Invalid host port"),
        ("http://-h/", "Invalid host identifier"),
        ("http://a..b/", "Invalid host identifier"),
        ("http://.a/", "Invalid host identifier"),
        ("http://1.2.3.4.5/", "Invalid host identifier"),
        ("http://1.2.3.4a/", "Invalid host identifier"),
        ("http://a%20b/", "Invalid host identifier"),
        ("http://a%2f.b/", "Invalid host identifier"),
        ("http://%20/", "(null)"),
        ("http://a-/", "Invalid domain label in hostname"),
        ("http://a%2d.b/", "Invalid domain label in hostname"),
        ("http://%41/", "Invalid domain label in hostname"),
        ("http://a%2e%31/", "Invalid domain label in hostname"),
        ("http://h/%00", "Percent encoding is not allowed to encode NUL character"),
    ],
)
def test_refused_urls(url: str, words: str) -> None:
    """
    What is wrong is said in Dovecot's words.
    """
    with pytest.raises(UrlError) as refused:
        parse_url(url)

    assert str(refused.value) == words


@pytest.mark.parametrize(
    ("url", "shown"), [("http://h/a b", "' '"), ("http://h/\u00e4", "<0xc3>"), ("http://h/?\x01", "<0x01>")]
)
def test_the_wrong_character_is_shown(url: str, shown: str) -> None:
    """
    In 2.4 the message ends with the character, or with its first byte.
    """
    with pytest.raises(UrlError) as refused:
        parse_url(url, shows_character=True)

    assert str(refused.value).endswith(f" component contains invalid character {shown}")


@pytest.mark.parametrize("host", ["%20", "a%20", "a%2fb", "a%2e", "%2da", "%c3%a9"])
def test_what_no_host_has_may_not_be_escaped_either(host: str) -> None:
    """
    In 2.4, that is; 2.3 took some of it.
    """
    with pytest.raises(UrlError, match="Invalid percent encoding in hostname"):
        parse_url(f"http://{host}/", shows_character=True)


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("http://h", "/"),
        ("http://h?a=b", "/?a=b"),
        ("http://h/a/../b", "/b"),
        ("http://h/..", "/"),
        ("http://h/a/.", "/a/"),
        ("http://h/a/b/..", "/a/"),
        ("http://h/.a/%2e%2e/b", "/.a/../b"),
        ("http://h//", "//"),
        ("http://h/;x", "/;x"),
        ("http://h/x?", "/x?"),
        ("http://h/%7e%41?%41+b", "/~A?%41+b"),
        ("http://h/%2f%3A%40%20%c3%A4", "//:@%20%c3%a4"),
        ("http://h/~-_.!$&'()*+,;=:@", "/~-_.!$&'()*+,;=:@"),
        ("http://h/x?a?b/c", "/x?a?b/c"),
    ],
)
def test_targets(url: str, target: str) -> None:
    """
    Paths are made normal, queries are left alone.
    """
    assert parse_url(url).target == target


@pytest.mark.parametrize(
    ("url", "shown", "authority", "place", "userinfo"),
    [
        ("http://h:080/", "http://h/", "h", "h:80", None),
        ("https://h/", "https://h/", "h", "h:443", None),
        ("https://h:80/", "https://h:80/", "h:80", "h:80", None),
        ("//h/x", "http://h/x", "h", "h:80", None),
        ("HTTP://H:/", "http://H/", "H", "H:80", None),
        ("http://[::1]:99/x", "http://[::1]:99/x", "[::1]:99", "[::1]:99", None),
        ("http://us%20er:p%40:s@h/", "http://h/", "h", "h:80", b"us er:p@:s"),
        ("http://a%ff/", "http://a%FF/", "a%FF", "a%FF:80", None),
        ("http://a%2eb-c./", "http://a.b-c./", "a.b-c.", "a.b-c.:80", None),
        ("http://1.2.3.444/", "http://1.2.3.444/", "1.2.3.444", "1.2.3.444:80", None),
        ("http://ho%41st/", "http://hoAst/", "hoAst", "hoAst:80", None),
    ],
)
def test_places(url: str, shown: str, authority: str, place: str, userinfo: bytes | None) -> None:
    """
    Scheme and port are made normal, the name stays as written, and credentials are never shown.
    """
    parsed = parse_url(url)

    assert (str(parsed), parsed.authority, parsed.place, parsed.userinfo) == (
        shown,
        authority,
        place,
        userinfo,
    )


def test_where_userinfo_is_not_allowed() -> None:
    """
    As in a redirect.
    """
    with pytest.raises(UrlError, match=r"^HTTP URL does not allow `userinfo@' part$"):
        parse_url("http://a:b@h/", userinfo=False)
