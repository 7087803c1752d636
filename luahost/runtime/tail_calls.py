"""
Scripts of Lua 5.4 whose tail calls of luahost's functions are ordinary calls.

``return mailbox:open(1)`` is a tail call. In Dovecot ``open`` is a C function, and a C function leaves the
caller on the stack, so the error names the script's line. Here it is a Lua function, which takes the
caller's place. So in the compiled script, tail calls of a method, field or global with the name of one of
luahost's functions become calls. All other tail calls stay, and recursion through them is as deep as
it likes; a script's own method ``open`` that calls itself at the end gets as deep as the Lua stack.

The bytecode comes from Lua's own compiler a moment before, never from a script. Its form is that of
``lundump.c`` in Lua 5.4; other versions are left alone.
"""

from __future__ import annotations

import struct

HEADER = b"\x1bLua\x54\x00\x19\x93\r\n\x1a\n\x04\x08\x08"
"""Version 5.4, official format, instructions of 4 bytes, integers and floats of 8."""

GETTABUP, GETFIELD, SELF, JMP, CALL, TAILCALL, EXTRAARG = 11, 14, 20, 56, 68, 69, 82
WITHOUT_REGISTER = (JMP, EXTRAARG)

NUMBERS = {3: 8, 19: 8}
"""Bytes of a constant that is an integer or a float, by its tag; nil and booleans have none."""

STRINGS = (4, 20)


def without_tail_calls(dump: bytes, names: bytes, global_names: bytes = b"") -> bytes | None:
    """
    The changed bytecode, None if nothing had to be changed or its form is not known.

    ``names``: the names of functions in tables, each with a space on either side; ``global_names``: those of
    global functions.
    """
    if not dump.startswith(HEADER):
        return None
    reader = _Reader(bytearray(dump), frozenset(names.split()), frozenset(global_names.split()))
    reader.at = len(HEADER) + 16 + 1  # two check numbers, and how many upvalues the chunk has
    reader.function()
    return bytes(reader.dump) if reader.changed else None


class _Reader:
    def __init__(self, dump: bytearray, names: frozenset[bytes], global_names: frozenset[bytes]) -> None:
        self.dump = dump
        self.names = names
        self.global_names = global_names
        self.at = 0
        self.changed = False

    def size(self) -> int:
        """
        A number in groups of seven bits, the highest first; the last group has its top bit set.
        """
        number = 0
        while True:
            byte = self.dump[self.at]
            self.at += 1
            number = number << 7 | byte & 0x7F
            if byte & 0x80:
                return number

    def skip(self, length: int) -> None:
        self.at += length

    def string(self) -> bytes:
        length = self.size()
        if length == 0:
            return b""
        begin, self.at = self.at, self.at + length - 1
        return bytes(self.dump[begin : self.at])

    def constants(self) -> list[bytes | None]:
        found: list[bytes | None] = []
        for _ in range(self.size()):
            tag = self.dump[self.at]
            self.at += 1
            if tag in STRINGS:
                found.append(self.string())
            else:
                self.skip(NUMBERS.get(tag, 0))
                found.append(None)
        return found

    def function(self) -> None:
        self.string()  # source
        self.size()  # first line
        self.size()  # last line
        self.skip(3)  # parameters, vararg, stack size
        length = self.size()
        code, self.at = self.at, self.at + 4 * length
        constants = self.constants()
        self.skip(3 * self.size())  # upvalues
        for _ in range(self.size()):
            self.function()
        self.skip(self.size())  # lines, relative
        for _ in range(self.size()):  # lines, absolute
            self.size()
            self.size()
        for _ in range(self.size()):  # local variables
            self.string()
            self.size()
            self.size()
        upvalues = [self.string() for _ in range(self.size())]  # their names
        self.change(code, length, constants, upvalues)

    def change(self, code: int, length: int, constants: list[bytes | None], upvalues: list[bytes]) -> None:
        instructions = struct.unpack_from(f"<{length}I", self.dump, code)
        for index, instruction in enumerate(instructions):
            if instruction & 0x7F != TAILCALL:
                continue
            register = instruction >> 7 & 0xFF
            # Arguments live above the function, so what used this register last has put it there.
            loaded = next(
                earlier
                for earlier in reversed(instructions[:index])
                if earlier >> 7 & 0xFF == register and earlier & 0x7F not in WITHOUT_REGISTER
            )
            operation = loaded & 0x7F
            if not (
                operation in (GETFIELD, GETTABUP)
                or (operation == SELF and loaded >> 15 & 1)  # else the name is in a register
            ):
                continue
            is_global = operation == GETTABUP and upvalues[loaded >> 16 & 0xFF] == b"_ENV"
            if constants[loaded >> 24] in (self.global_names if is_global else self.names):
                # All results, up to the top, which the RETURN that follows a tail call returns.
                called = CALL | register << 7 | instruction & 0xFF << 16
                struct.pack_into("<I", self.dump, code + 4 * index, called)
                self.changed = True
