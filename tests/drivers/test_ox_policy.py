"""
The OX driver under an egress policy: its URL is the operator's, and still has to be one that may be reached.
"""

from __future__ import annotations

import pytest

from luahost.effects import Http, Log
from luahost.egress_policy import NOTHING, SERVER, EgressPolicy
from luahost.host import Host
from tests.api.scripted_endpoint import OK, ScriptedEndpoint
from tests.drivers.ox_session import MAIL, PREFIX, ox, switched_on


@pytest.mark.parametrize(
    ("policy", "refusal"),
    [
        (SERVER, "127.0.0.1 is an address, not a host name"),
        (NOTHING, "the egress policy lets nothing out"),
    ],
)
def test_an_endpoint_that_is_not_allowed(policy: EgressPolicy, refusal: str) -> None:
    """
    The driver logs what it logs when nobody listens, once, and the effect says who refused.
    """
    with ScriptedEndpoint(OK) as endpoint:
        host = Host(drivers=[ox(f"{endpoint.url}/push")], dialect="2.3", http=policy)
        with host.session("bob", store=switched_on()) as session:
            session.deliver(MAIL)

    [http] = session.effects.of(Http)
    errors = [log.text for log in session.effects.of(Log) if log.level == "error"]
    assert (http.denied, http.refusal) == (True, refusal)
    assert len(errors) == 1
    assert errors[0].startswith(PREFIX)
    assert errors[0].endswith(f"connect({endpoint.place}) failed: Connection refused")
    assert endpoint.heads == []


def test_an_endpoint_that_is_allowed() -> None:
    """
    What the driver sends is of the form that the strict policy wants, credentials of its URL included.
    """
    with ScriptedEndpoint(OK) as endpoint:
        url = endpoint.url.replace("//", "//us:pw@")
        host = Host(
            drivers=[ox(f"{url}/push")],
            dialect="2.3",
            http=EgressPolicy(hosts=(endpoint.place,), strict=True),
        )
        with host.session("bob", store=switched_on()) as session:
            session.deliver(MAIL)

    [http] = session.effects.of(Http)
    assert (http.status, http.denied) == (200, False)
    assert "Authorization: Basic dXM6cHc=" in endpoint.heads[0]
