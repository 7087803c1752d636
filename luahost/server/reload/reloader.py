"""
The thread that looks for changed files, and loads the configuration again when there are some or somebody
asks.

A configuration that cannot be used, or gets less far than the one in force, changes nothing but a line in the
log and what ``/healthz`` says.
"""

from __future__ import annotations

import enum
import logging
import os
import queue
import threading
import time
from collections.abc import Callable

from luahost.config import Configuration, read_configuration
from luahost.errors import LuahostError, UsageError, fault_words
from luahost.server.reload.generation import Generation, own_files
from luahost.server.reload.kept_files import KeptFiles
from luahost.server.reload.reloads import Reloads
from luahost.server.reload.stamps import Change, Stamp, stamp_of, stamps_of
from luahost.server.reload.trial import tried
from luahost.server.systemd import Notifier

log = logging.getLogger("luahost.server")


class _Order(enum.Enum):
    RELOAD = enum.auto()
    END = enum.auto()


class Reloader:
    """
    Loads a configuration again.

    Args:
        first: What is in force.

        prepare: Makes of a configuration, with scripts from these files, all that it comes to, not yet in
            force; raises :class:`~luahost.errors.LuahostError` if it cannot be served.

        adopt: Puts it in force.

        notifier: Hears of it.

    Attributes:
        reloads: What came of it.
    """

    def __init__(
        self,
        first: Generation,
        *,
        prepare: Callable[[Configuration, KeptFiles], Generation],
        adopt: Callable[[Generation], None],
        notifier: Notifier,
    ) -> None:
        self.reloads = Reloads()
        self._current = first
        self._prepare = prepare
        self._adopt = adopt
        self._notifier = notifier
        # What files looked like, in the place of what they looked like when the current ones were read:
        # before these were read, and when the last ones were refused, which are not tried again until they
        # change.
        self._own = stamps_of(own_files(first.configuration))
        self._refused: dict[str, Stamp] = {}
        self._change = Change()
        # Its put may be called in a signal's handler, whatever that interrupts.
        self._orders: queue.SimpleQueue[_Order] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="luahost-reload", daemon=True)

    def start(self) -> None:
        """
        Begin.
        """
        self._thread.start()

    def ask(self) -> None:
        """
        Have it load the configuration again, changed or not. From any thread, and from a signal's handler.
        """
        self._orders.put(_Order.RELOAD)

    def stop(self, seconds: float) -> None:
        """
        Load nothing any more, and wait until nothing is being loaded, at most so long.
        """
        self._orders.put(_Order.END)
        if self._thread.is_alive():
            self._thread.join(seconds)

    def _work(self) -> None:
        while True:
            section = self._current.section
            try:
                order = self._orders.get(timeout=section.watch_seconds if section.watch else None)
            except queue.Empty:
                changed = self._change.settled(self._known(), now=time.monotonic())
                if changed:
                    self._reload(f"changed: {', '.join(sorted(map(os.path.basename, changed)))}")
                continue
            if order is _Order.END:
                return
            self._reload("it was asked to")

    def _known(self) -> dict[str, Stamp]:
        """
        What the files looked like that are watched.
        """
        return {**self._current.files.stamps(), **self._own, **self._refused}

    def _reload(self, why: str) -> None:
        self._notifier.reloading()
        try:
            generation = self._next()
        except LuahostError as error:
            self._reject(why, str(error))
        except Exception as fault:  # noqa: BLE001  what is in force goes on, and its operator hears of it
            self._reject(why, fault_words(fault))
        else:
            self._refused = {}
            self._notifier.ready("takes transactions with the configuration that was loaded last")
            log.info("%s is loaded again (%s)", generation.configuration.file, why)
            self.reloads.accept()

    def _reject(self, why: str, words: str) -> None:
        problem = self.reloads.reject(words)
        file = self._current.configuration.file
        log.error("%s is not loaded (%s), what was loaded before stays in force: %s", file, why, problem)
        self._notifier.ready(f"the configuration is rejected, the one before stays in force: {problem}")

    def _next(self) -> Generation:
        """
        Load, try and put in force.

        Raises:
            LuahostError: What was loaded cannot be used, or gets less far than what is in force.
        """
        old, files = self._current, KeptFiles()
        self._refused = stamps_of(self._known())
        try:
            configuration = read_configuration(old.configuration.file)
            own = {path: self._refused.get(path, stamp_of(path)) for path in own_files(configuration)}
            self._refused |= own
            new = self._prepare(configuration, files)
            try:
                self._try(old, new)
                new.term.start()
            except BaseException:
                new.term.close()
                raise
        finally:
            self._refused |= files.stamps()
        self._adopt(new)
        self._current, self._own = new, own
        return new

    def _try(self, old: Generation, new: Generation) -> None:
        """
        Raises:
            UsageError: The new one gets less far.
        """
        outcome = tried(new.configuration, new.section, new.files)
        if outcome.words is None:
            return
        if outcome.worse_than(tried(old.configuration, old.section, old.files)):
            raise UsageError(outcome.words)
        log.warning("tried with a made-up user, it fails as what was there before did: %s", outcome.words)
