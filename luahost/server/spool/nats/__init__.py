"""
The spool on NATS JetStream: one for many machines, replicated by servers that are not ours.

Everything that is written to disk, elected and handed on is the engine's work; here is what luahost declares
there and how it uses that. ``nats-py`` is asked for when a connection is made: ``pip install
'luahost[cluster]'``.
"""
