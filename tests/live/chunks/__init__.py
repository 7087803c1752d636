"""
Random chunks of Lua that use ``dovecot.*``, run by a script in a real server and in luahost.

``words.py`` has the values; ``events.py``, ``users.py``, ``mailboxes.py``, ``http.py`` and ``functions.py``
make the chunks; ``runs.py`` has them run in both places, with ``probe.lua`` behind
``tests/snippets/run.lua`` as the script.
"""
