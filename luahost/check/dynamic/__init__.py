"""
The script is run: in each dialect, in the sandbox, on what happens in mailboxes and to endpoints.

``trials.py`` has what happens, ``running.py`` runs it, ``settings.py`` makes the settings up that the script
asks for, ``confirm.py`` says of the rules' findings which have been seen, and finds what only a run shows.
Nothing is sent: the endpoint is luahost's own double, and its clock does not wait.
"""

from luahost.check.dynamic.confirm import confirmed

__all__ = ["confirmed"]
