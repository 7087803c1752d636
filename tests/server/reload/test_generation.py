"""
What of a new configuration can take the place of the old one.
"""

from __future__ import annotations

from dataclasses import fields, replace

from luahost.config.retry_section import RetrySection
from luahost.config.serve_section import Listen, ServerTls, ServeSection
from luahost.server.reload import lasting
from luahost.server.reload.generation import LIVE

OLD = ServeSection(spool="a.db", listen=Listen(path="s"), tls=ServerTls(certificate="a", client_ca="ca"))


def test_settings_that_can_change() -> None:
    """
    Retries and tokens change; place, spool and clients' authorities stay, and are named.
    """
    new = replace(
        OLD,
        spool="b.db",
        listen=None,
        running=1,
        token_file="tokens",
        retry=RetrySection(attempts=2),
        tls=ServerTls(certificate="b", key="k", client_ca="others"),
    )

    section, changed = lasting(OLD, new)

    assert changed == ["listen", "spool", "tls", "running"]
    assert (section.spool, section.listen, section.running) == ("a.db", OLD.listen, OLD.running)
    assert (section.token_file, section.retry.attempts) == ("tokens", 2)
    assert section.tls == ServerTls(certificate="b", key="k", client_ca="ca")


def test_tls_comes_and_goes_with_a_start() -> None:
    """
    A server without it goes on without, and one with it goes on with it.
    """
    plain = replace(OLD, tls=None)

    assert lasting(OLD, plain) == (OLD, ["tls"])
    assert lasting(plain, OLD) == (plain, ["tls"])


def test_the_settings_are_there() -> None:
    """
    What is said to be live is a setting.
    """
    assert {each.name for each in fields(ServeSection)} >= LIVE
