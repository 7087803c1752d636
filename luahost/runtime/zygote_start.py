"""
The file that a zygote's Python runs: finds luahost and lupa, and nothing else.

``python -I -S -B zygote_start.py DESCRIPTOR LUAHOST LUPA MODULE``: the socket to the host, luahost's own
folder, the folder that lupa is in, and the module whose ``main`` is the zygote. Without ``site`` and
without luahost's front rooms, with all that those import, Python is ready in a third of
the time and a fork of it is small.
"""

import importlib
import sys
import types


def main() -> None:
    """
    Import the zygote and be it.
    """
    descriptor, folder, lupa, module = int(sys.argv[1]), *sys.argv[2:5]
    package = types.ModuleType("luahost")
    package.__path__ = [folder]
    sys.modules["luahost"] = package
    sys.path.append(lupa)

    importlib.import_module(module).main(descriptor)


if __name__ == "__main__":
    main()
