"""
The file that a zygote's Python runs: finds luahost and lupa, and nothing else.

``python -I -S -B zygote_start.py DESCRIPTOR LUAHOST LUPA``: the socket to the host, luahost's own folder, and
the folder that lupa is in. Without ``site`` and without luahost's front rooms, which would bring sqlite with
them, Python is ready in a third of the time and a fork of it is small.
"""

import sys
import types


def main() -> None:
    """
    Import the zygote and be it.
    """
    descriptor, folder, lupa = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    package = types.ModuleType("luahost")
    package.__path__ = [folder]
    sys.modules["luahost"] = package
    sys.path.append(lupa)

    from luahost.runtime import zygote

    zygote.main(descriptor)


if __name__ == "__main__":
    main()
