"""
Until when a certificate is good.
"""

from __future__ import annotations

import time
from pathlib import Path

from luahost.config.serve_section import ServerTls
from luahost.doctor.certificates import DAY_SECONDS, own_certificate_checks
from luahost.testing import ManualClock
from tests.certificates import self_signed
from tests.debian import needs


@needs("openssl")
def test_dates(tmp_path: Path) -> None:
    """
    A certificate that is good for long is fine, one that ends soon a warning, one that has ended is broken.
    """
    tls = ServerTls(certificate=str(self_signed(tmp_path / "own.pem", "DNS:localhost")))
    now = time.time()

    def state(days: float) -> str:
        [check] = own_certificate_checks(tls, ManualClock(now + days * DAY_SECONDS))
        return check.state

    # It is made for two days.
    assert [state(-30), state(0), state(3)] == ["ok", "warn", "fail"]


@needs("openssl")
def test_files_that_do_not_fit(tmp_path: Path) -> None:
    """
    A key of another certificate, and files that are none, are broken with OpenSSL's reason.
    """
    own = self_signed(tmp_path / "own.pem", "DNS:localhost")
    other = self_signed(tmp_path / "other.pem", "DNS:localhost")
    (tmp_path / "none.pem").touch()

    [key] = own_certificate_checks(ServerTls(certificate=str(own), key=str(other)))
    [none] = own_certificate_checks(ServerTls(certificate=str(tmp_path / "none.pem")))
    [_, clients] = own_certificate_checks(
        ServerTls(certificate=str(own), client_ca=str(tmp_path / "none.pem"))
    )

    assert (key.state, key.detail) == ("fail", "key values mismatch")
    assert (none.state, clients.state) == ("fail", "fail")
