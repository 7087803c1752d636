"""
``python -m luahost`` is the command ``luahost``.
"""

from luahost.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
