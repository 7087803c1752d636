"""
How an operator names hosts, and how close URLs must come to that.
"""

from __future__ import annotations

import re
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luahost.egress_policy.host_patterns import is_numeric, is_plain, normal_host, pattern
from luahost.errors import UsageError


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("push.example.org", "push.example.org", None),
        ("Push.Example.ORG.", "push.example.org", None),
        ("push.example.org:8443", "push.example.org", 8443),
        ("*.example.org", "*.example.org", None),
        ("*", "*", None),
        ("*:8080", "*", 8080),
        ("127.0.0.1:80", "127.0.0.1", 80),
        ("::1", "::1", None),
        ("[::1]:443", "::1", 443),
        ("[2001:DB8:0::1]", "2001:db8::1", None),
    ],
)
def test_spellings_of_hosts(text: str, host: str, port: int | None) -> None:
    """
    A host has one spelling, whichever was written.
    """
    assert (pattern(text).host, pattern(text).port) == (host, port)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":80",
        "a:0",
        "a:65536",
        "a:b",
        "a b",
        "http://a",
        "a/b",
        "u@a",
        "a.*",
        "**",
        "*.",
        "a..b",
        "b\u00fc.de",
    ],
)
def test_what_is_no_host(text: str) -> None:
    """
    A mistake in a list of hosts is told of, not passed over: it could allow more than was meant.
    """
    with pytest.raises(UsageError, match=re.escape(f"no host {text!r}; there are")):
        pattern(text)


@pytest.mark.parametrize(
    ("text", "host", "fits"),
    [
        ("example.org", "example.org", True),
        ("example.org", "push.example.org", False),
        ("*.example.org", "push.example.org", True),
        ("*.example.org", "a.b.example.org", True),
        ("*.example.org", "example.org", False),
        ("*.example.org", "notexample.org", False),
        ("*.0.0.1", "127.0.0.1", False),
        ("*", "anything.at.all", True),
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "127.1", False),
    ],
)
def test_which_hosts_fit(text: str, host: str, *, fits: bool) -> None:
    """
    A star stands for names below, never for part of one, and never for addresses.
    """
    assert pattern(text).fits(host) is fits


@given(st.integers(0, 2**32 - 1), st.data())
def test_every_spelling_of_an_address_is_a_number(number: int, data: st.DataObject) -> None:
    """
    Whatever the system's resolver reads as an IPv4 address without asking anybody: octal, hexadecimal, short.
    """
    octets = [number >> 24, number >> 16 & 255, number >> 8 & 255, number & 255]
    parts = data.draw(
        st.sampled_from(
            [octets, [octets[0], octets[1], number & 0xFFFF], [octets[0], number & 0xFFFFFF], [number]]
        )
    )
    form = st.sampled_from(["{}", "{:#x}", "0{:o}", "0X{:X}"])
    host = ".".join(data.draw(form).format(part) for part in parts)

    assert socket.inet_aton(host) == number.to_bytes(4, "big")
    assert is_numeric(host)
    assert is_numeric(host + ".")


@pytest.mark.parametrize("host", ["::1", "fe80::1%25lo", "0x", "a.0x7f", "1"])
def test_other_numbers(host: str) -> None:
    """
    So are IPv6 addresses, and names that end in a number.
    """
    assert is_numeric(host)


@pytest.mark.parametrize("host", ["example.org", "1.example.org", "0x7f.example", "1e100.net", "3com"])
def test_names_are_no_numbers(host: str) -> None:
    """
    A number elsewhere in a name does not matter.
    """
    assert not is_numeric(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        ".",
        "a..b",
        "-a",
        "a b",
        "a\tb",
        "a\nb",
        "a\0b",
        "a@b",
        "a#b",
        "a\\b",
        "a%00b",
        "a/b",
        "a:b",
        "\uff11\uff12\uff17.0.0.1",
        "a\u3002b",
        "b\u00fccher.example",
        "fe80::1%25lo",
        "a" * 64,
        "a." * 127 + "a",
    ],
)
def test_hosts_that_parsers_read_differently(host: str) -> None:
    """
    What is neither a name in ASCII nor an address without a zone is not plain.
    """
    assert not is_plain(host)


@pytest.mark.parametrize("host", ["a", "xn--bcher-kva.example", "_a._b.example.", "::1", "a." * 126 + "a"])
def test_plain_hosts(host: str) -> None:
    """
    Names as the DNS and certificates have them.
    """
    assert is_plain(host)


# Not text() as it is, for which hypothesis first tries to encode every character there is.
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_plain_hosts_stay_what_they_are(host: str) -> None:
    """
    Nobody can read a plain name as another one: Python's own resolver encodes it to itself.
    """
    if is_plain(host) and ":" not in host:
        assert host.encode("idna").decode("ascii").lower() == host.lower()
        assert normal_host(host) == normal_host(host.upper())
