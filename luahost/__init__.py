"""
luahost runs Dovecot's Lua push-notification scripts outside Dovecot.
"""

__version__ = "0.1.0"
