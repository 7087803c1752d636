"""
The shim that hands a Dovecot's transactions to the server.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from luahost.config.serve_section import Listen, ServerTls, ServeSection
from luahost.doctor import Check, Who
from luahost.doctor.dovecot.installed import installed_checks
from luahost.doctor.dovecot.shim import ShimSettings, beside, is_compiled, leads_to, shim_checks, shim_of
from luahost.sources.shim import Shim, compiled_shim

URL = "http://127.0.0.1:8025/v1/transactions"
TOKEN = "0123456789abcdef"


def checks(mail: Who, *, url: str = URL, spool_dir: str | None = None, **more: Any) -> dict[str, Check]:
    """
    What is said of a shim, by name.
    """
    token_file = more.pop("shim_token", None)
    section = ServeSection(listen=Listen(host="127.0.0.1", port=8025), spool="spool.db", **more)
    shim = ShimSettings(url=url, spool_dir=spool_dir, token_file=token_file)
    return {check.name: check for check in shim_checks(shim, section, mail)}


def test_what_it_was_made_with(folder: Path) -> None:
    """
    Its head says; another script is no shim.
    """
    file = folder / "shim.lua"
    spool = 'local SPOOL_DIR = "/a\\098"'
    lines = [f'local URL = "{URL}"', spool, "local TOKEN_FILE = nil", '"luahost_transaction":']
    file.write_text("\n".join(lines))
    (folder / "push.lua").write_text(f'local URL = "{URL}"\n')

    assert shim_of(str(file)) == ShimSettings(url=URL, spool_dir="/ab", token_file=None)
    assert shim_of(str(folder / "push.lua")) is None
    assert shim_of(str(folder / "none.lua")) is None
    assert not is_compiled(str(file))
    file.write_bytes(b"\x1bLua" + file.read_bytes())
    assert is_compiled(str(file))


def install(folder: Path) -> Path:
    """
    A shim as ``luahost shim --install`` puts it into a folder; answers the script.
    """
    script = folder / "luahost-shim.lua"
    made = Shim(dialect="2.3", spool_dir=str(folder), files=True).installed(str(script))
    (folder / "luahost-shim").mkdir()
    for path, content in made.items():
        Path(path).write_bytes(content)
    return script


BESIDE: dict[str, tuple[dict[str, bytes | None], str, str]] = {
    "as it was made": ({}, "ok", "compiled for Lua 5.3 and 5.4"),
    "nothing is there": (
        dict.fromkeys(("source.lua", "5.3.luac", "5.4.luac")),
        "fail",
        "Dovecot pushes nothing",
    ),
    "no source": ({"source.lua": None}, "warn", "only what is compiled runs"),
    "not compiled for one": ({"5.4.luac": None}, "warn", "with that Lua each delivery compiles"),
    "compiled of something else": ({"5.3.luac": b"\x1bLua"}, "warn", "5.3.luac in "),
    "another luahost's": (
        {"source.lua": b"", "5.3.luac": compiled_shim(b"", "5.3"), "5.4.luac": compiled_shim(b"", "5.4")},
        "warn",
        "is another luahost's",
    ),
}


@pytest.mark.parametrize("case", BESIDE)
def test_what_is_beside_the_script(folder: Path, case: str) -> None:
    """
    What is missing there, or is of another time, is told with what that costs; another script has none.
    """
    changes, state, words = BESIDE[case]
    beside_it = beside(str(install(folder)))
    assert beside_it == str(folder / "luahost-shim")
    for name, content in changes.items():
        path = folder / "luahost-shim" / name
        path.unlink()
        if content is not None:
            path.write_bytes(content)

    (check,) = installed_checks(beside_it, Who.myself())

    assert (check.state, words in check.detail) == (state, True)
    assert beside(str(folder / "luahost-shim" / "source.lua")) is None


def test_one_that_leaves_files(folder: Path) -> None:
    """
    It leads nowhere and needs no token, and somebody has to take its files.
    """
    file = install(folder)
    settings = shim_of(str(file))

    assert settings == ShimSettings(url=None, spool_dir=str(folder), token_file=None)
    for pickup, states in ((str(folder), ["ok", "ok"]), (None, ["ok", "fail"])):
        section = ServeSection(
            listen=Listen(host="127.0.0.1", port=8025), spool="spool.db", token_file="t", pickup=pickup
        )
        assert [check.state for check in shim_checks(settings, section, Who.myself())] == states


@pytest.mark.parametrize(
    ("url", "listen", "leads"),
    [
        (URL, Listen(host="127.0.0.1", port=8025), True),
        (URL, Listen(host="localhost", port=8025), True),
        (URL, Listen(host="0.0.0.0", port=8025), True),
        (URL, Listen(host="127.0.0.1", port=8026), False),
        (URL, Listen(host="192.0.2.1", port=8025), False),
        (URL, Listen(path="/run/s"), False),
        ("/run/s", Listen(path="/run/s"), True),
        ("/run/t", Listen(path="/run/s"), False),
    ],
)
def test_where_it_leads(url: str, listen: Listen, leads: bool) -> None:
    """
    It has to bring transactions to where the server listens.
    """
    assert leads_to(url, listen) is leads


def test_a_good_one(folder: Path) -> None:
    """
    It leads there, has a token that the server takes, and a place for what the server does not take.
    """
    token, spool = folder / "token", folder / "spool"
    token.write_text(TOKEN + "\n")
    spool.mkdir()
    found = checks(
        Who.myself(), spool_dir=str(spool), pickup=f"{spool}/", shim_token=str(token), token_file=str(token)
    )

    assert [check.state for check in found.values()] == ["ok", "ok", "ok"]


def test_tls_on_one_side_only(stranger: Who) -> None:
    """
    A server that speaks TLS understands no shim that does not, nor the other way round.
    """
    tls = ServerTls(certificate="server.pem")
    secured = URL.replace("http:", "https:")
    states = [
        checks(stranger, url=url, tls=each)["shim"].state for url in (URL, secured) for each in (None, tls)
    ]

    assert states == ["ok", "fail", "fail", "ok"]
    assert "the server speaks TLS" in checks(stranger, tls=tls)["shim"].detail


def test_elsewhere(stranger: Who) -> None:
    """
    One that leads elsewhere, and has no place for what is not taken, is worth a look.
    """
    found = checks(stranger, url="http://127.0.0.1:9999/v1/transactions")

    assert (found["shim"].state, found["shim's spool"].state) == ("warn", "warn")


def test_tokens(folder: Path, stranger: Who) -> None:
    """
    A token that is missing, that mail processes may not read, or that the server does not take, is broken.
    """
    token, other = folder / "token", folder / "other"
    token.write_text(TOKEN)
    other.write_text("another-token-entirely")
    os.chmod(token, 0o600)
    found = [
        checks(Who.myself(), token_file=str(token)),
        checks(stranger, token_file=str(token), shim_token=str(token)),
        checks(Who.myself(), token_file=str(other), shim_token=str(token)),
    ]

    assert [each["shim's token"].state for each in found] == ["fail", "fail", "fail"]
    assert "stranger may not read" in found[1]["shim's token"].detail
    assert not any(TOKEN in each["shim's token"].detail for each in found)


def test_a_spool_that_nobody_fetches(folder: Path) -> None:
    """
    What the shim leaves somewhere has to be fetched from there.
    """
    spool = str(folder / "spool")
    elsewhere = checks(Who.myself(), spool_dir=spool, pickup=str(folder))["shim's spool"]
    nowhere = checks(Who.myself(), spool_dir=spool)["shim's spool"]

    assert (elsewhere.state, nowhere.state) == ("fail", "fail")
    assert f"pickup: {spool}" in nowhere.advice
