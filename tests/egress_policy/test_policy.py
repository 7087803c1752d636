"""
Where a policy lets requests go, and the words with which it refuses.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from luahost.egress_policy import NOTHING, SERVER, EgressPolicy
from luahost.errors import EndpointError, UsageError
from tests.egress_policy.asking import PUSH, refusal, request


def address_refusal(policy: EgressPolicy, url: str, address: str) -> str | None:
    """
    The same for an address of the URL's host.
    """
    try:
        policy.check_address(policy.check_url(url), address)
    except EndpointError as error:
        return error.detail if error.kind == "denied" else repr(error)
    return None


@pytest.mark.parametrize(
    "url",
    [
        f"http://{PUSH}/",
        f"https://{PUSH}/a?b",
        f"http://{PUSH}:80/",
        f"http://{PUSH}:443/",
        "http://PUSH.example.org./",
        "https://xn--bcher-kva.example/",
    ],
)
def test_a_server_lets_scripts_reach_public_names(url: str) -> None:
    """
    Any name, on the ports of the web.
    """
    assert refusal(SERVER, request(url)) is None


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (f"http://{PUSH}:22/", "the port 22 of push.example.org is not allowed"),
        ("http://127.0.0.1/", "127.0.0.1 is an address, not a host name"),
        ("http://8.8.8.8/", "8.8.8.8 is an address, not a host name"),
        ("http://[::1]/", "::1 is an address, not a host name"),
        ("http://127.1/", "127.1 is an address, not a host name"),
        ("http://2130706433/", "2130706433 is an address, not a host name"),
        ("http://0x7f.1/", "0x7f.1 is an address, not a host name"),
        ("http://0177.0.0.1./", "0177.0.0.1. is an address, not a host name"),
        (
            "http://\uff11\uff12\uff17.1/",
            "'\uff11\uff12\uff17.1' is no host name or address in its usual form",
        ),
        (
            "http://good.example\\.evil/",
            "'good.example\\\\.evil' is no host name or address in its usual form",
        ),
        ("http://a%00.example/", "'a%00.example' is no host name or address in its usual form"),
        ("http://[fe80::1%25lo]/", "'fe80::1%25lo' is no host name or address in its usual form"),
        ("http:///", "'' is no host name or address in its usual form"),
    ],
)
def test_a_server_lets_scripts_reach_nothing_else(url: str, words: str) -> None:
    """
    No numbers, no other ports, no host that two parsers could read as two.
    """
    assert refusal(SERVER, request(url)) == words


@pytest.mark.parametrize(
    ("hosts", "url", "words"),
    [
        ((PUSH,), f"https://{PUSH}/", None),
        ((PUSH,), "https://evil.example/", "the host evil.example is not allowed"),
        ((PUSH,), f"https://{PUSH}.evil.example/", "the host push.example.org.evil.example is not allowed"),
        ((PUSH,), f"https://{PUSH}@evil.example/", "the host evil.example is not allowed"),
        ((PUSH,), f"https://{PUSH}:8443/", "the port 8443 of push.example.org is not allowed"),
        ((f"{PUSH}:8443",), f"https://{PUSH}:8443/", None),
        ((f"{PUSH}:8443",), f"https://{PUSH}/", "the port 443 of push.example.org is not allowed"),
        (("*.example.org",), f"https://{PUSH}/", None),
        (("*.example.org",), "https://example.org/", "the host example.org is not allowed"),
        (("127.0.0.1:8080",), "http://127.0.0.1:8080/", None),
        (("127.0.0.1:8080",), "http://127.1:8080/", "127.1 is an address, not a host name"),
        (("127.0.0.1:8080",), "http://127.0.0.2:8080/", "127.0.0.2 is an address, not a host name"),
        (("[::1]:8080",), "http://[0:0::1]:8080/", None),
        (("*", "127.0.0.1:8080"), "https://evil.example/", None),
    ],
)
def test_hosts_that_are_named(hosts: tuple[str, ...], url: str, words: str | None) -> None:
    """
    Whoever names hosts allows these and no others; an address that is named needs no further leave.
    """
    assert refusal(replace(SERVER, hosts=hosts), request(url)) == words


@pytest.mark.parametrize(
    ("networks", "address", "allowed"),
    [
        (("public",), "8.8.8.8", True),
        (("public",), "127.0.0.1", False),
        (("public",), "::ffff:127.0.0.1", False),
        (("public",), "fe80::1%eth0", False),
        (("public",), "nonsense", False),
        (("public", "10.0.0.0/8"), "10.1.2.3", True),
        (("public", "10.0.0.0/8"), "::ffff:10.1.2.3", True),
        (("public", "10.0.0.0/8"), "192.168.0.1", False),
        (("10.0.0.0/8",), "8.8.8.8", False),
        (("::/0",), "127.0.0.1", False),
        (("::/0",), "::ffff:127.0.0.1", False),
        (("any",), "127.0.0.1", True),
    ],
)
def test_addresses(networks: tuple[str, ...], address: str, *, allowed: bool) -> None:
    """
    A name may have addresses of the networks that are allowed, and no others.
    """
    words = address_refusal(replace(SERVER, networks=networks), f"http://{PUSH}/", address)

    assert (words is None) is allowed


def test_a_refused_address_names_what_is_allowed() -> None:
    """
    The operator learns which address it was, and which networks there are.
    """
    words = address_refusal(
        replace(SERVER, networks=("public", "10.0.0.0/8")), f"http://{PUSH}/", "192.168.0.1"
    )

    assert words == "push.example.org has the address 192.168.0.1, which is in none of: public, 10.0.0.0/8"


def test_a_named_address_is_allowed_for_itself_only() -> None:
    """
    That 127.0.0.1 is allowed does not allow a name that has this address.
    """
    policy = replace(SERVER, hosts=("*", "127.0.0.1"))

    assert address_refusal(policy, "http://127.0.0.1/", "127.0.0.1") is None
    assert address_refusal(policy, f"http://{PUSH}/", "127.0.0.1") is not None


def test_nothing_is_nothing() -> None:
    """
    Without hosts nothing goes out, not even what could not be sent anyway.
    """
    assert refusal(NOTHING, request("no URL")) == "the egress policy lets nothing out"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"hosts": "push.example.org"}, "hosts is a list, not 'push.example.org'"),
        ({"ports": 80}, "ports is a list, not 80"),
        ({"ports": ["80"]}, "there is no port '80'"),
        ({"hosts": ["http://a/"]}, "no host 'http://a/'; there are push.example.org, "),
        ({"proxies": ["a b"]}, "no host 'a b'; there are "),
        (
            {"networks": ["10.0.0.1/8"]},
            "no network '10.0.0.1/8': 10.0.0.1/8 has host bits set; there are public, ",
        ),
        ({"networks": ["private"]}, "no network 'private': "),
        ({"ports": [0]}, "there is no port 0"),
        ({"schemes": ["ftp"]}, "no scheme 'ftp'; there are http and https"),
        ({"max_redirects": -1}, "max_redirects cannot be -1"),
        ({"total_seconds": -0.5}, "total_seconds cannot be -0.5"),
    ],
)
def test_policies_that_make_no_sense(options: dict[str, Any], words: str) -> None:
    """
    A mistake in a policy is the operator's, and is told of when it is made.
    """
    with pytest.raises(UsageError) as caught:
        EgressPolicy(**options)

    assert str(caught.value).startswith(words)


URL_PIECES = st.lists(
    st.sampled_from(
        [PUSH, "127.0.0.1", "@", "#", "?", "/", "\\", ":", "80", "%", "[", "]", "::1", "\uff0e", "\0", " "]
    ),
    max_size=8,
)


@given(URL_PIECES)
@example(["[", "]"])
def test_no_url_reaches_a_host_that_is_not_named(pieces: list[str]) -> None:
    """
    Whatever stands where in a URL: either it leads to the host that is named, or it is refused.
    """
    policy = replace(SERVER, hosts=(PUSH,))
    try:
        place = policy.check_url("http://" + "".join(pieces))
    except EndpointError:
        return
    assert (place.host.removesuffix("."), place.port_number) == (PUSH, 80)
