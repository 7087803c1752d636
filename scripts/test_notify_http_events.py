"""
notify_http_events.lua in every dialect, with mailboxes of a test's own: pytest scripts
"""

import pytest

URL = "http://push.example/status"

pytestmark = pytest.mark.luahost(
    dialects="all",
    settings={"push_lua_url": URL},
    mailboxes={"INBOX": {"messages": [{"uid": 7, "flags": [r"\Seen"]}]}, "Work": {}},
)


@pytest.fixture(autouse=True)
def service(endpoint):
    return endpoint.route("POST", URL, status=204, optional=True)


def test_the_numbers_are_those_of_the_mailbox(push, service, mailstore):
    push.deliver()

    now = mailstore.status("bob", "INBOX")
    assert service.requests[0].form == {
        "mailbox": "INBOX",
        "messages": str(now.messages),
        "unseen": str(now.unseen),
    }


def test_what_changes_no_number_is_not_told(push, service):
    push.store("1", add=["$Todo"])
    push.rename("Work", "Play")

    assert service.requests == []


def test_no_mailbox_stays_open(push):
    push.deliver()
    push.copy("1:*", "Work")

    assert push.mailboxes_open == []


def test_each_user_has_numbers_of_their_own(push, make_push, service):
    push.deliver()
    make_push(user="alice", mailboxes=["INBOX"]).deliver()

    assert [request.form["messages"] for request in service.requests] == ["2", "1"]
