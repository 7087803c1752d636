"""
What luahost is compared with: pure Lua, and a host in C that does what Dovecot's driver does.
"""
