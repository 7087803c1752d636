"""
Cases run by several processes at once; what comes of them is told in the order of the cases.

The processes are forks of this one, made when all tests have been read: nothing has to start, and no test has
to cross to them. The numbers of the cases lie in a pipe, from which each process takes its next one; what is
to be shown comes back as text. Whoever takes a number runs that case, so what has been run is always the
beginning of the list, also where somebody stops it.

Linux only. Imported where there is more than one process.
"""

from __future__ import annotations

import contextlib
import marshal
import os
import select
import signal
import time
import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Any, NoReturn

from luahost.errors import WorkerStartError
from luahost.runtime.lockdown import end_with
from luahost.testing.coverage import Coverage
from luahost.testing.outcome import Case, Outcome, Problem, outcome_of
from luahost.testing.run import Said, ran

_NUMBER = 4
"""Bytes of a number in a pipe."""

_PAGE = 4096
"""Bytes that a pipe takes as a whole or not at all (``PIPE_BUF``)."""

_POLL_MILLISECONDS = 100
"""How long somebody who has had enough waits for being heard, at most."""

_TOGETHER_SECONDS = 0.005
"""How long what is told is gathered: to wake for each test would cost a tenth of what they take."""


def shared_out(
    cases: Sequence[Case],
    words: Callable[[Outcome], str],
    *,
    processes: int,
    stopped: Callable[[], bool],
    coverage: Coverage | None,
) -> Generator[Said]:
    """
    Run cases in processes.

    Args:
        cases: What to run.

        words: What to say of an outcome; asked in the process that has it.

        processes: How many.

        stopped: Whether somebody has had enough. Cases that are run then are the last.

        coverage: What collects coverage, in each process for itself; in the end all of it is here.
    """
    if stopped():
        return
    # What the first one has luahost load and put together, all processes have then.
    yield ran(cases[0], words)
    with contextlib.closing(_Crew(cases, words, coverage)) as crew:
        for _ in range(processes):
            crew.start()
        for number, case in enumerate(cases[1:], 1):
            while number not in crew.said and crew.at_work:
                if stopped():
                    crew.no_more()
                crew.hear()
            if number not in crew.said and stopped():
                break
            # What no process could run is run here: if luahost is at fault, somebody is told.
            yield crew.said.pop(number, None) or ran(case, words)
        crew.finish()
        yield from crew.lost


class _Process:
    """
    One of the processes, from outside.

    Attributes:
        number: Of the case that it runs; None before and after.

        last: Of the case that it ran before.

        measured: Whether it has told what it has measured, as it does in the end.
    """

    def __init__(self, process: int) -> None:
        self.process = process
        self.number: int | None = None
        self.last: int | None = None
        self.measured = False
        self._heard = bytearray()

    def messages(self, more: bytes) -> Iterator[Any]:
        """
        What it says, now that there is more of it.
        """
        heard = self._heard
        heard += more
        while len(heard) >= _NUMBER:
            end = _NUMBER + int.from_bytes(heard[:_NUMBER])
            if len(heard) < end:
                return
            yield marshal.loads(heard[_NUMBER:end])
            del heard[:end]


