"""
Certificates for endpoints of tests, made by openssl; mark those tests with ``needs("openssl")``.
"""

from __future__ import annotations

import subprocess
from pathlib import Path


def self_signed(file: Path, name: str) -> Path:
    """
    Write a certificate, signed by itself, and its key into one file.

    Args:
        file: Where they go.

        name: Whose it is, as ``subjectAltName`` has it: ``DNS:localhost``, ``IP:127.0.0.1``.
    """
    certificate = file.with_suffix(".crt")
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1")
    subject = ("-subj", "/CN=luahost test", "-addext", f"subjectAltName={name}", "-days", "2")
    command = ["openssl", "req", "-x509", *curve, "-nodes", *subject]
    command += ["-keyout", str(file), "-out", str(certificate)]
    subprocess.run(command, capture_output=True, check=True)
    file.write_bytes(file.read_bytes() + certificate.read_bytes())
    return file
