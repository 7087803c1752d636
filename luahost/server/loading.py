"""
From a configuration to all that runs transactions with it: at the start, and again whenever it changes.

What outlives a configuration (spool, METADATA, connections, the state of endpoints, metrics) is given.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from luahost.clock import Clock
from luahost.config import Configuration
from luahost.config.serve_section import Listen, ServeSection
from luahost.errors import UsageError
from luahost.network import Network
from luahost.server.coalescing import as_one
from luahost.server.cooperation import Errands
from luahost.server.endpoints import Breaker, way_out
from luahost.server.intake import Tokens, certificate_of, read_tokens
from luahost.server.metrics import Metrics
from luahost.server.reload import Generation, KeptFiles, Term, lasting, scripts, tried
from luahost.server.runner import Attempts, Hosting, Recording, SharedNetwork, Waiting
from luahost.server.spool import Spool
from luahost.store import MetadataStore

Check = Callable[[str, bytes, str], Iterable[str]]

log = logging.getLogger("luahost.server")


class Loading:
    """
    Makes the generations of one server.

    Args:
        section: What the server was started with; of a later one, what cannot change is left out.

        place: Where it listens.

        spool: Keeps answers of endpoints.

        errands: Asks it in the runner's thread.

        metadata: What keeps METADATA, None if nothing does.

        wire: What carries requests, for all attempts.

        breaker: Knows which endpoints are down.

        metrics: Hears of attempts.

        check: What is wrong with a script, in lines, given its path, its text and the dialect.

        clock: The time.
    """

    def __init__(
        self,
        section: ServeSection,
        place: Listen,
        *,
        spool: Spool,
        errands: Errands,
        metadata: MetadataStore | None,
        wire: Network,
        breaker: Breaker,
        metrics: Metrics,
        check: Check,
        clock: Clock,
    ) -> None:
        self._section = section
        self._place = place
        self._spool = spool
        self._recording = Recording(spool, errands)
        self._metadata = metadata
        self._wire = wire
        self._breaker = breaker
        self._metrics = metrics
        self._check = check
        self._checked: dict[tuple[str, str], bytes] = {}
        self._clock = clock

    def first(self, configuration: Configuration) -> Generation:
        """
        What is in force to begin with.

        Raises:
            LuahostError: It cannot be served, or no transaction could run with it.
        """
        generation = self.prepared(configuration, KeptFiles())
        outcome = tried(configuration, generation.section, generation.files)
        if outcome.broken:
            generation.term.close()
            raise UsageError(outcome.words)
        if outcome.words is not None:
            log.warning("tried with a made-up user, it fails: %s", outcome.words)
        return generation

    def prepared(self, configuration: Configuration, files: KeptFiles) -> Generation:
        """
        All that a configuration comes to; the first one, or one that may take its place.

        Raises:
            LuahostError: It cannot be served.
        """
        section, changed = lasting(self._section, section_of(configuration))
        if changed:
            log.warning("%s: takes effect at the next start: %s", configuration.file, ", ".join(changed))
        if words := section.unguarded(self._place):
            raise UsageError(words)
        tokens, metrics_tokens = _tokens(section.token_file), _tokens(section.metrics_token_file)
        hosting = Hosting(configuration, section, files)
        hosting.check()
        self._tell_what_is_wrong(configuration, files)
        attempts = Attempts(
            hosting,
            new_network=way_out(lambda: SharedNetwork(self._wire), self._breaker, section.signature),
            record=self._recording.record,
            holds=self._spool.holds,
            processes=section.workers,
            metadata=self._metadata,
            observe=self._metrics.attempted,
            clock=self._clock,
        )
        return Generation(
            configuration=configuration,
            section=section,
            tokens=tokens,
            metrics_tokens=metrics_tokens,
            certificate=None if section.tls is None else certificate_of(section.tls),
            files=files,
            term=Term(
                run=Waiting(as_one(attempts.run), self._breaker).run,
                start=attempts.start,
                close=attempts.close,
                processes=attempts.processes,
            ),
        )

    def _tell_what_is_wrong(self, configuration: Configuration, files: KeptFiles) -> None:
        """
        Log what is found in scripts that are new. Whether one takes the place of another is for the trial to
        say, which sees what really happens.
        """
        for path, dialect in scripts(configuration).items():
            try:
                text = files.read(path)
            except OSError:
                # Whoever loads it says so.
                continue
            if self._checked.get((path, dialect)) == text:
                continue
            self._checked[path, dialect] = text
            for line in self._check(path, text, dialect):
                log.warning("luahost check: %s", line)


def _tokens(file: str | None) -> Tokens | None:
    """
    The tokens of a file, None without one.

    Raises:
        InputError: It cannot be used.
    """
    return None if file is None else read_tokens(file)


def section_of(configuration: Configuration) -> ServeSection:
    """
    What a configuration says about serving.

    Raises:
        UsageError: Nothing.
    """
    if configuration.serve is None:
        raise UsageError(
            f"{configuration.file} has no section serve; luahost serve needs one, see docs/operating.md"
        )
    return configuration.serve
