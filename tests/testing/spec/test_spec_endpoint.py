"""
What a test of a script in Lua can say of the endpoint, and what was asked there.
"""

from __future__ import annotations

import pytest

from tests.testing.spec.conftest import NOTIFY, SETTING, RunSpec, it, report


@pytest.mark.parametrize(
    "body",
    [
        'endpoint:route("POST", "http://push.example/new", {status = 204}) push:deliver{subject = "a"}'
        ' assert.same({subject = "a"}, endpoint.requests[1].form) assert.equal(204, push.requests[1].status)',
        'endpoint:route("POST", "/new") push:deliver() local request = endpoint.requests[1]'
        ' assert.equal("POST", request.method) assert.equal("/new", request.path)'
        ' assert.equal(request.headers["Content-Length"], request.headers["content-length"])',
        'endpoint:route("*", "*", {answers = {500, "reset", {status = 200, json = {a = {1}}}}})'
        " for _ = 1, 3 do push:deliver() end assert.same({reset = 1}, endpoint.faults)",
        'endpoint:route("*", "*", {fault = "slow", seconds = 3}) push:deliver()'
        " assert.equal(3, clock:waited())",
        'endpoint:route("*", "*", {optional = true})'
        ' endpoint:route("PUT", "*", {times = 1})'
        ' assert.same({"PUT *"}, endpoint.unused) endpoint.strict = false',
        'endpoint:route("*", "*") endpoint.fault = "refused" assert.equal("refused", endpoint.fault)'
        " push:deliver() endpoint.fault = nil push:deliver()"
        " assert.same({refused = 1}, endpoint.faults)",
        'endpoint:route("*", "*") push:deliver() endpoint:forget() assert.same({}, endpoint.requests)'
        " push:deliver() endpoint:verify()",
        "push:deliver() assert.equal(1, #endpoint.unexpected)"
        ' assert.error_matches(function() endpoint:verify() end, "unexpected request") endpoint:forget()',
    ],
)
def test_what_a_test_says_of_the_endpoint(run_spec: RunSpec, body: str) -> None:
    """
    A test gives the endpoint routes, answers and faults, and sees the requests.
    """
    (outcome,) = run_spec(it(body, SETTING), script=NOTIFY)

    assert outcome.result == "passed", report(outcome)


def test_requests_that_nobody_expected_fail_a_test(run_spec: RunSpec) -> None:
    """
    The endpoint is strict: what the script sends without a route fails the test, where it stands in the spec.
    """
    (outcome,) = run_spec(it("\npush:deliver()", SETTING), script=NOTIFY)

    assert outcome.result == "failed"
    assert outcome.problems[0].text.startswith(
        "push_spec.lua:4: unexpected request: POST http://push.example/new"
    )
