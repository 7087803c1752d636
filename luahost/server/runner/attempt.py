"""
One attempt: a claimed transaction is run through the engine, as ``luahost run`` runs a recording.

Each attempt is a session of its own with a mail store of its own, in which the mailboxes are brought to what
the transaction says of them. What Dovecot would log is logged.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable

from luahost import mail_log
from luahost.clock import SYSTEM_CLOCK, Clock
from luahost.dialects import Dialect
from luahost.effects import Effect, Effects, Log
from luahost.errors import InputError, LuahostError
from luahost.network import Network
from luahost.server.log_fields import about
from luahost.server.runner.attempted import Attempted, unheard
from luahost.server.runner.hosting import Hosting
from luahost.server.runner.journal import JournalledNetwork
from luahost.server.runner.verdict import Verdict, held_back, judge
from luahost.server.spool import Claim
from luahost.sources import Input, MailboxState
from luahost.sources.replay import Replay
from luahost.sources.transaction_schema import SchemaError, recorded_transaction
from luahost.store import MemoryStore, MetadataStore

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}

log = logging.getLogger("luahost.server")


class Attempts:
    """
    Runs transactions; threads may share it.

    Args:
        hosting: What runs them.

        new_network: Makes the network of an attempt.

        record: Keeps an answer in the journal: the transaction's id, the answer's key, the answer.

        metadata: What keeps METADATA; None if it is gone after each attempt.

        observe: Hears of each attempt when it is over; called in the attempt's thread.

        clock: The time.
    """

    def __init__(
        self,
        hosting: Hosting,
        *,
        new_network: Callable[[], Network],
        record: Callable[[str, str, bytes], None],
        metadata: MetadataStore | None = None,
        observe: Callable[[Attempted], None] = unheard,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self._hosting = hosting
        self._new_network = new_network
        self._record = record
        self._metadata = metadata
        self._observe = observe
        self._clock = clock

    def run(self, claim: Claim) -> Verdict:
        """
        Run a transaction, and say what came of it.
        """
        begun = self._clock.monotonic()
        network = JournalledNetwork(
            self._new_network(),
            transaction=claim.id,
            answers=claim.answers,
            record=lambda key, answer: self._record(claim.id, key, answer),
        )
        effects: list[Effect] = []
        verdict = self._verdict(claim, network, effects)
        self._observe(
            Attempted(
                id=claim.id,
                user=claim.user,
                effects=effects,
                verdict=verdict,
                seconds=self._clock.monotonic() - begun,
                repeated=network.repeated,
            )
        )
        return verdict

    def _verdict(self, claim: Claim, network: JournalledNetwork, effects: list[Effect]) -> Verdict:
        try:
            source = _input(claim)
        except (SchemaError, ValueError) as error:
            words = f"this luahost cannot read the transaction: {error}"
            return Verdict(failure=words, cause="input", final=True)
        try:
            return self._perform(claim, source, network, effects)
        except LuahostError as error:
            return Verdict(failure=str(error), cause="start")

    def _perform(
        self, claim: Claim, source: Input, network: JournalledNetwork, effects: list[Effect]
    ) -> Verdict:
        user = self._hosting.mail_user(source.mail_user(), (source.user or {}).get("service"))

        def hear(effect: Effect) -> None:
            effects.append(effect)
            _log(claim, effect, host.dialect)

        host = self._hosting.host(user, network=network, listener=hear)
        store = MemoryStore(metadata=self._metadata)
        source.prepare(store, user.username)
        try:
            with host.session(user, store=store) as session:
                started = session.loaded
                for step in source.steps:
                    step.perform(session)
        except InputError as error:
            # The mail store refuses what is said to have happened, and will each time.
            return Verdict(failure=str(error), cause="input", final=True)
        if network.repeated:
            log.info(
                "%s: %d requests were answered from the journal",
                claim.id,
                network.repeated,
                extra=about(claim),
            )
        verdict = judge(
            session.effects, self._hosting.policies, now=self._clock.time(), timed_out=network.timed_out
        )
        verdict = held_back(verdict, network.held)
        if verdict.failure is None and not started:
            # Nobody has heard of the transaction, whatever counts as failed.
            return Verdict(failure=f"not started: {_first_error(session.effects)}", cause="start")
        return verdict


def _first_error(effects: Effects) -> str:
    """
    What Dovecot would log as an error first.
    """
    errors = (log.text for log in effects.of(Log) if log.level == "error")
    return next(errors, "Dovecot would not start a driver")


def _input(claim: Claim) -> Input:
    """
    A transaction as a session of its own.
    """
    transaction = recorded_transaction(json.loads(claim.payload))
    return Input(
        name=claim.id,
        user=transaction.user,
        mailboxes={"INBOX": MailboxState()},
        steps=(Replay(transaction, f"transaction {claim.id}", 1),),
    )


def _log(claim: Claim, effect: Effect, dialect: Dialect) -> None:
    """
    What Dovecot would log, with the transaction's id in front.
    """
    if isinstance(effect, Log):
        for line in mail_log.lines(effect, dialect):
            fields = about(claim, dovecot=line, source=effect.source, driver=effect.driver)
            log.log(LEVELS.get(effect.level, logging.ERROR), "%s: %s", claim.id, line, extra=fields)
