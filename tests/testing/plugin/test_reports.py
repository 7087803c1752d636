"""
When a test of a script fails, and what its report shows.
"""

from __future__ import annotations

import pytest

from tests.testing.plugin.conftest import RunPytest

pytest_plugins = ["pytester"]


def report(result: pytest.RunResult, test: str = "test_a") -> list[str]:
    """
    The report about a test, line by line.
    """
    lines = result.outlines
    start = next(number for number, line in enumerate(lines) if line.startswith("__") and f" {test} " in line)
    end = next(
        number
        for number, line in enumerate(lines)
        if number > start and (line.startswith("====") or (line.startswith("____") and " " in line))
    )
    return lines[start + 1 : end]


def test_an_unexpected_error_fails_the_test(run_pytest: RunPytest) -> None:
    """
    The report has the Lua line among its neighbours, Lua's traceback, what happened, and nothing of Python.
    """
    result = run_pytest(
        """
        def test_a(push):
            push.deliver({"subject": "fail"})
        """
    )

    result.assert_outcomes(failed=1)
    assert report(result) == [
        "push.lua:9: dovecot_lua_notify_event_message_new failed: no such luck",
        "   7 | function dovecot_lua_notify_event_message_new(ctx, event)",
        '   8 |   if event.subject == "fail" then',
        '>  9 |     error("no such luck")',
        "  10 |   end",
        '  11 |   dovecot.i_info("new: " .. tostring(event.subject))',
        "stack traceback:",
        "\t[C]: in function 'error'",
        "\tpush.lua:9: in function 'dovecot_lua_notify_event_message_new'",
        "---------------------------- what happened for bob -----------------------------",
        "push.lua  dialect documented, Lua 5.4",
        "  transaction 1",
        "  call      dovecot_lua_notify_begin_txn(bob)",
        "  call      dovecot_lua_notify_event_message_new(ctx, event, user)",
        '              name               "MessageNew"',
        '              mailbox            "INBOX"',
        "              uid                1",
        "              uid_validity       1",
        "              date               0",
        "              tz                 0",
        '              from               ""',
        '              to                 ""',
        '              subject            "fail"',
        '              snippet            ""',
        '              from_address       ""',
        '              from_display_name  ""',
        '              to_address         ""',
        '              to_display_name    ""',
        "              flags              {}",
        "              keywords           {}",
        '              user               mail_user "bob"',
        "  log       error: lua: lua_pcall(dovecot_lua_notify_event_message_new, 2, 0) failed: "
        "push.lua:9: no such luck",
        "              stack traceback:",
        "              \t[C]: in function 'error'",
        "              \tpush.lua:9: in function 'dovecot_lua_notify_event_message_new'",
        '              9 |     error("no such luck")',
        "  call      dovecot_lua_notify_end_txn(ctx, true)",
    ]


def test_an_assertion_is_told_with_what_happened(run_pytest: RunPytest) -> None:
    """
    A test that fails by itself shows its own assertion, the script's errors, and what happened.
    """
    result = run_pytest(
        """
        def test_a(push):
            push.deliver(subject="fail")
            assert push.printed == ["x"]
        """
    )

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            ">       assert push.printed == *",
            "E       AssertionError: assert [[][]] == [[]'x'[]]",
            "*--- what nobody expected ---*",
            "push.lua:9: dovecot_lua_notify_event_message_new failed: no such luck",
            "*--- what happened for bob ---*",
            "  call      dovecot_lua_notify_end_txn(ctx, true)",
        ]
    )


def test_mistakes_of_a_test_end_at_its_own_line(run_pytest: RunPytest) -> None:
    """
    What luahost raises has no frames of luahost, unless the whole traceback is asked for.
    """
    test = """
        def test_a(push):
            push.read("1", mailbox="Nowhere")

        def test_b(push):
            with push.expect_error():
                push.deliver()

        import pytest

        @pytest.fixture
        def delivered(push):
            push.deliver("nowhere.eml")

        def test_c(delivered):
            pass
        """
    result = run_pytest(test)

    result.assert_outcomes(failed=2, errors=1)
    assert report(result)[:8] == [
        "",
        "push = <luahost.testing.push.Push of push.lua for bob>",
        "",
        "    def test_a(push):",
        '>       push.read("1", mailbox="Nowhere")',
        "E       luahost.errors.UsageError: Mailbox doesn't exist: Nowhere",
        "",
        "test_push.py:2: UsageError",
    ]
    expected = "E       AssertionError: the script did not fail, and an error was expected"
    assert expected in report(result, "test_b")
    result.stdout.no_fnmatch_line("*luahost/testing/*.py*")
    run_pytest(test, "--full-trace", "--tb=short", "-k", "test_a").stdout.fnmatch_lines(
        ["*luahost/testing/acts.py*"]
    )


