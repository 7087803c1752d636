"""
One submitted request of ``dovecot.http.client``: sent, sent again, sent elsewhere, until it is settled.

Dovecot's rules: lost connections and timeouts are tried again up to the limit of attempts, connections
that cannot be made up to another one with a growing pause, 408 always, 503 when its Retry-After comes;
redirects are followed with method and payload, but for 303 (RFC 9110, section 15.4).
"""

from __future__ import annotations

import email.utils
from typing import TYPE_CHECKING

from luahost.api import http_words
from luahost.api.http_request import Order, build_request
from luahost.api.http_url import HttpUrl, UrlError, parse_url
from luahost.clock import SYSTEM_CLOCK, Clock
from luahost.dataclass import dataclass, replace
from luahost.errors import EndpointError
from luahost.exchange import CONNECTING, OVERALL, Answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from luahost.api.http_options import HttpSettings
    from luahost.effects import Effects
    from luahost.exchange import Request, Way

VERBS = {"GET": "read", "HEAD": "read", "POST": "write", "PUT": "write", "DELETE": "delete"}
"""Which settings of its own a method has in 2.4."""

LONGEST_BACKOFF = 64
"""How often a pause between connections is doubled at most; any of them has reached its limit by then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """
    What a script gets.

    Attributes:
        status: The endpoint's status, or one of Dovecot's own from 9000.

        log: The error that Dovecot logs about it, None if it logs none.
    """

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...] = ()
    payload: bytes = b""
    log: str | None = None


class Submission:
    """
    A request on its way.

    Args:
        connection: Gives each connection its number.

        shows_character: Whether errors about URLs name the wrong character.

        clock: The time.

        sleep: Waits so many seconds; the clock does, unless given.
    """

    def __init__(
        self,
        order: Order,
        settings: HttpSettings,
        *,
        way: Way,
        effects: Effects,
        connection: Callable[[], int],
        shows_character: bool,
        clock: Clock = SYSTEM_CLOCK,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        self._order = order
        self._asked = order.url
        self._settings = settings
        self._way = way
        self._effects = effects
        self._connection = connection
        self._shows_character = shows_character
        self._clock = clock
        self._sleep = sleep or clock.sleep
        self._course = http_words.Course(clock)
        self._redirects = 0
        self._connects = 0
        verb = VERBS.get(order.method)
        own_attempts = getattr(settings, f"{verb}_max_attempts") if verb else 0
        own_timeout = getattr(settings, f"{verb}_request_timeout") if verb else 0
        self._max_attempts: int = own_attempts or settings.max_attempts
        self._timeout_seconds: float = own_timeout or settings.request_timeout

    def outcome(self) -> Outcome:
        """
        Send it, and wait for what comes of it.
        """
        course = self._course
        while True:
            course.sends += 1
            course.last = self._clock.monotonic()
            course.connections = self._connection()
            try:
                answer = self._way.exchange(self._request(), self._effects, self._words, self._objection)
            except EndpointError as error:
                pause = self._pause_after(error)
                if pause is None:
                    return self._failed(error)
                if not self._pauses(pause):
                    return self._failed(EndpointError("timeout", OVERALL))
                continue
            if (refusal := self._refusal(answer)) is not None:
                return Outcome(status=refusal[0], reason=refusal[1])
            if (location := self._location(answer)) is not None:
                self._follow(answer, parse_url(location))
                continue
            pause = self._pause_of(answer)
            if pause is None:
                return self._answered(answer)
            course.retries += 1
            if not self._pauses(pause):
                return self._failed(EndpointError("timeout", OVERALL))

    def _request(self) -> Request:
        """
        The next request to send.
        """
        request = build_request(
            self._order, self._settings, self._timeout_seconds, self._seconds_left(), now=self._clock.time()
        )
        return replace(
            request,
            began=self._course.queued,
            redirects=self._redirects,
            redirected_from=str(self._asked) if self._redirects else None,
        )

    def _objection(self, answer: Answer) -> str | None:
        refusal = self._refusal(answer)
        return refusal[1] if refusal is not None else self._log(answer)

    def _refusal(self, answer: Answer) -> tuple[int, str] | None:
        """
        Status and reason, if this answer is none to Dovecot.
        """
        if (words := http_words.bad_response(answer)) is not None:
            return http_words.BAD_RESPONSE, words
        location = self._location(answer)
        if location is None:
            return None
        try:
            parse_url(location, userinfo=False, shows_character=self._shows_character)
        except UrlError as error:
            return http_words.INVALID_REDIRECT, f"Invalid redirect location: {error}"
        most = self._settings.max_redirects
        if self._redirects < most:
            return None
        return (
            http_words.INVALID_REDIRECT,
            f"Redirected more than {most} times" if most else "Redirect refused",
        )

    def _location(self, answer: Answer) -> str | None:
        """
        Where an answer leads, None if it leads nowhere or is not to be followed.
        """
        if not self._settings.auto_redirect or answer.status // 100 != 3 or answer.status == 304:
            return None
        return http_words.header(answer, "location")

    def _follow(self, answer: Answer, url: HttpUrl) -> None:
        self._redirects += 1
        self._course.sends -= 1
        order = self._order
        url = replace(url, userinfo=order.url.userinfo)
        if answer.status == 303 and order.method != "HEAD":
            order = replace(order, method="GET", payload=None)
        self._order = replace(order, url=url, absolute=True)

    def _pause_of(self, answer: Answer) -> float | None:
        """
        How many seconds to wait before the same request is sent again; None if it is not.
        """
        if self._course.retries + 1 >= self._max_attempts:
            return None
        if answer.status == 408:
            return 0.0
        if answer.status != 503 or not self._settings.auto_retry:
            return None
        then = retry_time(http_words.header(answer, "retry-after"), http_words.header(answer, "date"))
        now = self._clock.time()
        if then is None or then < int(now):
            return None
        # Without a limit of its own a pause is as long as an attempt may last.
        most = self._settings.max_auto_retry_delay or self._timeout_seconds
        return None if int(then) - int(now) > int(most) else max(then - now, 0.0)

    def _pause_after(self, error: EndpointError) -> float | None:
        """
        How many seconds to wait before the request is sent once more after a failure; None if it is not.
        """
        if error.kind in ("refused", "tls", "tunnel") or (
            error.kind == "timeout" and error.detail == CONNECTING
        ):
            self._connects += 1
            if self._connects >= self._settings.max_connect_attempts:
                return None
            self._course.sends -= 1
            # More doublings than that would leave the range of numbers.
            pause = self._settings.connect_backoff_time * 2.0 ** min(self._connects - 1, LONGEST_BACKOFF)
            return min(pause, self._settings.connect_backoff_max_time)
        if error.kind not in ("closed", "timeout") or error.detail == OVERALL:
            return None
        if not self._settings.auto_retry or self._course.retries + 1 >= self._max_attempts:
            return None
        self._course.retries += 1
        return self._settings.connect_backoff_time if error.kind == "closed" else 0.0

    def _pauses(self, seconds: float) -> bool:
        """
        Wait before another try; False, and at once, if there is no time for that.
        """
        left = self._seconds_left()
        if self._way.total_seconds is not None:
            ours = self._way.total_seconds - (self._clock.monotonic() - self._course.queued)
            left = ours if left is None else min(left, ours)
        if left is not None and seconds >= left:
            return False
        self._sleep(seconds)
        return True

    def _words(self, error: EndpointError) -> str:
        return http_words.failure(error, self._host(error), self._course)[1]

    def _host(self, error: EndpointError) -> str:
        url = self._order.url
        if self._settings.proxy_url and error.kind != "tunnel":
            url = parse_url(self._settings.proxy_url)
        return url.host if error.kind == "host_not_found" else url.place

    def _failed(self, error: EndpointError) -> Outcome:
        status, reason = http_words.failure(error, self._host(error), self._course)
        if status == http_words.CONNECT_FAILED and self._connects > 1:
            spent = self._clock.monotonic() - self._course.queued
            reason += f" ({self._connects} attempts in {spent:.3f} secs)"
        return Outcome(status=status, reason=reason)

    def _answered(self, answer: Answer) -> Outcome:
        reason, retries = answer.reason, self._course.retries
        if retries:
            reason += f" ({retries} retries in {self._clock.monotonic() - self._course.queued:.3f} secs)"
        return Outcome(
            status=answer.status,
            reason=reason,
            headers=answer.headers,
            payload=answer.body,
            log=self._log(answer),
        )

    def _log(self, answer: Answer) -> str | None:
        if answer.broken is None:
            return None
        return http_words.broken_body(answer, answer.broken, self._timeout_seconds, self._course)

    def _seconds_left(self) -> float | None:
        most = self._settings.request_absolute_timeout
        return most - (self._clock.monotonic() - self._course.queued) if most else None


def retry_time(retry_after: str | None, date: str | None) -> float | None:
    """
    When an answer wants the request again, as a Unix time (RFC 9110, section 10.2.3). Seconds count from
    the answer's own Date; without one Dovecot takes no notice of them.
    """
    if retry_after is None:
        return None
    if not retry_after.strip().isdigit():
        return _unix_time(retry_after)
    begin = _unix_time(date)
    return None if begin is None else begin + int(retry_after)


def _unix_time(date: str | None) -> float | None:
    try:
        return email.utils.parsedate_to_datetime(date or "").timestamp()
    except ValueError:
        return None
