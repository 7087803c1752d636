"""
Inside a worker of the server: a locked-down process that keeps sessions and runs transactions in them.

The whole engine is here: store, drivers, Lua. What it needs of the world it asks the server for, over one
socket: the configuration of a session, files of scripts, HTTP exchanges, METADATA.
``luahost/server/workers/`` is the server's side.

Many transactions are under way in one worker, each a flight with a greenlet of its own (``flight.py``),
since a script that waits for an endpoint needs no processor; ``flights.py`` gives each its turn. A greenlet
has a stack of C of its own, so any Lua waits well in one, even where a coroutine could not: in a callback
of ``gsub``, or under Lua 5.1's ``pcall``.

Nothing is exported, so that the zygote imports what a worker needs and no more.
"""
