"""
Requests and answers as documents.
"""

from __future__ import annotations

from typing import Any

import msgspec

from luahost.dataclass import fields
from luahost.errors import EndpointError
from luahost.exchange import PLAIN_TLS, Answer, Request
from luahost.runtime.codec import FrameError
from luahost.server.worker.frames import binary, of_binary
from luahost.tls import Tls

_Number = int | float | None

_KINDS: dict[str, Any] = {
    **dict.fromkeys(("target", "proxy", "redirected_from"), str | None),
    **dict.fromkeys(
        ("timeout_seconds", "connect_timeout_seconds", "total_seconds", "began", "block_bytes", "redirects"),
        _Number,
    ),
    **dict.fromkeys(("simple", "resolve", "tunnel"), bool | None),
}
_DEFAULTS = {each.name: each.default for each in fields(Request) if each.name in _KINDS}
_TLS_DEFAULTS = {each.name: each.default for each in fields(Tls)}


def request_document(request: Request) -> dict[str, Any]:
    """
    A request, without what is as it is by default.
    """
    found: dict[str, Any] = {"method": request.method, "url": request.url, "headers": request.headers}
    if request.body:
        found["body"] = binary(request.body)
    for name, default in _DEFAULTS.items():
        value = getattr(request, name)
        if value != default:
            found[name] = value
    if request.tls is not PLAIN_TLS and request.tls != PLAIN_TLS:
        found["tls"] = {name: getattr(request.tls, name) for name in _TLS_DEFAULTS}
    return found


_TlsForm: Any = msgspec.defstruct(
    "_TlsForm",
    [
        (name, bool | None if isinstance(default, bool) else str | None, default)
        for name, default in _TLS_DEFAULTS.items()
    ],
    forbid_unknown_fields=True,
    gc=False,
)
_RequestForm: Any = msgspec.defstruct(
    "_RequestForm",
    [
        ("method", str),
        ("url", str),
        ("headers", tuple[tuple[str, str], ...]),
        ("body", str, ""),
        ("tls", _TlsForm | None, None),
        *((name, _KINDS[name], default) for name, default in _DEFAULTS.items()),
    ],
    forbid_unknown_fields=True,
    gc=False,
)


def request_of(document: Any) -> Request:
    """
    The request that stands so.

    Raises:
        FrameError: None does.
    """
    try:
        found = msgspec.convert(document, _RequestForm)
    except msgspec.ValidationError as error:
        raise FrameError(f"a request that is none: {error}") from None
    tls = found.tls
    return Request(
        method=found.method,
        url=found.url,
        headers=found.headers,
        body=of_binary(found.body),
        tls=PLAIN_TLS if tls is None else Tls(**{name: getattr(tls, name) for name in _TLS_DEFAULTS}),
        **{name: getattr(found, name) for name in _DEFAULTS},
    )


def headers_of(value: Any) -> tuple[tuple[str, str], ...]:
    """
    The header fields that stand so.

    Raises:
        FrameError: None do.
    """
    try:
        found = tuple([(name, text) for name, text in value])
    except (TypeError, ValueError):
        raise FrameError("headers that are none") from None
    for name, text in found:
        if type(name) is not str or type(text) is not str:
            raise FrameError("headers that are no text")
    return found


def answer_document(answer: Answer) -> dict[str, Any]:
    """
    An answer.
    """
    return {
        "version": answer.version,
        "status": answer.status,
        "reason": answer.reason,
        "headers": answer.headers,
        "body": binary(answer.body),
        "broken": None if answer.broken is None else error_document(answer.broken),
    }


def answer_of(document: dict[str, Any]) -> Answer:
    """
    The answer that stands so; the server's word is good.
    """
    broken = document["broken"]
    return Answer(
        version=document["version"],
        status=document["status"],
        reason=document["reason"],
        headers=tuple((name, value) for name, value in document["headers"]),
        body=of_binary(document["body"]),
        broken=None if broken is None else error_of(broken),
    )


def error_document(error: EndpointError) -> dict[str, Any]:
    """
    Why there is no answer.
    """
    return {"kind": error.kind, "detail": error.detail, "peer": error.peer}


def error_of(document: dict[str, Any]) -> EndpointError:
    """
    The error that stands so.
    """
    return EndpointError(document["kind"], document["detail"], peer=document["peer"])
