"""
The plugin's fixtures and its marker, in runs of pytest.
"""

from __future__ import annotations

import pytest

from tests.testing.plugin.conftest import RunPytest

pytest_plugins = ["pytester"]


def test_a_first_test(run_pytest: RunPytest) -> None:
    """
    A test beside its script needs no more than ``push``.
    """
    result = run_pytest(
        """
        def test_logs_the_subject(push):
            push.deliver(subject="Hi", from_="Alice <alice@example.org>")

            assert [log.text for log in push.logs] == ["new: Hi"]
        """
    )

    result.assert_outcomes(passed=1)


def test_variants(run_pytest: RunPytest) -> None:
    """
    A test is run once for each dialect and Lua that its marker names, under ids that say which.
    """
    result = run_pytest(
        """
        import pytest

        @pytest.mark.luahost(dialects="all", lua=["5.3", "5.4"])
        def test_a(push):
            push.deliver(subject="Hi")
            assert push.session.host.lua in ("5.3", "5.4")

        def test_b(push):
            push.deliver()

        def test_c():
            pass
        """,
        "-v",
    )

    result.assert_outcomes(passed=8)
    found = [line.split(" ")[0].partition("::")[2] for line in result.outlines if "PASSED" in line]
    assert found == [
        "test_a[documented-lua5.3]",
        "test_a[documented-lua5.4]",
        "test_a[2.3-lua5.3]",
        "test_a[2.3-lua5.4]",
        "test_a[2.4-lua5.3]",
        "test_a[2.4-lua5.4]",
        "test_b",
        "test_c",
    ]


def test_the_command_line_chooses_variants(run_pytest: RunPytest) -> None:
    """
    Dialects and Luas of the command line take the place of those that tests name, and -k selects by them.
    """
    test = """
        import pytest

        @pytest.mark.luahost(dialects="2.3")
        def test_a(push):
            assert push.session.host.dialect.name != "2.3"
        """
    options = ["--luahost-dialect", "2.4", "--luahost-dialect", "documented", "--luahost-lua", "luajit"]
    result = run_pytest(test, *options, "--luahost-isolate", "-v", "-k", "documented")

    result.assert_outcomes(passed=1, deselected=1)
    result.stdout.fnmatch_lines(["*::test_a[[]documented-luajit] PASSED*"])


