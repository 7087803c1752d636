"""
What a session in a worker has in the place of the machine: each asks the server, on behalf of the transaction
that is under way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from luahost.clock import SYSTEM_CLOCK
from luahost.dataclass import replace
from luahost.effects import Effects, Http
from luahost.egress import told
from luahost.errors import EndpointError, LuahostError
from luahost.exchange import Answer, Request
from luahost.server.worker.exchange_form import answer_of, error_of, headers_of, request_document
from luahost.server.worker.frames import EXCHANGE, METADATA, READ, of_binary


class Asking(Protocol):
    """
    Whoever asks the server.
    """

    def ask(self, kind: int, document: dict[str, Any]) -> Mapping[str, Any]:
        """
        What the server answers to a question.
        """

    def saw(self, effect: Http) -> None:
        """
        An exchange went well, and the server, which has just made it, need not be told.
        """


class ServerWay:
    """
    The way out for HTTP: the server sends what its policy lets out.

    Args:
        asking: Gives whoever asks now.

        total_seconds: See :class:`~luahost.exchange.Way`.
    """

    takes_time = True

    def __init__(self, asking: Callable[[], Asking], total_seconds: float | None) -> None:
        self._asking = asking
        self.total_seconds = total_seconds

    def exchange(
        self,
        request: Request,
        effects: Effects,
        words: Callable[[EndpointError], str] = str,
        objection: Callable[[Answer], str | None] | None = None,
    ) -> Answer:
        """
        See :meth:`luahost.egress.Egress.exchange`.
        """
        begin = SYSTEM_CLOCK.monotonic()
        asking = self._asking()
        found = asking.ask(EXCHANGE, {"request": request_document(request)})
        if "headers" in found:
            # The policy let it out without some of them.
            request = replace(request, headers=headers_of(found["headers"]))
        failure = error_of(found["error"]) if "error" in found else None
        answer = answer_of(found["answer"]) if failure is None else None
        seconds = SYSTEM_CLOCK.monotonic() - begin
        effect = told(request, answer, failure, words, objection, seconds=seconds)
        effects.add(effect)
        if answer is not None and answer.status // 100 == 2 and (answer.broken, effect.error) == (None, None):
            asking.saw(effect)
        if answer is None:
            assert failure is not None
            raise failure
        return answer


class Texts:
    """
    Files that the server has sent, by the name that only their bytes have.

    Args:
        most_bytes: How much of them is kept.
    """

    def __init__(self, most_bytes: int = 64 * 1024 * 1024) -> None:
        self._left = self._most = most_bytes
        self._kept: dict[str, bytes] = {}

    def get(self, digest: str | None) -> bytes | None:
        """
        The bytes of this name, if they are kept.
        """
        return None if digest is None else self._kept.get(digest)

    def put(self, digest: str | None, data: bytes) -> None:
        """
        Keep the bytes of this name.
        """
        if digest is None or len(data) > self._most:
            return
        if len(data) > self._left:
            # Scripts have changed often.
            self._kept.clear()
            self._left = self._most
        self._left -= len(data)
        self._kept[digest] = data


class ServerFiles:
    """
    Scripts and their modules, as the server has read them.

    Args:
        asking: Gives whoever asks now.

        known: What the server knows of files, see :meth:`~luahost.runtime.ScriptFiles.known`.

        texts: What it has sent before.
    """

    def __init__(self, asking: Callable[[], Asking], known: Mapping[str, str | None], texts: Texts) -> None:
        self._asking = asking
        self._known = known
        self._texts = texts
        self._looked_at: tuple[str, Mapping[str, Any]] | None = None

    def exists(self, path: str) -> bool:
        """
        See :meth:`~luahost.runtime.ScriptFiles.exists`.
        """
        if path in self._known:
            return self._known[path] is not None
        found = self._asked(path)
        # Who asks reads next.
        self._looked_at = path, found
        return bool(found["exists"])

    def read(self, path: str) -> bytes:
        """
        See :meth:`~luahost.runtime.ScriptFiles.read`.
        """
        digest = self._known.get(path)
        if (kept := self._texts.get(digest)) is not None:
            return kept
        looked_at, self._looked_at = self._looked_at, None
        found = looked_at[1] if looked_at is not None and looked_at[0] == path else self._asked(path)
        if "errno" in found:
            raise OSError(found["errno"], found["strerror"], path)
        data = of_binary(found["bytes"])
        self._texts.put(digest, data)
        return data

    def known(self) -> Mapping[str, str | None]:
        """
        See :meth:`~luahost.runtime.ScriptFiles.known`.
        """
        return self._known

    def _asked(self, path: str) -> Mapping[str, Any]:
        return self._asking().ask(READ, {"path": path})


class ServerMetadata:
    """
    METADATA, as the server keeps it; see :class:`~luahost.store.MetadataStore`.
    """

    def __init__(self, asking: Callable[[], Asking]) -> None:
        self._asking = asking

    def get(self, user: str, mailbox: str, key: str) -> str | None:
        value: str | None = self._ask("get", user, mailbox, key=key)
        return value

    def set(self, user: str, mailbox: str, key: str, value: str) -> None:
        self._ask("set", user, mailbox, key=key, value=value)

    def unset(self, user: str, mailbox: str, key: str) -> None:
        self._ask("unset", user, mailbox, key=key)

    def list(self, user: str, mailbox: str, prefix: str = "") -> Mapping[str, str]:
        found: dict[str, str] = self._ask("list", user, mailbox, prefix=prefix)
        return found

    def rename(self, user: str, mailbox: str, to: str) -> None:
        self._ask("rename", user, mailbox, to=to)

    def delete(self, user: str, mailbox: str) -> None:
        self._ask("delete", user, mailbox)

    def _ask(self, operation: str, user: str, mailbox: str, **more: str) -> Any:
        found = self._asking().ask(METADATA, {"operation": operation, "mailbox": mailbox, **more})
        if "error" in found:
            raise LuahostError(found["error"])
        return found["value"]
