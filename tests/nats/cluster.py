"""
Three real nats-servers on 127.0.0.1 that are a cluster.

Raft elects another leader 4 to 9 seconds after one was killed, and at once when one is stopped in order;
these times are nats-server's own and cannot be set.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.nats.node import Net, Node, some_ports


class Cluster:
    """
    The servers ``n1``, ``n2``, ``n3``.

    Args:
        folder: Where each has a folder of its own.

        nets: The network of each.

        more: What their configuration has beside what it needs.
    """

    def __init__(self, folder: Path, *, nets: Sequence[Net] = (Net(),) * 3, more: str = "") -> None:
        ports = some_ports(3)
        routes = [f"{net.cluster_host}:{each.cluster}" for net, each in zip(nets, ports, strict=True)]
        self.nodes = tuple(
            Node(folder / f"n{number}", name=f"n{number}", ports=each, net=net, routes=routes, more=more)
            for number, (net, each) in enumerate(zip(nets, ports, strict=True), 1)
        )

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    @property
    def addresses(self) -> str:
        """
        All of them, as a URL has them: ``127.0.0.1:4222,127.0.0.1:4223,…``.
        """
        return ",".join(node.url.removeprefix("nats://") for node in self.nodes)

    @property
    def leader(self) -> Node:
        """
        The one that leads the others, and says where streams are.
        """
        told = (node.told("/jsz")["meta_cluster"].get("leader") for node in self.nodes)
        return self.node(next(filter(None, told)))

    def node(self, name: str) -> Node:
        """
        One of them.
        """
        return next(node for node in self.nodes if node.name == name)

    def others(self, name: str) -> tuple[Node, ...]:
        """
        All but that one.
        """
        return tuple(node for node in self.nodes if node.name != name)

    def start(self) -> None:
        """
        Have all run, whatever was done to them, and wait until each has caught up.
        """
        for node in self.nodes:
            node.resume()
            if not node.runs:
                node.launch()
        self.await_health(self.nodes)

    def await_health(self, nodes: Iterable[Node]) -> None:
        """
        Wait until these have caught up.
        """
        for node in nodes:
            node.await_health()

    def stop(self) -> None:
        """
        An orderly end of all.
        """
        for node in self.nodes:
            node.stop()

    def kill(self) -> None:
        """
        SIGKILL for all.
        """
        for node in self.nodes:
            node.kill()
