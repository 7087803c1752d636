"""
notify_simple.lua, the first script of the 2019 document: pytest scripts/test_notify_simple.py
"""

import pytest

URL = "http://push.example/handler"


@pytest.mark.luahost(lua=["5.3", "5.4", "5.5"], settings={"push_lua_url": URL})
def test_on_every_lua_that_dovecot_is_built_with(push, endpoint):
    endpoint.route("POST", URL)

    push.deliver(subject="Hello", to="Bob <bob@example.com>")

    assert endpoint.requests[0].form["to"] == "Bob <bob@example.com>"


@pytest.mark.luahost(dialects="2.4")
def test_it_cannot_run_on_2_4(push):
    with push.expect_error("plugin_getenv"):
        push.deliver()

    push.allow_errors("this kills the process in Dovecot 2.4")


def test_without_its_setting_it_fails_at_the_first_request(push):
    with push.expect_error("attempt to index a nil value") as caught:
        push.deliver()

    assert caught[0].line == 25
    assert push.session.settings_missing == ["push_lua_url"]
