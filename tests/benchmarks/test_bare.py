"""
The bare sandbox that luahost is compared with: it hands a script the same mail.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from lupa import lua54

from benchmarks.bare import bare_json, bare_objects
from benchmarks.measure import Round
from benchmarks.workload import flags_set, messages, recording

# Raises what it has seen, as a bare sandbox tells nobody of anything else.
SCRIPT = """\
function dovecot_lua_notify_begin_txn(user) return { user.username } end
function dovecot_lua_notify_event_message_new(ctx, event)
  ctx[#ctx + 1] = table.concat({ event.uid, event.subject, event.from, event.tz, event.to_display_name }, " ")
end
function dovecot_lua_notify_event_flags_set(ctx, event)
  ctx[#ctx + 1] = event.uid .. " " .. event.flags[1] .. " " .. event.mailbox
end
function dovecot_lua_notify_end_txn(ctx, success)
  local words = tostring(success)
  for i = 1, #ctx do words = words .. "; " .. ctx[i] end
  error(words)
end
"""

MAIL = messages(events=2, lists=True, transactions=1)
SEEN = "true; bob; " + "; ".join(
    f"{mail.uid} {mail.subject} {mail.from_} {mail.tz} {mail.to_display_name}" for mail in MAIL[0]
)


@pytest.mark.parametrize(
    ("round_of", "seen"),
    [
        (lambda script: bare_objects("scalars", MAIL, script), SEEN),
        (lambda script: bare_objects("lists", MAIL, script), SEEN),
        (lambda script: bare_json("lists", recording(MAIL), script), SEEN),
        (
            lambda script: bare_objects("flags", flags_set(2), script),
            "true; bob; 1 \\Flagged INBOX; 2 \\Flagged INBOX",
        ),
    ],
    ids=["scalars", "lists", "json", "flags"],
)
def test_the_same_mail(round_of: Callable[[Path], Round], seen: str, tmp_path: Path) -> None:
    """
    The script gets user, events with their fields, and how the transaction ended.
    """
    script = tmp_path / "push.lua"
    script.write_text(SCRIPT)

    with pytest.raises(lua54.LuaError) as raised:
        round_of(script)()
    # lupa shows bytes as Latin-1.
    words = str(raised.value).encode("latin-1").decode()
    assert words.partition(": ")[2].partition("\nstack traceback")[0] == seen


def test_more_than_cross_at_once() -> None:
    """
    What is too much for one call crosses in several, and the script has one transaction of it.
    """
    assert bare_objects("flags", flags_set(2500))() > 0
