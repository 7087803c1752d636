"""
Another configuration, and other scripts, while the server runs.

What has changed is loaded and tried aside (``trial.py``), where nothing is sent and nothing is kept; only
if it gets as far as what is in force does it take its place (``in_force.py``). What runs then ends with the
scripts that it began with, since those are kept as they were read (``kept_files.py``). ``reloader.py`` has
the thread.
"""

from luahost.server.reload.generation import Generation, lasting
from luahost.server.reload.in_force import InForce, Term
from luahost.server.reload.kept_files import KeptFiles
from luahost.server.reload.reloader import Reloader
from luahost.server.reload.reloads import Reloads
from luahost.server.reload.trial import Outcome, Reached, scripts, tried

__all__ = [
    "Generation",
    "InForce",
    "KeptFiles",
    "Outcome",
    "Reached",
    "Reloader",
    "Reloads",
    "Term",
    "lasting",
    "scripts",
    "tried",
]
