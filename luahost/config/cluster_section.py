"""
The part ``cluster`` of ``serve``: how to get into the NATS cluster that keeps the spool, and how it is kept.

Its keys may as well stand in the URL of ``spool``, :mod:`luahost.config.nats_place`. Paths are those of files
beside ``luahost.yaml``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from luahost.config.nats_place import MOST_PARTITIONS, REPLICAS, NatsPlace, nats_place
from luahost.documents.values import Reader, Value, beside, file_path, number, record, text, truth
from luahost.errors import UsageError


def _replicas(value: Value) -> int:
    found = number(1, max(REPLICAS))(value)
    if found not in REPLICAS:
        raise value.expected(f"one of {', '.join(map(str, REPLICAS))}")
    return found


_CLUSTER: Mapping[str, Reader[Any]] = {
    "creds": file_path,
    "nkey": file_path,
    "user": text,
    "password_file": file_path,
    "token_file": file_path,
    "ca": file_path,
    "certificate": file_path,
    "key": file_path,
    "handshake_first": truth,
    "replicas": _replicas,
    "partitions": number(1, MOST_PARTITIONS),
}


def cluster_members(value: Value) -> dict[str, Any]:
    """
    What ``cluster`` says.
    """
    return record(value, _CLUSTER, where="in cluster")


def place_of(spool: Value, said: Mapping[str, Any]) -> NatsPlace:
    """
    The place on NATS that ``spool`` names, with what ``cluster`` says.

    Raises:
        InputError: They do not go together.
    """
    try:
        return nats_place(text(spool), more=said, beside=lambda path: beside(spool, path))
    except UsageError as error:
        raise spool.error(str(error)) from None
