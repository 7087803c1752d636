"""
``luahost check``: what will break in a push script, before it does.

::

    report = luahost.check.check_file("push.lua", luahost.check.Options(dialects=("2.3", "2.4")))
    for finding in report.findings:
        print(finding.line, finding.rule, finding.message)

A script is parsed (``syntax/``), its values are followed (``meaning/``), and each rule (``rules/``) says
what it finds wrong for a dialect. What the rules know of Dovecot stands in ``facts.json``, which luahost's
own host is asked for. Nothing here prints.
"""

TYPE_CHECKING = False

if TYPE_CHECKING:
    from luahost.check.checker import Report as Report
    from luahost.check.checker import check_file as check_file
    from luahost.check.checker import check_text as check_text
    from luahost.check.finding import Finding as Finding
    from luahost.check.options import Options as Options

_WHERE = {
    "Finding": "luahost.check.finding",
    "Options": "luahost.check.options",
    "Report": "luahost.check.checker",
    "check_file": "luahost.check.checker",
    "check_text": "luahost.check.checker",
}

__all__ = [*_WHERE]


def __getattr__(name: str) -> object:
    if name not in _WHERE:
        raise AttributeError(f"luahost.check has no {name}")
    import importlib

    return getattr(importlib.import_module(_WHERE[name]), name)
