"""
The parts of the benchmark, each a file with a function ``found``; ``make bench ARGS=NAME`` runs one of them.
"""

PARTS = {
    "events": "an event, beside pure Lua, the host in C and naive lupa; the sandbox; about a minute",
    "session": "a session's time and memory, an effect's memory; some seconds",
    "startup": "whole processes, beside Python that does nothing and beside busted; about a minute",
    "http": "a request through the shim, beside httpx; some seconds",
    "workers": "two workers beside one; some seconds",
    "isolation": "what a process of its own costs a script; some seconds",
    "dovecot": "a real Dovecot's own cost for an event, beside luahost's; about a minute",
    "growth": "long transactions, many sessions, long runs; some minutes",
}
"""In their order, and what each is."""
