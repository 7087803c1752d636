"""
The names of ``dovecot``'s functions are known before the chunks that have them are loaded.
"""

from __future__ import annotations

import pytest

from luahost import DIALECTS, Host, MessageNew
from tests.conftest import WriteScript

EVERYTHING = """
function dovecot_lua_notify_begin_txn(user)
  dovecot.event():passthrough_event():log_info("loads dovecot.event")
  user:mailbox("INBOX"):free()
  local request = dovecot.http.client({}):request({ url = "http://127.0.0.1/" })
  request:submit()
end
function dovecot_lua_notify_event_message_new(context, event) end
function dovecot_lua_notify_end_txn(context, success) end
"""


@pytest.mark.parametrize("dialect", DIALECTS)
def test_names_come_first(script: WriteScript, dialect: str) -> None:
    """
    A script is compiled with the names of all that it may call, however little is loaded by then: else the
    next session in the engine would compile it again, for other names.
    """
    with Host(script(EVERYTHING), dialect=dialect, http="deny").session("bob") as session:
        names = session.states[0].entry("check", "known_names")
        before = names()
        session.notify(MessageNew(mailbox="INBOX", uid=1, uid_validity=1))

        assert names() == before
        assert session.states[0].entry("runtime", "imported")(b"dovecot.http_request") is not None
