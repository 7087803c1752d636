"""
JetStream's own API: a request in JSON to ``$JS.API.…``, and its answer (docs.nats.io, "NATS API Reference").

Spoken here and not through nats-py, which does not know all that newer servers can be asked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from luahost.errors import SpoolError

if TYPE_CHECKING:
    from nats.aio.client import Client

PREFIX = "$JS.API."

NOT_FOUND = 404
UNAVAILABLE = 503
"""Nobody answers, or nobody leads; for now, or because there is no JetStream."""

NOT_ENABLED = (10039, 10076)
"""JetStream is not enabled for this account, or at all."""


class ApiError(SpoolError):
    """
    JetStream answered, and would not.

    Attributes:
        code: As HTTP has it: 400, 404, 503.

        err_code: JetStream's own number for it (``errors.json`` of nats-server).

        description: Its words.
    """

    def __init__(self, code: int, err_code: int, description: str) -> None:
        super().__init__(f"{description} ({err_code})" if err_code else description)
        self.code = code
        self.err_code = err_code
        self.description = description

    @property
    def is_off(self) -> bool:
        """
        Whether there is no JetStream for us.
        """
        return self.err_code in NOT_ENABLED

    @property
    def not_found(self) -> bool:
        """
        Whether there is no such stream, consumer or message.
        """
        return self.code == NOT_FOUND


class NoAnswerError(SpoolError):
    """
    JetStream did not answer in time.
    """


async def ask(
    client: Client,
    subject: str,
    request: Mapping[str, Any] | None = None,
    *,
    headers: dict[str, str] | None = None,
    seconds: float = 5.0,
    prefix: str = PREFIX,
) -> dict[str, Any]:
    """
    Ask JetStream for something.

    Args:
        client: The connection.

        subject: What comes after ``$JS.API.``, such as ``STREAM.INFO.luahost_done``.

        request: What is asked; None for an empty request.

        headers: What the message has beside that.

        seconds: How long it may take.

        prefix: What stands in front of the subject; nothing where a message is stored, which is answered in
            the same form.

    Returns:
        The answer.

    Raises:
        ApiError: It was refused.

        NoAnswerError: There was no answer in time.

        SpoolError: The connection was lost.
    """
    from nats import errors

    payload = b"" if request is None else json.dumps(request).encode()
    try:
        message = await client.request(prefix + subject, payload, timeout=seconds, headers=headers)
    except errors.NoRespondersError:
        raise ApiError(UNAVAILABLE, NOT_ENABLED[1] if prefix else 0, "nobody answers for JetStream") from None
    except (TimeoutError, errors.TimeoutError):
        raise NoAnswerError(f"JetStream did not answer {subject} within {seconds:g} s") from None
    except (errors.Error, OSError) as error:
        raise SpoolError(f"JetStream could not be asked for {subject}: {error}") from None
    answer: dict[str, Any] = json.loads(message.data)
    if (said := answer.get("error")) is not None:
        raise ApiError(said.get("code", 0), said.get("err_code", 0), said.get("description", ""))
    return answer
