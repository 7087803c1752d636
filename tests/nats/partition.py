"""
Networks of their own for three servers, from which one can be cut off: its clients still reach it, the other
servers do not.

Linux' network namespaces, which take root: one for each server, with a line to us and a line to a switch in a
fourth. Nothing leaves the machine.
"""

from __future__ import annotations

import itertools
import os
import random
import subprocess
from types import TracebackType
from typing import Self

from tests.live.releases import program
from tests.nats.node import Net

SERVERS = 3

_numbers = itertools.count(1)


class Partition:
    """
    The networks, while it is entered; that raises ``CalledProcessError`` where namespaces are not allowed.

    Attributes:
        nets: One for each server.
    """

    def __init__(self) -> None:
        self._id = f"lh{os.getpid() % 100_000}-{next(_numbers)}"
        self._number = random.randint(1, 250)
        self._spaces: list[str] = []
        self.nets = tuple(
            Net(
                host=self._client(number, 2),
                cluster_host=f"10.214.{self._number}.{number}",
                command=(program("ip"), "netns", "exec", f"{self._id}n{number}"),
            )
            for number in range(1, SERVERS + 1)
        )

    def __enter__(self) -> Self:
        try:
            self._add(f"{self._id}s")
            self._ip("-n", f"{self._id}s", "link", "add", "name", "switch", "type", "bridge")
            self._ip("-n", f"{self._id}s", "link", "set", "switch", "up")
            for number in range(1, SERVERS + 1):
                self._connect(number)
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._remove()

    def cut(self, number: int) -> None:
        """
        Cut one server off from the others, counted from 1.
        """
        self._ip("-n", f"{self._id}s", "link", "set", f"p{number}", "down")

    def mend(self, number: int) -> None:
        """
        Join it again.
        """
        self._ip("-n", f"{self._id}s", "link", "set", f"p{number}", "up")

    def _client(self, number: int, end: int) -> str:
        return f"10.213.{self._number}.{4 * number + end}"

    def _connect(self, number: int) -> None:
        space, switch, ours = f"{self._id}n{number}", f"{self._id}s", f"{self._id}c{number}"
        self._add(space)
        self._ip("-n", space, "link", "set", "lo", "up")
        self._ip("link", "add", ours, "type", "veth", "peer", "name", "client", "netns", space)
        self._ip("addr", "add", f"{self._client(number, 1)}/30", "dev", ours)
        self._ip("link", "set", ours, "up")
        self._ip("-n", space, "addr", "add", f"{self._client(number, 2)}/30", "dev", "client")
        self._ip("-n", space, "link", "set", "client", "up")
        self._ip(
            "-n", switch, "link", "add", f"p{number}", "type", "veth", "peer", "name", "peers", "netns", space
        )
        self._ip("-n", switch, "link", "set", f"p{number}", "master", "switch", "up")
        self._ip("-n", space, "addr", "add", f"10.214.{self._number}.{number}/24", "dev", "peers")
        self._ip("-n", space, "link", "set", "peers", "up")

    def _add(self, space: str) -> None:
        self._ip("netns", "add", space)
        self._spaces.append(space)

    def _remove(self) -> None:
        # What is connected to a namespace goes with it.
        while self._spaces:
            self._ip("netns", "del", self._spaces.pop())

    def _ip(self, *words: str) -> None:
        subprocess.run([program("ip"), *words], check=True, capture_output=True, text=True)