def test_requests_are_judged(run_pytest: RunPytest) -> None:
    """
    A request without a route fails the test though the script swallows its error, and so does an idle route.
    """
    result = run_pytest(
        """
        import pytest

        pytestmark = pytest.mark.luahost(settings={"push_lua_url": "https://push.example/v1"})

        def test_a(push):
            push.deliver()

        def test_b(push, endpoint):
            endpoint.route("POST", "https://push.example/*", status=204)
            endpoint.route("GET", "*", status=204)
            push.deliver(subject="Hi")
            assert [request.body for request in endpoint.requests] == [b"Hi"]

        def test_c(endpoint):
            endpoint.route("GET", "*", status=204)
        """
    )

    result.assert_outcomes(failed=3)
    assert report(result)[0].startswith("push.lua: unexpected request: POST https://push.example/v1")
    assert report(result, "test_b")[0].startswith("push.lua: route not used: GET *")
    assert report(result, "test_c")[0].startswith("route not used: GET *")


def test_what_happens_at_the_end_is_judged(run_pytest: RunPytest) -> None:
    """
    A session ends with the test's function: what kills Dovecot's process then fails the test, too.
    """
    result = run_pytest(
        """
        import pytest

        @pytest.mark.luahost(dialects="2.3")
        def test_a(push):
            push.deliver()
        """,
        script="function dovecot_lua_notify_begin_txn(user) kept = user return {} end\n"
        "function dovecot_lua_notify_event_message_new() end\n"
        "function dovecot_lua_notify_end_txn() end\n",
    )

    result.assert_outcomes(failed=1)
    assert "this kills the process in Dovecot 2.3" in report(result, "test_a[2.3-lua5.4]")[0]


def test_expected_errors_pass(run_pytest: RunPytest) -> None:
    """
    Errors that a test expects or allows do not fail it; nor do those of a test that is expected to fail.
    """
    run_pytest(
        """
        import pytest

        def test_a(push):
            with push.expect_error("no such luck") as caught:
                push.deliver(subject="fail")
            assert caught[0].line == 9

        def test_b(push):
            push.allow_errors()
            push.deliver(subject="fail")

        @pytest.mark.xfail(strict=True)
        def test_c(push):
            push.deliver(subject="fail")
        """
    ).assert_outcomes(passed=2, xfailed=1)


def test_with_pytests_own_options(run_pytest: RunPytest) -> None:
    """
    -x stops at the first failure, and --lf runs the variants again that failed.
    """
    test = """
        import pytest

        @pytest.mark.luahost(dialects=["documented", "2.3", "2.4"])
        def test_a(push, luahost_variant):
            push.deliver(subject="fail" if luahost_variant.dialect != "documented" else "Hi")
        """
    run_pytest(test, "-x").assert_outcomes(passed=1, failed=1)
    result = run_pytest(test, "--lf", "-v")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*::test_a[[]2.3-lua5.4] FAILED*"])


def test_with_xdist(run_pytest: RunPytest) -> None:
    """
    Under xdist reports are the same, and what workers measure is put together.
    """
    result = run_pytest(
        """
        import pytest

        @pytest.mark.luahost(dialects=["2.3", "2.4"])
        def test_a(push):
            push.deliver(subject="fail")
        """,
        "-n1",
        "--cov-lua",
    )

    result.assert_outcomes(failed=2)
    assert report(result, "test_a[2.4-lua5.4]")[1] == (
        "push.lua:9: dovecot_lua_notify_event_message_new failed: no such luck"
    )
    result.stdout.fnmatch_lines(["*--- what happened for bob ---*", "push.lua *70%*", "dialects: 2.3, 2.4"])


def test_nothing_is_imported_before_it_is_used(run_pytest: RunPytest) -> None:
    """
    In a project that has nothing to do with luahost, pytest imports the plugin and nothing else of it.
    """
    run_pytest(
        """
        import sys

        def test_a():
            watched = ("luahost", "lupa", "yaml", "h11")
            ours = {name for name in sys.modules if name.split(".")[0] in watched}
            ours = {name for name in ours if not name.startswith("luahost.testing.plugin")}
            assert ours == {"luahost", "luahost.testing"}
        """,
        script=None,
        inline=False,
    ).assert_outcomes(passed=1)


def test_a_long_story_has_its_end_only(run_pytest: RunPytest) -> None:
    """
    Of what happened the last two hundred lines are shown, and how many there were before.
    """
    result = run_pytest(
        """
        def test_a(push):
            for number in range(30):
                push.deliver(subject=str(number))
            push.deliver(subject="fail")
        """
    )

    lines = report(result)
    start = next(number for number, line in enumerate(lines) if "what happened for bob" in line)
    assert lines[start + 1].startswith("… ")
    assert lines[start + 1].endswith(" lines before")
    assert len(lines) - start == 202
    assert lines[-1] == "  call      dovecot_lua_notify_end_txn(ctx, true)"
