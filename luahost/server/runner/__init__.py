"""
Running what is in the spool: claim a transaction, run its scripts, see what they did, and settle it.

``attempt.py`` runs one, ``verdict.py`` says whether it failed, by what ``policies.py`` says of its scripts;
``journal.py`` keeps what succeeded from being sent twice and ``recording.py`` brings that to the spool,
``attempted.py`` is what is told of an attempt afterwards, ``schedule.py`` says when the next is due,
``waiting.py`` keeps those back whose endpoint is down, and ``runner.py`` has the greenlets.
"""

from luahost.server.runner.attempt import Attempts
from luahost.server.runner.attempted import Attempted
from luahost.server.runner.hosting import Hosting
from luahost.server.runner.policies import Policies
from luahost.server.runner.recording import Recording
from luahost.server.runner.runner import Runner
from luahost.server.runner.schedule import Schedule
from luahost.server.runner.shared_network import SharedNetwork
from luahost.server.runner.verdict import CAUSES, Cause, Verdict, judge
from luahost.server.runner.waiting import Waiting

__all__ = [
    "CAUSES",
    "Attempted",
    "Attempts",
    "Cause",
    "Hosting",
    "Policies",
    "Recording",
    "Runner",
    "Schedule",
    "SharedNetwork",
    "Verdict",
    "Waiting",
    "judge",
]