class _Crew:
    """
    The processes.

    Attributes:
        at_work: Those that run, each by the pipe on which it tells.

        said: What came of cases, by number, until somebody takes it; None if a process could not run it.

        lost: What there is to say of processes that ended when they had run all their cases, and took with
            them what they had measured.
    """

    def __init__(
        self, cases: Sequence[Case], words: Callable[[Outcome], str], coverage: Coverage | None
    ) -> None:
        self._cases = cases
        self._words = words
        self._coverage = coverage
        self._measured: list[dict[str, Any]] = []
        self._telling = select.poll()
        self._numbers, self._giving = os.pipe()
        os.set_blocking(self._giving, False)
        self._left = memoryview(b"".join(number.to_bytes(_NUMBER) for number in range(1, len(cases))))
        self.at_work: dict[int, _Process] = {}
        self.said: dict[int, Said | None] = {}
        self.lost: list[Said] = []
        self._give()

    def start(self) -> None:
        """
        One more.

        Raises:
            WorkerStartError: The system gives none.
        """
        host = os.getpid()
        try:
            telling, ours = os.pipe()
            with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
                # Python warns of threads. There may be one, which waits for Ctrl-C and holds nothing.
                process = os.fork()
        except OSError as error:
            words = f"no process to run tests in: {error.strerror}; fewer --jobs need fewer"
            raise WorkerStartError(words) from None
        if process == 0:
            self._work(ours, host)
        os.close(ours)
        self.at_work[telling] = _Process(process)
        self._telling.register(telling, select.POLLIN)

    def hear(self) -> None:
        """
        Wait until somebody tells something, but not for long.
        """
        self._give()
        time.sleep(_TOGETHER_SECONDS)
        for telling, _ in self._telling.poll(_POLL_MILLISECONDS):
            process = self.at_work[telling]
            more = os.read(telling, 1 << 16)
            if not more:
                self._ended(telling, process)
            for number, said, following, measured in process.messages(more):
                process.number = following
                if number is not None:
                    self.said[number] = said
                    process.last = number
                if measured is not None:
                    self._measured.append(measured)
                    process.measured = True

    def no_more(self) -> None:
        """
        Nobody begins anything any more.
        """
        self._left = self._left[:0]
        self._give()
        while os.read(self._numbers, _PAGE):
            pass

    def finish(self) -> None:
        """
        Wait for all of them, and put together what they have measured.
        """
        while self.at_work:
            self.hear()
        for measured in self._measured:
            assert self._coverage is not None
            self._coverage.merge(Coverage.from_plain(measured))

    def close(self) -> None:
        """
        End all that run still.
        """
        for telling, process in self.at_work.items():
            os.kill(process.process, signal.SIGKILL)
            os.waitpid(process.process, 0)
            os.close(telling)
        os.close(self._numbers)
        self._stop_giving()

    def _give(self) -> None:
        """
        Put as many numbers into the pipe as it takes. Where there are none any more, its end says so.
        """
        with contextlib.suppress(BlockingIOError):
            while self._left:
                self._left = self._left[os.write(self._giving, self._left[:_PAGE]) :]
            self._stop_giving()

    def _stop_giving(self) -> None:
        if self._giving >= 0:
            os.close(self._giving)
            self._giving = -1

    def _ended(self, telling: int, process: _Process) -> None:
        self._telling.unregister(telling)
        del self.at_work[telling]
        os.close(telling)
        status = os.waitstatus_to_exitcode(os.waitpid(process.process, 0)[1])
        how = f"was killed by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
        lost = "" if self._coverage is None else ", and the coverage of all tests that it ran is lost"
        if process.number is not None:
            self.said[process.number] = self._broken(process.number, f"{how}{lost}")
            # What has not been begun is not lost with it.
            self.start()
        elif process.last is not None and lost and not process.measured:
            self.lost.append(self._broken(process.last, f"{how} after it{lost}"))

    def _broken(self, number: int, how: str) -> Said:
        case = self._cases[number]
        problem = Problem(message=f"the process that ran this test {how}", file=case.file, line=case.line)
        outcome = outcome_of(case, "error", 0.0, (problem,))
        return outcome.result, self._words(outcome)

    def _work(self, telling: int, host: int) -> NoReturn:
        """
        The life of a process.
        """
        status = 70
        try:
            end_with(host)
            # Ctrl-C reaches all processes of a terminal, and it is the host that decides what comes of it.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            self._stop_giving()
            self._run_all(telling)
            status = 0
        finally:
            os._exit(status)

    def _run_all(self, telling: int) -> None:
        if self._coverage is not None:
            self._coverage.clear()
        number = self._next()
        _tell(telling, None, None, number, None)
        while number is not None:
            try:
                said = ran(self._cases[number], self._words)
            except Exception:  # noqa: BLE001  the host will try, and then it is raised there
                said = None
            done, number = number, self._next()
            _tell(telling, done, said, number, None)
        if self._coverage is not None:
            _tell(telling, None, None, None, self._coverage.to_plain())

    def _next(self) -> int | None:
        taken = os.read(self._numbers, _NUMBER)
        return int.from_bytes(taken) if taken else None


def _tell(telling: int, *message: Any) -> None:
    """
    Tell the number of a case that is done, what came of it, the number of the next one, and what has been
    measured in the end; each None if there is none.
    """
    data = marshal.dumps(message)
    left = memoryview(len(data).to_bytes(_NUMBER) + data)
    while left:
        left = left[os.write(telling, left) :]
