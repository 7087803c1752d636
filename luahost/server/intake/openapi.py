"""
The OpenAPI document of the intake.

The form of a transaction is ``transaction.schema.json`` beside this file, the same as in ``docs/``.
"""

from __future__ import annotations

import functools
import json
import os
from typing import Any

from luahost import __version__
from luahost.server.intake.answers import JSON, PROBLEM
from luahost.server.intake.idempotency import HEADER, LONGEST
from luahost.server.intake.ox import PLACE as OX_PLACE

SCHEMA = os.path.join(os.path.dirname(__file__), "transaction.schema.json")

_TRANSACTION = {"$ref": "#/components/schemas/Transaction"}


def _problem(words: str, **headers: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "description": words,
        "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if headers:
        found["headers"] = {
            name.replace("_", "-"): {"description": what, "schema": {"type": "integer"}}
            for name, what in headers.items()
        }
    return found


def _health(words: str) -> dict[str, Any]:
    return {"description": words, "content": {JSON: {"schema": {"$ref": "#/components/schemas/Health"}}}}


_PUT: dict[str, Any] = {
    "operationId": "putTransactions",
    "summary": "Bring transactions, which are run later",
    "description": "All of them are taken or none. Those of one user run in the order in which they came.",
    "security": [{}, {"bearer": []}, {"basic": []}],
    "parameters": [
        {
            "name": HEADER,
            "in": "header",
            "description": (
                "What is brought again with the same key and the same body is kept once, and answered as the"
                " first time. May be in double quotes."
            ),
            "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST, "pattern": "^[!-~]+$"},
        }
    ],
    "requestBody": {
        "required": True,
        "content": {
            JSON: {
                "schema": {"oneOf": [_TRANSACTION, {"type": "array", "minItems": 1, "items": _TRANSACTION}]}
            },
            "application/x-ndjson": {
                "schema": {"type": "string", "description": "A transaction on each line: a recording."}
            },
        },
    },
    "responses": {
        "202": {
            "description": "They are on disk.",
            "content": {JSON: {"schema": {"$ref": "#/components/schemas/Accepted"}}},
        },
        "400": _problem("The body is no transaction, and path says where; or the key is none."),
        "401": _problem("A bearer token is needed."),
        "408": _problem("The body did not come in time."),
        "413": _problem("The body is too long."),
        "415": _problem("The body is neither JSON nor JSON lines."),
        "422": _problem("The key came before, with another body."),
        "429": _problem(
            "Too many transactions of one user are unfinished.",
            Retry_After="In how many seconds to come again.",
        ),
        "503": _problem(
            "The spool is full, or the server ends.", Retry_After="In how many seconds to come again."
        ),
    },
}

_NOTIFY = {
    "operationId": "notify",
    "summary": "A delivery, as Dovecot's ox driver tells of it",
    "security": [{}, {"bearer": []}, {"basic": []}],
    "requestBody": {
        "required": True,
        "content": {JSON: {"schema": {"$ref": "#/components/schemas/Notification"}}},
    },
    "responses": {
        "200": {
            "description": "It is on disk.",
            "content": {JSON: {"schema": {"$ref": "#/components/schemas/Accepted"}}},
        },
        **{status: _PUT["responses"][status] for status in ("400", "401", "408", "413", "429", "503")},
    },
}

_SCHEMAS: dict[str, Any] = {
    "Accepted": {
        "type": "object",
        "required": ["ids"],
        "properties": {
            "ids": {
                "description": "Their ids, in their order; luahost queue show has more of each.",
                "type": "array",
                "items": {"type": "string"},
            }
        },
    },
    "Notification": {
        "description": "Other fields are passed over.",
        "type": "object",
        "required": ["user", "event", "folder", "imap-uidvalidity", "imap-uid"],
        "properties": {
            "user": {"type": "string", "minLength": 1},
            "event": {"const": "messageNew"},
            "folder": {"type": "string", "minLength": 1},
            "imap-uidvalidity": {"type": "integer", "minimum": 1},
            "imap-uid": {"type": "integer", "minimum": 1},
            "from": {"type": "string"},
            "subject": {"type": "string"},
            "snippet": {"type": "string"},
            "unseen": {"type": "integer", "minimum": 0},
        },
    },
    "Problem": {
        "description": "RFC 9457, with the place in the body.",
        "type": "object",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "path": {"type": "string", "examples": ["[3].events[0].uid"]},
        },
    },
    "Health": {
        "type": "object",
        "required": ["status"],
        "properties": {
            "status": {"enum": ["ok", "stale", "ending", "broken"]},
            "counts": {
                "description": "How many transactions there are in each state.",
                "type": "object",
                "additionalProperties": {"type": "integer"},
            },
            "oldest_seconds": {
                "description": "How old the oldest unfinished transaction is; null if there is none.",
                "type": ["number", "null"],
            },
            "configuration": {
                "description": "ok; or rejected and why, if what is on disk is not in force for that.",
                "type": "string",
            },
            "endpoints": {
                "description": "Endpoints that have failed and have not succeeded since.",
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["endpoint", "state", "failures", "wait_seconds", "reason"],
                    "properties": {
                        "endpoint": {"type": "string", "examples": ["https://push.example"]},
                        "state": {"enum": ["closed", "open", "half_open"]},
                        "failures": {"description": "How many in a row.", "type": "integer"},
                        "wait_seconds": {
                            "description": "In how many something is sent there again.",
                            "type": "number",
                        },
                        "reason": {"description": "Why the last one failed.", "type": "string"},
                    },
                },
            },
            "detail": {"type": "string"},
        },
    },
}


@functools.cache
def document() -> dict[str, Any]:
    """
    The document, OpenAPI 3.1.
    """
    with open(SCHEMA, encoding="utf-8") as file:
        # A schema with an id of its own is a document of its own, whose references stay what they are.
        transaction = {"$id": "transaction.schema.json", **json.load(file)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "luahost",
            "version": __version__,
            "description": "Takes push transactions and runs their Lua scripts away from the mail path.",
        },
        "paths": {
            "/v1/transactions": {"post": _PUT},
            OX_PLACE: {"put": _NOTIFY},
            "/healthz": {
                "get": {
                    "operationId": "health",
                    "summary": "How the server is doing",
                    "responses": {
                        "200": _health("All is well."),
                        "503": _health("It ends, nothing can be kept, or something has waited too long."),
                    },
                }
            },
            "/metrics": {
                "get": {
                    "operationId": "metrics",
                    "summary": "What was counted and measured, for Prometheus",
                    "security": [{}, {"bearer": []}],
                    "responses": {
                        "200": {
                            "description": "Prometheus' text format 0.0.4; OpenMetrics if Accept has it.",
                            "content": {"text/plain": {"schema": {"type": "string"}}},
                        },
                        "401": _problem("A bearer token is needed."),
                    },
                }
            },
        },
        "components": {
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "basic": {"type": "http", "scheme": "basic", "description": "The token is the password."},
            },
            "schemas": {"Transaction": transaction, **_SCHEMAS},
        },
    }
