"""
The name of a mailbox in storage: modified UTF-7 (RFC 3501 section 5.1.3), levels split by ``.``, as
in Dovecot's Maildir++ layout.
"""

from __future__ import annotations

import base64
import re

_NOT_ASCII = re.compile(r"[^\x20-\x7e]+")


def storage_name(vname: str) -> str:
    """
    ``Work/Päiv`` → ``Work.P&AOQ-iv``.
    """
    return _NOT_ASCII.sub(_shifted, vname.replace("&", "&-")).replace("/", ".")


def _shifted(found: re.Match[str]) -> str:
    encoded = base64.b64encode(found[0].encode("utf-16-be")).decode("ascii")
    return "&" + encoded.rstrip("=").replace("/", ",") + "-"
