"""
All scenarios under all faults, gathered by script and function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from luahost.dataclass import dataclass, field
from luahost.errors import UsageError
from luahost.testing.endpoint.answers import FAULTS, Fault
from luahost.testing.fault_matrix.observation import Escaped, Message, Observation, message_of, observed
from luahost.testing.outcome import Case, node_name
from luahost.testing.scenario.case import ScenarioCase

LOADING = "(loading)"
"""In the place of a function: while the script was loaded."""


@dataclass(slots=True)
class Cell:
    """
    What a fault does to one function of a script.

    Attributes:
        lost: Messages that were told of without the fault, and are not with it.

        longest_seconds: The longest of its calls, in the time that somebody waited.

        total_seconds: All of its calls together.

        errors: Errors that come out of it, and do not without the fault; each once.
    """

    lost: list[Message] = field(default_factory=list)
    longest_seconds: float = 0.0
    total_seconds: float = 0.0
    errors: list[Escaped] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Row:
    """
    A function of a script.

    Attributes:
        script: Path of the script.

        function: Its name.

        told: The messages that it tells of without a fault.

        cells: What each fault does, by the fault's name.
    """

    script: str
    function: str
    told: list[Message] = field(default_factory=list)
    cells: dict[str, Cell] = field(default_factory=dict)

    @property
    def matters(self) -> bool:
        """
        Whether any fault changes anything here, or could.
        """
        return bool(self.told) or any(cell.total_seconds or cell.errors for cell in self.cells.values())


@dataclass(slots=True)
class Matrix:
    """
    The whole of it.

    Attributes:
        faults: The faults, in order.

        runs: How many scenarios were run under each, dialects and Lua versions counted.

        longest_transactions: For each script and fault, how many seconds were waited in the push transaction
            that waited most: as long stands a delivery still.

        others: How many tests are no scenarios, and so not run under faults.

        not_run: How many were left because somebody had had enough.

        left_out: Scenarios that cannot be run, and why.

        rows: The functions that matter, by script and in the order of their first calls.
    """

    faults: tuple[str, ...]
    runs: int = 0
    longest_transactions: dict[str, dict[str, float]] = field(default_factory=dict)
    others: int = 0
    not_run: int = 0
    left_out: list[tuple[str, str]] = field(default_factory=list)
    _rows: dict[tuple[str, str], Row] = field(default_factory=dict)

    @property
    def rows(self) -> list[Row]:
        """
        The functions that matter.
        """
        places = {script: place for place, script in enumerate(self.longest_transactions)}
        return sorted((row for row in self._rows.values() if row.matters), key=lambda row: places[row.script])

    @property
    def errors(self) -> list[Escaped]:
        """
        All errors that came out of scripts because of a fault, each once.
        """
        return list(
            dict.fromkeys(error for row in self.rows for cell in row.cells.values() for error in cell.errors)
        )

    def row(self, script: str, function: str) -> Row:
        """
        The row of a function, new if need be.
        """
        key = script, function
        if key not in self._rows:
            cells = {name: Cell() for name in self.faults}
            self._rows[key] = Row(script=script, function=function, cells=cells)
        return self._rows[key]


def fault_matrix(
    cases: Iterable[Case],
    faults: Sequence[str] | None = None,
    *,
    heard: Callable[[int, int], None] = lambda done, total: None,
    stopped: Callable[[], bool] = lambda: False,
) -> Matrix:
    """
    Run cases under faults.

    Args:
        cases: The cases; those that are no scenarios are left out.

        faults: Names of faults, keys of ``FAULTS``; None for all.

        heard: Hears how many cases of how many are done.

        stopped: Whether somebody has had enough; asked before each case.

    Raises:
        UsageError: There is no such fault.
    """
    faults = tuple(FAULTS) if faults is None else tuple(dict.fromkeys(faults))
    check_faults(faults)
    matrix = Matrix(faults)
    wanted = [*cases]
    for done, case in enumerate(wanted):
        if stopped():
            matrix.not_run = len(wanted) - done
            break
        heard(done, len(wanted))
        node = node_name(case.file, case.name, case.variant)
        if not isinstance(case, ScenarioCase):
            matrix.others += 1
        elif case.scenario.pending is not None:
            matrix.left_out.append((node, f"it is pending: {case.scenario.pending}"))
        else:
            _add(matrix, case, node)
    return matrix


def check_faults(names: Sequence[str]) -> None:
    """
    Refuse names of faults that are none.

    Raises:
        UsageError: There is no such fault.
    """
    for name in names:
        if name not in FAULTS:
            raise UsageError(f"no fault {name}; there are {', '.join(FAULTS)}")


def _add(matrix: Matrix, case: ScenarioCase, node: str) -> None:
    try:
        plain = observed(case, None)
        faulty = {name: observed(case, Fault(name)) for name in matrix.faults}
    except UsageError as error:
        matrix.left_out.append((node, str(error)))
        return
    matrix.runs += 1
    told = {key: message_of(called.call.event, node) for key, called, good in plain.handled() if good}
    for called in plain.calls:
        matrix.row(case.script, called.call.function)
    for (_, function, _), message in told.items():
        matrix.row(case.script, function).told.append(message)
    known = set(plain.escaped)
    for name, found in faulty.items():
        reached = {key for key, _, good in found.handled() if good}
        for key, message in told.items():
            if key not in reached:
                matrix.row(case.script, key[1]).cells[name].lost.append(message)
        _add_calls(matrix, case.script, name, found)
        longest = matrix.longest_transactions.setdefault(case.script, dict.fromkeys(matrix.faults, 0.0))
        longest[name] = max(longest[name], found.longest_transaction())
        for escaped in found.escaped:
            cell = matrix.row(case.script, escaped.function or LOADING).cells[name]
            if escaped not in known and escaped not in cell.errors:
                cell.errors.append(escaped)


def _add_calls(matrix: Matrix, script: str, fault: str, found: Observation) -> None:
    for called in found.calls:
        seconds = called.ended - called.began
        cell = matrix.row(script, called.call.function).cells[fault]
        cell.longest_seconds = max(cell.longest_seconds, seconds)
        cell.total_seconds += seconds
