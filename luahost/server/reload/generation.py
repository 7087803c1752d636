"""
All that one reading of the configuration comes to, and what of it can take the place of another while the
server runs.
"""

from __future__ import annotations

import ssl

from luahost.config import Configuration
from luahost.config.serve_section import ServeSection
from luahost.dataclass import dataclass, fields, replace
from luahost.server.intake.tokens import Tokens
from luahost.server.reload.in_force import Term
from luahost.server.reload.kept_files import KeptFiles

LIVE = frozenset(
    {
        "token_file",
        "metrics_token_file",
        "max_body_bytes",
        "workers",
        "sessions",
        "session_idle_seconds",
        "lua",
        "limits",
        "egress",
        "retry",
        "scripts",
        "breaker",
        "signature",
        "expire_seconds",
        "keep_seconds",
        "drain_seconds",
        "stale_seconds",
        "watch",
        "watch_seconds",
    }
)
"""The settings of ``serve`` that can change while it runs. Any other takes effect at the next start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """
    A configuration with its scripts.

    Attributes:
        configuration: It.

        section: What it says about serving, but for what cannot change.

        tokens: Who may bring transactions; None if everybody who can connect.

        metrics_tokens: Who may see metrics, beside them.

        certificate: What meets clients, None without TLS.

        files: Its scripts, as they were read.

        term: Runs transactions with it.
    """

    configuration: Configuration
    section: ServeSection
    tokens: Tokens | None
    metrics_tokens: Tokens | None
    certificate: ssl.SSLContext | None
    files: KeptFiles
    term: Term


def own_files(configuration: Configuration) -> list[str]:
    """
    The files of a configuration that are no scripts.
    """
    section = configuration.serve
    if section is None:
        return [configuration.file]
    named = [section.token_file, section.metrics_token_file]
    if section.signature is not None:
        named.append(section.signature.secret_file)
    if section.tls is not None:
        named += [section.tls.certificate, section.tls.key]
    return [configuration.file, *(path for path in named if path is not None)]


def lasting(old: ServeSection, new: ServeSection) -> tuple[ServeSection, list[str]]:
    """
    A new section as far as it can take the place of an old one, and the settings in it that cannot.
    """
    names = [each.name for each in fields(ServeSection) if each.name not in LIVE]
    kept = {name: getattr(old, name) for name in names}
    if old.tls is not None and new.tls is not None:
        # Of TLS another certificate can.
        kept["tls"] = replace(new.tls, client_ca=old.tls.client_ca)
    told = {"told", *old.told}
    changed = [name for name in names if name not in told and getattr(new, name) != kept[name]]
    return replace(new, **kept), changed
