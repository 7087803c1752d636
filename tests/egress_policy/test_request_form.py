"""
What a policy admits of a request besides where it goes: its form, its credentials, its files.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from luahost.egress_policy import ANYTHING, SERVER
from luahost.tls import Tls
from tests.egress_policy.asking import PUSH, refusal, request


@pytest.mark.parametrize(
    "headers",
    [
        (("Host", PUSH.upper()),),
        (("Host", f"{PUSH}:80"),),
        (("Host", PUSH), ("Content-Length", "0")),
        (("Host", PUSH), ("Transfer-Encoding", "Chunked")),
        (("Host", PUSH), ("X-Any", "\u00e4\t b")),
    ],
)
def test_plain_requests_pass(headers: tuple[tuple[str, str], ...]) -> None:
    """
    What the libraries send by themselves is of the strict form.
    """
    assert refusal(SERVER, request(headers=headers)) is None


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"headers": ()}, "the header field Host is not that of push.example.org:80"),
        ({"headers": (("Host", "evil"),)}, "the header field Host is not that of push.example.org:80"),
        ({"headers": (("Host", PUSH + ":81"),)}, "the header field Host is not that of push.example.org:80"),
        (
            {"headers": (("Host", PUSH), ("hOST", PUSH))},
            "the header field Host is not that of push.example.org:80",
        ),
        (
            {"headers": (("Host", PUSH + "@evil"),)},
            "the header field Host is not that of push.example.org:80",
        ),
        (
            {"headers": (("Host", PUSH), ("Content-Length", "1"), ("Transfer-Encoding", "chunked"))},
            "the end of the body is announced twice (Content-Length, Transfer-Encoding)",
        ),
        (
            {"headers": (("Host", PUSH), ("Content-Length", "1"), ("content-length", "1"))},
            "the end of the body is announced twice (Content-Length, Transfer-Encoding)",
        ),
        ({"headers": (("Host", PUSH), ("Content-Length", "+1"))}, "'+1' is no length of a body"),
        (
            {"headers": (("Host", PUSH), ("Transfer-Encoding", "gzip, chunked"))},
            "the transfer encoding 'gzip, chunked'",
        ),
        ({"headers": (("Host", PUSH), ("X A", "1"))}, "'X A' is no name of a header field"),
        ({"headers": (("Host", PUSH), ("X:", "1"))}, "'X:' is no name of a header field"),
        ({"headers": (("Host", PUSH), ("X", "1\r\nY: 2"))}, "the header field X holds a line end or NUL"),
        ({"headers": (("Host", PUSH), ("X", "1\nY: 2"))}, "the header field X holds a line end or NUL"),
        ({"headers": (("Host", PUSH), ("X", "1\0"))}, "the header field X holds a line end or NUL"),
        ({"method": "GET / HTTP/1.1\r\nX:"}, "'GET / HTTP/1.1\\r\\nX:' is no request method"),
        ({"method": "connect"}, "the method CONNECT"),
        ({"target": "evil:80"}, "the request line asks for 'evil:80', which is not of push.example.org:80"),
        (
            {"target": "http://evil/"},
            "the request line asks for 'http://evil/', which is not of push.example.org:80",
        ),
        ({"proxy": "http://proxy:3128"}, "a proxy of the script's own choice is not allowed"),
        ({"body": b"x" * 2**20}, "the request has 1048620 bytes, more than 1048576"),
        ({"redirects": 6, "redirected_from": f"http://{PUSH}/"}, "more than 5 redirects"),
        ({"redirects": 1, "redirected_from": f"https://{PUSH}/"}, "a redirect from https to http"),
    ],
)
def test_a_server_refuses_requests_that_could_be_others(more: dict[str, Any], words: str) -> None:
    """
    One Host, one framing, no line ends, no target of somebody else's, no proxy, nothing too long.
    """
    asked = request(**more)

    assert refusal(SERVER, asked) == words
    assert ANYTHING.admit(asked) is asked


@pytest.mark.parametrize(
    ("url", "target"),
    [
        (f"http://{PUSH}/", "/any?thing"),
        (f"http://{PUSH}/", ""),
        (f"http://{PUSH}/", f"http://{PUSH}:80/after/a/redirect"),
        (f"https://{PUSH}/", f"https://{PUSH}/"),
    ],
)
def test_targets_of_the_same_origin(url: str, target: str) -> None:
    """
    A request line may have the whole URL, if it is that of its origin.
    """
    assert refusal(SERVER, request(url, target=target)) is None


SECRETS = (
    ("Host", PUSH),
    ("AUTHORIZATION", "Basic eDp5"),
    ("Cookie", "a=1"),
    ("Proxy-Authorization", "z"),
    ("X", "1"),
)


@pytest.mark.parametrize(
    ("asked", "url", "kept"),
    [
        (f"http://{PUSH}/a", f"http://{PUSH}/b", True),
        (f"http://{PUSH}/a", f"http://{PUSH.upper()}.:80/b", True),
        ("http://evil.example/", f"http://{PUSH}/", False),
        (f"http://{PUSH}/", f"https://{PUSH}/", False),
        (f"http://{PUSH}:443/", f"http://{PUSH}/", False),
    ],
)
def test_credentials_are_for_one_origin(asked: str, url: str, *, kept: bool) -> None:
    """
    A server's policy takes them out of requests that a redirect sends elsewhere; all else goes along.
    """
    policy = replace(SERVER, strict=False)
    redirected = request(url, headers=SECRETS, redirects=1, redirected_from=asked)
    names = [name for name, _ in policy.admit(redirected).headers]

    assert names == ([name for name, _ in SECRETS] if kept else ["Host", "X"])
    assert ANYTHING.admit(redirected).headers == SECRETS


def test_a_proxy_that_is_allowed() -> None:
    """
    A proxy is named like a host; its own credentials are not the endpoint's.
    """
    policy = replace(SERVER, proxies=("proxy.example.org:3128",))
    redirected = request(
        headers=SECRETS, proxy="http://proxy.example.org:3128", redirects=1, redirected_from="http://a/"
    )

    assert [name for name, _ in policy.admit(redirected).headers] == ["Host", "Proxy-Authorization", "X"]
    assert refusal(policy, replace(redirected, proxy="http://other.example:3128")) == (
        "the host other.example is not allowed"
    )
    assert refusal(policy, replace(redirected, url="http://127.0.0.1/")) is not None


@pytest.mark.parametrize(
    ("tls", "words"),
    [
        (Tls(cafile="/etc/ssl/certs/ca-certificates.crt", chosen_by_script=True), None),
        (Tls(capath="/etc/ssl/certs", chosen_by_script=True), None),
        (Tls(cafile="/etc/ssl/certs/../private/key", chosen_by_script=True), "/etc/ssl/certs/../private/key"),
        (Tls(cafile="/etc/ssl/certs-of-ours/x", chosen_by_script=True), "/etc/ssl/certs-of-ours/x"),
        (Tls(certificate="own.pem", key="own.key", chosen_by_script=True), "own.pem"),
        (Tls(cafile="/srv/push/ca.pem"), None),
    ],
)
def test_files_that_a_script_names(tls: Tls, words: str | None) -> None:
    """
    A server's script may name whom everybody trusts, and cannot make the server read anything else. What a
    configuration names is the operator's business.
    """
    why = refusal(SERVER, request(f"https://{PUSH}/", tls=tls))

    assert why == (f"the file {words} for TLS" if words else None)
