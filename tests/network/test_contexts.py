"""
TLS contexts: made once, and again for a certificate that has been renewed.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from luahost.errors import EndpointError
from luahost.network.contexts import TlsContexts
from luahost.tls import Tls
from tests.certificates import self_signed


def test_a_setting_has_one_context() -> None:
    """
    Equal settings share it, and others do not.
    """
    contexts = TlsContexts()
    careless = contexts.of(Tls(verify=False))

    assert contexts.of(Tls(verify=False)) is careless
    assert contexts.of(Tls(verify=False, protocol="tlsv1_3")) is not careless


@pytest.mark.needs("openssl")
def test_a_renewed_file_is_read_again(tmp_path: Path) -> None:
    """
    A server does not trust for months what its operator has replaced.
    """
    file = self_signed(tmp_path / "authority.pem", "DNS:localhost")
    contexts = TlsContexts()
    first = contexts.of(Tls(cafile=str(file)))

    assert contexts.of(Tls(cafile=str(file))) is first
    os.utime(file, ns=(1, 1))
    assert contexts.of(Tls(cafile=str(file))) is not first
    file.unlink()
    with pytest.raises(EndpointError, match="No such file"):
        contexts.of(Tls(cafile=str(file)))
