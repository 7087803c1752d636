"""
A request as the endpoint sees it: what tests look at.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from luahost.dataclass import dataclass, field
from luahost.exchange import effect_of, without_credentials

if TYPE_CHECKING:
    from luahost.exchange import Request as Sent
    from luahost.testing.endpoint.routes import Route

Fields = dict[str, str | list[str]]
"""Form fields by name; of one that comes more than once, all values."""


class Headers(Mapping[str, str]):
    """
    Header fields by name, in any case of letters; several values of one name are joined with ``, ``.

    Attributes:
        pairs: All of them, as they came.
    """

    def __init__(self, pairs: tuple[tuple[str, str], ...]) -> None:
        self.pairs = pairs

    def __getitem__(self, name: str) -> str:
        values = [value for own, value in self.pairs if own.lower() == name.lower()]
        if not values:
            raise KeyError(name)
        return ", ".join(values)

    def __iter__(self) -> Iterator[str]:
        return iter({name.lower(): name for name, _ in reversed(self.pairs)}.values())

    def __len__(self) -> int:
        return len({name.lower() for name, _ in self.pairs})

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and any(own.lower() == name.lower() for own, _ in self.pairs)

    def __repr__(self) -> str:
        return f"Headers({dict(self)!r})"


@dataclass(frozen=True)
class Request:
    """
    A request that was made of the endpoint.

    Attributes:
        method: Request method.

        url: URL, without credentials.

        headers: Header fields, secret ones included.

        body: The body.

        route: Which route answered it, None if none did.

        time: When it was made, in seconds since 1970 by the host's clock.
    """

    method: str
    url: str
    headers: Headers
    body: bytes
    route: Route | None = field(default=None, compare=False, repr=False)
    time: float = field(default=0.0, compare=False)

    @staticmethod
    def of(sent: Sent, route: Route | None, time: float) -> Request:
        """
        The request that goes out so.
        """
        url = without_credentials(sent.url)
        return Request(sent.method, url, Headers(sent.headers), sent.body, route, time)

    @property
    def path(self) -> str:
        """
        The URL's path, without the query.
        """
        rest = self.url.partition("://")[2].partition("?")[0].partition("#")[0]
        return "/" + rest.partition("/")[2]

    @property
    def text(self) -> str:
        """
        The body as text; what is no UTF-8 is shown as �.
        """
        return self.body.decode("utf-8", "replace")

    @cached_property
    def json(self) -> Any:
        """
        The body, read as JSON.

        Raises:
            ValueError: It is none; with the body.
        """
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise ValueError(f"the body is no JSON ({error}): {self.text[:200]!r}") from None

    @cached_property
    def form(self) -> Fields:
        """
        The body, read as ``application/x-www-form-urlencoded``.
        """
        return _fields(self.text)

    @cached_property
    def query(self) -> Fields:
        """
        The query of the URL, read alike.
        """
        return _fields(self.url.partition("#")[0].partition("?")[2])

    def __str__(self) -> str:
        return f"{self.method} {self.url}"


def shown(sent: Sent) -> str:
    """
    A request in one line, without secrets.
    """
    effect = effect_of(sent)
    return f"{effect.method} {effect.url}"


def _fields(encoded: str) -> Fields:
    # Imported here, since few tests ask for it.
    from urllib.parse import parse_qsl

    fields: Fields = {}
    for name, value in parse_qsl(encoded, keep_blank_values=True):
        before = fields.get(name)
        if before is None:
            fields[name] = value
        else:
            fields[name] = [*(before if isinstance(before, list) else [before]), value]
    return fields
