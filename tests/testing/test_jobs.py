"""
Cases in several processes.
"""

from __future__ import annotations

from tests.testing.run_apart import apart


def test_they_are_told_in_order() -> None:
    """
    However many processes run them, what came of cases is told in their order, and counted.
    """
    found = apart("pfwplep" * 30)

    results = {"p": "passed", "f": "failed", "w": "pending", "l": "passed300000", "e": "error"}
    assert found["heard"] == [
        f"{letter}{number} {results[letter]}" for number, letter in enumerate("pfwplep" * 30)
    ]
    assert (found["done"], found["interrupted"], found["exit_code"]) == (210, False, 2)


def test_more_than_a_pipe_takes() -> None:
    """
    There may be more cases than there is room for in what is handed out.
    """
    assert apart("p" * 40_000)["done"] == 40_000


def test_what_they_measure_is_put_together() -> None:
    """
    Coverage has what all processes have seen, and nothing of it twice.
    """
    assert apart("p" * 100 + "f" * 50)["faults"] == {"p": 100, "f": 50}


def test_a_process_that_dies() -> None:
    """
    The case that it ran is broken and says what became of it and of its coverage; all others are run.
    """
    found = apart("ppkpkxp")

    case = "error: a.luatest.yaml:7: the process that ran this test"
    coverage = "and the coverage of all tests that it ran is lost"
    assert found["heard"] == [
        "p0 passed",
        "p1 passed",
        f"k2 {case} was killed by SIGKILL, {coverage}",
        "p3 passed",
        f"k4 {case} was killed by SIGKILL, {coverage}",
        f"x5 {case} ended with status 3, {coverage}",
        "p6 passed",
    ]
    assert found["exit_code"] == 2


def test_a_process_that_dies_after_its_last_case() -> None:
    """
    Its coverage is lost, which is said, though all cases have been run.
    """
    found = apart("pm")

    assert found["heard"] == [
        "p0 passed",
        "m1 passed",
        "m1 error: a.luatest.yaml:7: the process that ran this test ended with status 70 after it, and the"
        " coverage of all tests that it ran is lost",
    ]
    assert found["exit_code"] == 2


def test_an_error_of_our_own() -> None:
    """
    What a case raises is raised to who runs them all, when it is that case's turn.
    """
    found = apart("pppprppp")

    assert found == {"heard": ["p0 passed", "p1 passed", "p2 passed", "p3 passed"], "raised": "r4"}


def test_the_first_failure_can_end_it() -> None:
    """
    Nothing is told behind a failure, if asked.
    """
    found = apart("ppppf" + "p" * 200, "-x")

    assert (found["done"], found["interrupted"]) == (5, False)
    assert found["heard"][-1] == "f4 failed"


def test_somebody_has_had_enough() -> None:
    """
    What is running then is the last to be run: what is told is the beginning of the list, and not all of it.
    """
    found = apart("ppppi" + "p" * 40_000)

    assert 5 <= found["done"] < 40_005
    assert found["heard"] == [
        *("p0 passed", "p1 passed", "p2 passed", "p3 passed", "i4 passed"),
        *(f"p{number} passed" for number in range(5, found["done"])),
    ]
    assert (found["interrupted"], found["exit_code"]) == (True, 2)
