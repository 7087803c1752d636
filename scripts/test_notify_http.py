"""
notify_http.lua in every dialect: pytest scripts/test_notify_http.py

What is said best in YAML is in notify_http.luatest.yaml; here is what wants some Python.
"""

import pytest

from luahost.testing import Answer, Fault
from luahost.testing.endpoint import FAULTS

URL = "http://push.example/messages"

pytestmark = pytest.mark.luahost(dialects="all", settings={"push_lua_url": URL})


def test_what_is_told_of_a_message(push, endpoint):
    endpoint.route("POST", URL, status=204)

    push.deliver("../fixtures/messages/hello.eml")

    (request,) = endpoint.requests
    assert request.form["subject"] == "Hello, päivää"
    assert request.form["snippet"].startswith("Hi Bob, are you there?")
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"


@pytest.mark.parametrize("subject", ["a&b=c", "100 %", "+1", "ä", "\x7f", ""])
def test_every_subject_arrives_as_it_is(push, endpoint, subject):
    endpoint.route("POST", URL, status=204)

    push.deliver(subject=subject)

    assert endpoint.requests[0].form["subject"] == subject


def test_messages_of_one_append_are_told_in_their_order(push, endpoint):
    endpoint.route("POST", URL, times=3)

    push.append({"subject": "1"}, {"subject": "2"}, {"subject": "3"})

    assert sorted(request.form["subject"] for request in endpoint.requests) == ["1", "2", "3"]


@pytest.mark.parametrize("fault", FAULTS)
def test_no_fault_of_the_service_holds_mail_up_for_long(push, endpoint, clock, fault):
    endpoint.route("POST", URL, Fault(fault), optional=True)

    push.deliver()

    assert clock.waited < 12
    assert [log.level for log in push.logs] in ([], ["error"])


def test_the_next_message_is_told_after_an_outage(push, endpoint):
    endpoint.route("POST", URL, answers=[Answer(503), Answer(204)])

    push.deliver(subject="lost")
    push.deliver(subject="told")

    assert [request.form["subject"] for request in endpoint.requests] == ["lost", "told"]
    assert [http.status for http in push.requests] == [503, 204]
    assert [log.text for log in push.logs] == ["notify_http: 503 Service Unavailable"]
