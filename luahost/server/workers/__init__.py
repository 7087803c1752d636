"""
The server's side of its workers: starts them, has transactions run there, answers what those ask, and
replaces workers that died.

What runs in a worker stands in ``luahost/server/worker/``. A worker may be in the hands of an attacker:
what it sends is checked, and it gets what its sessions may have and nothing else. Policy, journal and
network are here.
"""

from luahost.server.workers.conversation import Conversation, Door, StoppedError
from luahost.server.workers.setup import Setup
from luahost.server.workers.worker_process import WorkerDiedError
from luahost.server.workers.workers import Workers

__all__ = [
    "Conversation",
    "Door",
    "Setup",
    "StoppedError",
    "WorkerDiedError",
    "Workers",
]
