"""
Whether the logs of a run agree with what ``docs/operating.md`` promises.

* What was accepted is in the spool, once, and ended done, dead or expired as the policy says; what was
  refused or never sent to the end is not.
* A user's transactions run one at a time and in the order in which they were accepted.
* The endpoint sees a request once, unless that request's own answer was lost, and then with the same
  ``webhook-id``. An answer that it gave to the end is lost if

  - its server was killed before the user's next transaction, so it may not have been in the journal yet;
  - its server says that it could not write it to disk, and did not live until the request came again;
  - its server says that it has seen none or half of it, as when it had no more patience.

Each rule is a function from the logs to what breaks it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from luahost.server.spool import FINISHED, State
from tests.torture.records import KINDS, Answered, Kept, Life, Logs, Outcome, Posted, Seen

NOT_KEPT = re.compile(r"(\d+-[0-9a-f]+): an answer is not on disk")
NO_ANSWER = re.compile(r"request (\S+) (?:had no answer|was answered \d+, which broke off)")
FAULT = re.compile(r"Traceback \(most recent call last\)|the server failed|could not be answered")


@dataclass(frozen=True, slots=True)
class Violation:
    """
    What should not be.

    Attributes:
        rule: The name of the rule that it breaks.

        words: What happened.
    """

    rule: str
    words: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.words}"


def violations(logs: Logs) -> list[Violation]:
    """
    Everything that should not be, rule by rule.
    """
    return [Violation(rule.__name__, words) for rule in RULES for words in rule(logs)]


def lost(logs: Logs) -> Iterator[str]:
    """
    Everything accepted is in the spool for its user, under the id that its client was told.
    """
    ids = _ids(logs)
    for posted in logs.posted:
        if posted.outcome is Outcome.ACCEPTED:
            id = ids.get((posted.user, posted.number))
            if id is None or posted.id not in (None, id):
                yield f"{_name(posted)} was accepted as {posted.id}, and the spool has {id}"


def invented(logs: Logs) -> Iterator[str]:
    """
    The spool has nothing that was not brought to the end, and nothing twice.
    """
    posts = {(posted.user, posted.number): posted for posted in logs.posted}
    taken: set[tuple[str, int]] = set()
    for each in logs.kept:
        key = each.summary.user, each.number
        posted = posts.get(key)
        if posted is None or posted.outcome not in (Outcome.ACCEPTED, Outcome.UNKNOWN):
            yield f"the spool has {_kept(each)}, which was {posted.outcome if posted else 'never brought'}"
        if key in taken:
            yield f"the spool has {_kept(each)} twice"
        taken.add(key)


def unfinished(logs: Logs) -> Iterator[str]:
    """
    In the end nothing waits any more, nor was put aside.
    """
    for each in logs.kept:
        if each.summary.state not in FINISHED:
            yield f"{_kept(each)} is {each.summary.state}: {each.summary.reason}"
    for file in logs.files:
        yield f"the file {file} is still there"


def against_policy(logs: Logs) -> Iterator[str]:
    """
    Done is what went well, dead what failed at every attempt that it had, expired what was too old.
    """
    good = {(seen.user, seen.number, seen.step) for seen in logs.seen if seen.answered is Answered.GOOD}
    kinds = {(posted.user, posted.number): KINDS[posted.kind] for posted in logs.posted}
    for each in logs.kept:
        summary = each.summary
        kind = kinds.get((summary.user, each.number))
        if summary.state is State.DONE and kind is not None:
            if kind.doomed:
                yield f"{_kept(each)} is done, and its script failed each time"
            for step in range(1, kind.steps + 1):
                if (summary.user, each.number, step) not in good:
                    yield f"{_kept(each)} is done, and the endpoint has not taken its request {step}"
        elif summary.state is State.DEAD:
            if summary.attempts < logs.attempts or summary.reason is None:
                yield f"{_kept(each)} is dead after {summary.attempts} attempts: {summary.reason}"
        elif summary.state is State.EXPIRED and not summary.changed >= (summary.expires or float("inf")):
            yield f"{_kept(each)} has expired {(summary.expires or 0) - summary.changed:.1f} s too early"


def begun_too_late(logs: Logs) -> Iterator[str]:
    """
    Nothing is begun once it has expired.
    """
    expires = {each.summary.id: each.summary.expires for each in logs.kept}
    for seen in logs.seen:
        end = expires.get(seen.transaction)
        began = seen.began - logs.longest_attempt_seconds
        if end is not None and logs.clocks.least(began, seen.began) > end:
            yield f"{_request(seen)} came after its transaction had expired"


def unknown(logs: Logs) -> Iterator[str]:
    """
    The endpoint sees nothing but requests of transactions that were brought.
    """
    posts = {(posted.user, posted.number): posted for posted in logs.posted}
    for seen in logs.seen:
        posted = posts.get((seen.user, seen.number))
        if posted is None or posted.outcome in (Outcome.REFUSED, Outcome.WITHHELD):
            yield f"{_request(seen)} is of what was {posted.outcome if posted else 'never brought'}"
        elif posted.id is not None and posted.id != seen.transaction:
            yield f"{_request(seen)} is not of {posted.id}, as which it was accepted"


def another_identity(logs: Logs) -> Iterator[str]:
    """
    A request has the same ``webhook-id`` each time.
    """
    first: dict[tuple[str, int, int], Seen] = {}
    for seen in sorted(logs.seen, key=_began):
        before = first.setdefault((seen.user, seen.number, seen.step), seen)
        if before.identity != seen.identity:
            yield f"{_request(seen)} was {before.identity} before"


def repeated(logs: Logs) -> Iterator[str]:
    """
    A request that was answered well is not sent again, unless its answer was lost.
    """
    lives = {life.number: life for life in logs.lives}
    # What a dead server had sent may be read after what the next one sends.
    sent = sorted(logs.seen, key=lambda seen: (seen.life, seen.began))
    last = {(seen.life, seen.user): seen for seen in sent}
    unwritten = {life.number: _named(life, NOT_KEPT) for life in logs.lives}
    unanswered = {life.number: _named(life, NO_ANSWER) for life in logs.lives}
    answered: dict[str, Seen] = {}
    for seen in sent:
        before = answered.get(seen.identity)
        if before is not None:
            life, id = before.life, before.transaction
            excuses = (
                lives[life].killed and last[life, before.user].transaction == id and seen.life != life,
                id in unwritten[life] and seen.life != life,
                before.identity in unanswered[life],
            )
            if not any(excuses):
                yield f"{_request(seen)} was answered well before, by {_request(before)}"
        if seen.answered is Answered.GOOD:
            answered[seen.identity] = seen


def overlapping(logs: Logs) -> Iterator[str]:
    """
    A user's requests come one at a time.
    """
    for mine in _by_user(logs).values():
        for before, after in pairwise(mine):
            if after.began < min(before.ended, _died(logs, before)):
                yield f"{_request(after)} came while {_request(before)} was not answered"


def out_of_order(logs: Logs) -> Iterator[str]:
    """
    A user's transactions run in the order in which they were accepted, each to its end before the next.
    """
    for mine in _by_user(logs).values():
        for before, after in pairwise(mine):
            if _place(after.transaction) < _place(before.transaction):
                yield f"{_request(after)} came after {_request(before)}"
    ids = _ids(logs)
    last: dict[str, str] = {}
    for posted in logs.posted:
        id = ids.get((posted.user, posted.number))
        if posted.outcome is Outcome.ACCEPTED and id is not None:
            previous = last.get(posted.user)
            if previous is not None and _place(previous) >= _place(id):
                yield f"{_name(posted)} was accepted as {id}, after {previous}"
            last[posted.user] = id


def odd_answers(logs: Logs) -> Iterator[str]:
    """
    Clients are told that something was accepted, or to come again.
    """
    for status, times in logs.told.items():
        if status not in (202, 503):
            yield f"clients were answered {status}, {times} times"


def ended_badly(logs: Logs) -> Iterator[str]:
    """
    A server that is asked to end does so, leaves no process behind, and says nothing of faults of its own.
    """
    for life in logs.lives:
        if not life.killed and life.exit_code != 0:
            yield f"server {life.number} ended with {life.exit_code}: {' | '.join(life.said[-3:])}"
        if life.left_behind:
            yield f"server {life.number} left processes {life.left_behind} behind"
        for line in life.said:
            if FAULT.search(line):
                yield f"server {life.number} said: {line}"


RULES: tuple[Callable[[Logs], Iterator[str]], ...] = (
    lost,
    invented,
    unfinished,
    against_policy,
    begun_too_late,
    unknown,
    another_identity,
    repeated,
    overlapping,
    out_of_order,
    odd_answers,
    ended_badly,
)


def _by_user(logs: Logs) -> dict[str, list[Seen]]:
    """
    Each user's requests in the order in which they came. A request that a dead server had sent is none of
    those: it was on its way while the transaction ran again.
    """
    found: dict[str, list[Seen]] = defaultdict(list)
    for seen in sorted(logs.seen, key=_began):
        if seen.began < _died(logs, seen):
            found[seen.user].append(seen)
    return found


def _ids(logs: Logs) -> dict[tuple[str, int], str]:
    """
    The ids that the spool has.
    """
    return {(each.summary.user, each.number): each.summary.id for each in logs.kept}


def _died(logs: Logs, seen: Seen) -> float:
    return logs.lives[seen.life - 1].died


def _named(life: Life, pattern: re.Pattern[str]) -> set[str]:
    """
    The ids of which a server says something.
    """
    return {found[1] for line in life.said if (found := pattern.search(line)) is not None}


def _began(seen: Seen) -> float:
    return seen.began


def _place(id: str) -> int:
    return int(id.partition("-")[0])


def _name(posted: Posted) -> str:
    return f"{posted.user} {posted.number}"


def _kept(each: Kept) -> str:
    return f"{each.summary.user} {each.number} ({each.summary.id})"


def _request(seen: Seen) -> str:
    return f"{seen.user} {seen.number} request {seen.step} ({seen.identity}, server {seen.life})"
