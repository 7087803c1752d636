"""
Requests that a policy is asked about, and its refusals.
"""

from __future__ import annotations

from typing import Any

from luahost.egress_policy import EgressPolicy
from luahost.errors import EndpointError
from luahost.exchange import Request

PUSH = "push.example.org"


def request(url: str = f"http://{PUSH}/", **more: Any) -> Request:
    """
    A request with the Host of its URL, unless it has headers of its own.
    """
    host = url.partition("://")[2].partition("/")[0]
    return Request(**{"method": "GET", "url": url, "headers": (("Host", host),), **more})


def refusal(policy: EgressPolicy, asked: Request) -> str | None:
    """
    Why the policy refuses the request, None if it does not.
    """
    try:
        policy.admit(asked)
    except EndpointError as error:
        return error.detail if error.kind == "denied" else repr(error)
    return None
