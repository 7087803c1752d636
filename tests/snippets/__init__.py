"""
Random snippets of Lua, run in two places: a real Lua with the real libraries, and luahost.

One file for each library makes them. ``run.lua`` says what each gives or raises, in the
same words in both places.
"""