def test_markers_are_put_together(run_pytest: RunPytest) -> None:
    """
    What a test's marker leaves out is said by those of its class and file, settings one by one.
    """
    result = run_pytest(
        """
        import pytest
        from luahost.sources import MailboxState

        pytestmark = pytest.mark.luahost("other.lua", settings={"a": "1", "b": "1"}, user="alice")

        @pytest.mark.luahost(settings={"b": "2"})
        class TestIt:
            @pytest.mark.luahost(settings={"c": "3"}, mailboxes={"Work": MailboxState(uid_validity=9)})
            def test_a(self, push, lua_script, mailstore):
                assert push.session.host.settings == {"a": "1", "b": "2", "c": "3"}
                assert push.session.user.username == "alice"
                assert push.script == str(lua_script) == "other.lua"
                assert mailstore.status("alice", "Work").uid_validity == 9
        """,
        script=None,
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*the marker luahost names a script that is not there: no *other.lua*"])


def test_sessions_share_the_mail_store(run_pytest: RunPytest) -> None:
    """
    ``make_push`` opens further sessions, each of which is judged; all are closed at the test's end.
    """
    result = run_pytest(
        """
        def test_two(push, make_push, mailstore):
            push.deliver()
            again = make_push(settings={"a": "b"})
            again.deliver()
            assert mailstore.status("bob", "INBOX").messages == 2
            assert again.session.host.settings != push.session.host.settings

        def test_judged(make_push):
            make_push(user="carol").deliver(subject="fail")
        """
    )

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*what happened for carol*"])


def test_mistakes(run_pytest: RunPytest) -> None:
    """
    A marker that cannot be heeded says what is wrong with it, without a traceback.
    """
    result = run_pytest(
        """
        import pytest

        @pytest.mark.luahost("nowhere.lua")
        def test_a(push): pass

        @pytest.mark.luahost(settings={"a": 1})
        def test_b(push): pass

        @pytest.mark.luahost(lua="luajit")
        def test_c(push): pass

        @pytest.mark.luahost(mailboxes="INBOX")
        def test_d(push): pass

        @pytest.mark.luahost(user=5)
        def test_e(push): pass

        @pytest.mark.luahost(limits={"calls": 5})
        def test_f(push): pass
        """
    )

    result.assert_outcomes(errors=6)
    result.stdout.fnmatch_lines(
        [
            "test_push.py::test_a: the marker luahost names a script that is not there: no */nowhere.lua",
            "test_push.py::test_b: the setting a is text, not 1",
            "test_push.py::test_c*: a script can crash Lua luajit, *",
            "test_push.py::test_d: mailboxes are a list of names or a mapping, not 'INBOX'",
            "test_push.py::test_e: the user is a name or a MailUser, not 5",
            "test_push.py::test_f: there is no limit 'calls'; there are call_seconds, *",
        ]
    )
    result.stdout.no_fnmatch_line("*luahost/testing*")
    result.stdout.no_fnmatch_line("During handling*")


def test_mistakes_in_the_choice_of_variants(run_pytest: RunPytest, pytester: pytest.Pytester) -> None:
    """
    What says how often a test is run is looked at when tests are collected.
    """
    complaints = {
        "dialects=[]": "the marker luahost names no dialect, so nothing would be run",
        "dialects=['2.5']": "no dialect 2.5; there are documented, 2.3, 2.4, and all",
        "lua='6'": "no Lua 6; there are 5.1, *",
        "dialects=5": "dialect 5 is neither a name nor a list of names",
        "settings='a=b'": "the settings of the marker luahost are a mapping of text",
        "color='red'": "the marker luahost knows no color; it knows script, *",
        "'a', 'b'": "the marker luahost takes one script",
    }
    for number, marker in enumerate(complaints):
        test = f"import pytest\n@pytest.mark.luahost({marker})\ndef test_a(push): pass"
        pytester.makepyfile(**{f"test_{number}": test})
    result = run_pytest("")

    result.assert_outcomes(errors=len(complaints))
    result.stdout.fnmatch_lines(
        [f"test_{number}.py::test_a: {words}" for number, words in enumerate(complaints.values())]
    )
    result.stdout.no_fnmatch_line("*luahost/testing*")


def test_a_session_that_is_asked_for_late(run_pytest: RunPytest) -> None:
    """
    By ``request.getfixturevalue`` a test gets its one variant; for several it is too late then.
    """
    result = run_pytest(
        """
        import pytest

        @pytest.mark.luahost(dialects="2.3")
        def test_a(request):
            assert request.getfixturevalue("push").session.host.dialect.name == "2.3"

        @pytest.mark.luahost(dialects="all")
        def test_b(request):
            request.getfixturevalue("push")
        """
    )

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*::test_b: to run in several variants a test has luahost_variant *"])


def test_which_script(run_pytest: RunPytest, pytester: pytest.Pytester) -> None:
    """
    The script that a file is named for goes before that of the configuration, and the command line before
    all; without any of them the test says what to do.
    """
    test = """
        def test_a(lua_script):
            assert lua_script.name == {!r}
        """
    result = run_pytest(test.format("x"), script=None)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*::test_a: which script? Name it, @pytest.mark.luahost('push.lua')*"])

    pytester.mkdir("lua").joinpath("default.lua").touch()
    options = ["-o", "luahost_script=lua/default.lua"]
    run_pytest(test.format("default.lua"), *options, script=None).assert_outcomes(passed=1)

    pytester.makeini("[pytest]\nluahost_script = lua/default.lua\n")
    pytester.makepyfile(test_other=test.format("default.lua"))
    run_pytest(test.format("push.lua")).assert_outcomes(passed=2)
    run_pytest(test.format("default.lua"), "--luahost-script", "lua/default.lua").assert_outcomes(passed=2)


def test_several_scripts(run_pytest: RunPytest, pytester: pytest.Pytester) -> None:
    """
    A parameter names the script, before the marker does.
    """
    pytester.path.joinpath("new.lua").touch()
    result = run_pytest(
        """
        import pytest

        @pytest.mark.luahost("gone.lua")
        @pytest.mark.parametrize("lua_script", ["push.lua", "new.lua", "none.lua"], indirect=True)
        def test_a(push, lua_script):
            assert push.script == str(lua_script)
        """,
        "-v",
    )

    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(
        [
            "*::test_a[[]new.lua] PASSED*",
            "*none.lua]: the parameter lua_script names a script that is not there:*",
        ]
    )


def test_a_script_of_a_fixture(run_pytest: RunPytest) -> None:
    """
    A fixture of the user's own may make the script.
    """
    run_pytest(
        """
        import pytest

        @pytest.fixture
        def lua_script(tmp_path):
            path = tmp_path / "made.lua"
            path.write_text("function dovecot_lua_notify_begin_txn() return 1 end")
            return path

        def test_a(push):
            assert push.script.endswith("made.lua")
        """,
        script=None,
    ).assert_outcomes(passed=1)
