"""
``dovecot.http.client``: a blocking HTTP client. Each exchange is an ``Http`` effect.

Nothing that happens on the network raises: the script gets a status from 9000 and a reason. The Lua
half, ``luahost/lua/dovecot/http_client.lua``, keeps clients, requests and responses.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from luahost.api.context import to_lua
from luahost.api.http_exchange import Submission
from luahost.api.http_options import NATIVE, TEXT, HttpSettings
from luahost.api.http_request import Order
from luahost.api.http_settings import Given, HttpSettingError, c_text, read_settings
from luahost.api.http_url import UrlError, parse_url
from luahost.effects import Log
from luahost.runtime import HostFunction, LuaFault, Plain, text

if TYPE_CHECKING:
    from luahost.api.context import ApiContext


def functions(context: ApiContext) -> dict[str, HostFunction]:
    """
    The host half. Clients are known by the number that ``client`` answers.
    """
    dialect = context.dialect
    clients: list[HttpSettings] = []
    # Those of a server are of 2.4; a script's come after them, and win.
    of_server: list[Given] = [
        (name.encode(), b"string", value.encode("utf-8", "surrogateescape"))
        for name, value in context.http_settings.items()
        if dialect.http_settings == "text"
    ]
    connections = itertools.count()

    def client(*flat: Plain) -> int:
        given = [
            (name, lua_type, value)
            for name, lua_type, value in zip(flat[::3], flat[1::3], flat[2::3], strict=True)
            if isinstance(name, bytes) and isinstance(lua_type, bytes)
        ]
        try:
            clients.append(read_settings([*of_server, *given], dialect))
        except HttpSettingError as error:
            raise LuaFault(f"Invalid HTTP client setting: {error}") from None
        return len(clients) - 1

    def known(name: bytes) -> None:
        if text(name) not in {option.name for option in TEXT}:
            raise LuaFault(f"Invalid HTTP client setting: {text(name)} is unknown setting")

    def check_url(url: bytes) -> None:
        try:
            parse_url(c_text(url), shows_character=dialect.http_url_shows_character)
        except UrlError as error:
            raise LuaFault(f"Failed to parse url {c_text(url)}: {error}") from None

    def submit(
        number: int,
        method: bytes,
        url: bytes,
        payload: bytes | None,
        expect: bool,
        log_prefix: bytes,
        prefix_replaced: bytes | None,
        *headers: bytes,
    ) -> tuple[Plain, ...]:
        order = Order(
            method=c_text(method),
            url=parse_url(c_text(url)),
            headers=tuple(
                (text(name), text(value)) for name, value in zip(headers[::2], headers[1::2], strict=True)
            ),
            payload=payload,
            expect=bool(expect and payload),
        )
        outcome = Submission(
            order,
            clients[number],
            way=context.way,
            effects=context.effects,
            connection=lambda: next(connections),
            shows_character=dialect.http_url_shows_character,
            clock=context.clock,
            sleep=context.sleep,
        ).outcome()
        if outcome.log is not None:
            prefix = text(log_prefix)
            context.effects.add(
                Log(
                    level="error",
                    text=prefix + outcome.log,
                    prefix=prefix,
                    replaced=None if prefix_replaced is None else text(prefix_replaced),
                    source="driver",
                )
            )
        fields = [part for header in outcome.headers for part in map(to_lua, header)]
        return outcome.status, to_lua(outcome.reason), outcome.payload, *fields

    return {
        "client": client,
        "takes_everything": lambda: dialect.http_settings == "text",
        "setting_names": lambda: tuple(option.name.encode() for option in NATIVE),
        "event_parent": lambda: dialect.http_event_parent,
        "payload_sync": lambda: dialect.http_payload_sync,
        "known": known,
        "check_url": check_url,
        "submit": submit,
    }
