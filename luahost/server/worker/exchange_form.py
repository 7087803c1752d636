"""
Requests and answers as documents.
"""

from __future__ import annotations

from typing import Any

from luahost.dataclass import MISSING, fields
from luahost.errors import EndpointError
from luahost.exchange import PLAIN_TLS, Answer, Request
from luahost.runtime.codec import FrameError
from luahost.server.worker.frames import binary, of_binary
from luahost.tls import Tls

_TEXT, _NUMBER, _TRUTH = (str,), (int, float), (bool,)
_KINDS: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("method", "url", "target", "proxy", "redirected_from"), _TEXT),
    **dict.fromkeys(
        ("timeout_seconds", "connect_timeout_seconds", "total_seconds", "began", "block_bytes", "redirects"),
        _NUMBER,
    ),
    **dict.fromkeys(("simple", "resolve", "tunnel"), _TRUTH),
}
_TLS_KINDS: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("protocol", "cafile", "capath", "certificate", "key", "password"), _TEXT),
    **dict.fromkeys(("verify", "chosen_by_script"), _TRUTH),
}
_DEFAULTS = {
    each.name: each.default for each in fields(Request) if each.default is not MISSING and each.name in _KINDS
}
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


def request_of(document: Any) -> Request:
    """
    The request that stands so.

    Raises:
        FrameError: None does.
    """
    if not isinstance(document, dict):
        raise FrameError("a request that is no object")
    found = dict(document)
    headers = headers_of(found.pop("headers", None))
    body = of_binary(found.pop("body", ""))
    tls = found.pop("tls", None)
    known = _checked(found, _KINDS)
    if not {"method", "url"} <= known.keys():
        raise FrameError("a request without method or URL")
    return Request(
        headers=headers,
        body=body,
        tls=PLAIN_TLS if tls is None else Tls(**_checked(tls, _TLS_KINDS)),
        **known,
    )


def _checked(found: Any, kinds: dict[str, tuple[type, ...]]) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise FrameError("something else where an object should be")
    for name, value in found.items():
        kind = kinds.get(name)
        # A number that is true is none.
        right = kind is not None and isinstance(value, kind) and (isinstance(value, bool) is (kind == _TRUTH))
        if not right and (value is not None or kind is None):
            raise FrameError(f"{name} is not what it should be")
    return found


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
