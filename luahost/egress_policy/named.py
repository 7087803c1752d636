"""
The policies that have names: for scripts that one trusts, for those that one does not know, and for nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from luahost.egress_policy.policy import PUBLIC_ADDRESSES, EgressPolicy
from luahost.errors import UsageError

PolicyName = Literal["live", "server", "deny"]

PUBLIC_AUTHORITIES = (
    "/etc/ssl/certs",
    "/etc/ssl/cert.pem",
    "/etc/pki/tls/certs",
    "/etc/pki/ca-trust/extracted",
    "/usr/share/ca-certificates",
    "/usr/local/share/ca-certificates",
)
"""Where systems keep the certificates of those whom everybody trusts. No private key lies there."""

ANYTHING = EgressPolicy()
"""What ``live`` stands for: requests go where they want, as in Dovecot."""

SERVER = EgressPolicy(
    ports=frozenset({80, 443}),
    networks=(PUBLIC_ADDRESSES,),
    numeric_hosts=False,
    proxies=(),
    strict=True,
    credentials_follow=False,
    plain_after_tls=False,
    tls_files=PUBLIC_AUTHORITIES,
    max_redirects=5,
    max_request_bytes=1024 * 1024,
    max_response_bytes=4 * 1024 * 1024,
    total_seconds=10.0,
)
"""For scripts that one does not know: public hosts by their names, on the ports of the web."""

NOTHING = EgressPolicy(hosts=())
"""What ``deny`` stands for."""

POLICIES: Mapping[PolicyName, EgressPolicy] = {"live": ANYTHING, "server": SERVER, "deny": NOTHING}
"""The policies that have a name."""


def policy_of(given: EgressPolicy | PolicyName) -> EgressPolicy:
    """
    A policy, or the one of that name.

    Raises:
        UsageError: There is none of that name.
    """
    if isinstance(given, EgressPolicy):
        return given
    if given not in POLICIES:
        raise UsageError(f"no egress policy {given!r}; there are {', '.join(POLICIES)}")
    return POLICIES[given]
