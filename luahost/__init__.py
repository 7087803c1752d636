"""
luahost runs Dovecot's Lua push-notification scripts outside Dovecot.

::

    host = luahost.Host("scripts/notify_simple.lua", settings={"push_lua_url": url})
    with host.session(MailUser("bob")) as session:
        with session.transaction() as txn:      # begin_txn at the first event, as in Dovecot
            txn.notify(MessageNew(mailbox="INBOX", uid=1, uid_validity=7, subject="Hi"))
        session.effects                         # everything that happened, in order

The names below are the public API. They are imported at first use, so that ``luahost --version``
costs no more than Python itself.
"""

__version__ = "0.1.0"

# Type checkers know the name; importing it from typing would double the time of `luahost --version`.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from luahost.config import read_configuration as read_configuration
    from luahost.dialects import DIALECTS as DIALECTS
    from luahost.drivers import DriverEntry as DriverEntry
    from luahost.effects import Effect as Effect
    from luahost.effects import Effects as Effects
    from luahost.egress_policy import EgressPolicy as EgressPolicy
    from luahost.errors import EndpointError as EndpointError
    from luahost.errors import InputError as InputError
    from luahost.errors import LuahostError as LuahostError
    from luahost.errors import ScriptError as ScriptError
    from luahost.errors import ScriptLimitError as ScriptLimitError
    from luahost.errors import ScriptLoadError as ScriptLoadError
    from luahost.errors import UsageError as UsageError
    from luahost.events import EVENTS as EVENTS
    from luahost.events import Event as Event
    from luahost.events import FlagsClear as FlagsClear
    from luahost.events import FlagsSet as FlagsSet
    from luahost.events import MailboxCreate as MailboxCreate
    from luahost.events import MailboxDelete as MailboxDelete
    from luahost.events import MailboxRename as MailboxRename
    from luahost.events import MailboxSubscribe as MailboxSubscribe
    from luahost.events import MailboxUnsubscribe as MailboxUnsubscribe
    from luahost.events import MessageAppend as MessageAppend
    from luahost.events import MessageExpunge as MessageExpunge
    from luahost.events import MessageNew as MessageNew
    from luahost.events import MessageRead as MessageRead
    from luahost.events import MessageTrash as MessageTrash
    from luahost.host import Host as Host
    from luahost.host import Session as Session
    from luahost.message import MessageFields as MessageFields
    from luahost.runtime import LUA_VERSIONS as LUA_VERSIONS
    from luahost.runtime import Limits as Limits
    from luahost.store import MailUser as MailUser
    from luahost.store import MemoryMetadata as MemoryMetadata
    from luahost.store import MemoryStore as MemoryStore
    from luahost.store import MetadataStore as MetadataStore
    from luahost.store.metadata_sqlite import SqliteMetadata as SqliteMetadata
    from luahost.transaction import Transaction as Transaction

_WHERE = {
    "luahost.config": ("read_configuration",),
    "luahost.host": ("Host", "Session"),
    "luahost.transaction": ("Transaction",),
    "luahost.drivers": ("DriverEntry",),
    "luahost.store": ("MailUser", "MemoryMetadata", "MemoryStore", "MetadataStore"),
    "luahost.store.metadata_sqlite": ("SqliteMetadata",),
    "luahost.events": (
        "EVENTS",
        "Event",
        "FlagsClear",
        "FlagsSet",
        "MailboxCreate",
        "MailboxDelete",
        "MailboxRename",
        "MailboxSubscribe",
        "MailboxUnsubscribe",
        "MessageAppend",
        "MessageExpunge",
        "MessageNew",
        "MessageRead",
        "MessageTrash",
    ),
    "luahost.message": ("MessageFields",),
    "luahost.effects": ("Effect", "Effects"),
    "luahost.egress_policy": ("EgressPolicy",),
    "luahost.errors": (
        "EndpointError",
        "InputError",
        "LuahostError",
        "ScriptError",
        "ScriptLimitError",
        "ScriptLoadError",
        "UsageError",
    ),
    "luahost.dialects": ("DIALECTS",),
    "luahost.runtime": ("LUA_VERSIONS", "Limits"),
}

_MODULE_OF = {name: module for module, names in _WHERE.items() for name in names}

__all__ = [*_MODULE_OF]


def __getattr__(name: str) -> object:
    if name not in _MODULE_OF:
        raise AttributeError(f"luahost has no {name}")
    import importlib

    return getattr(importlib.import_module(_MODULE_OF[name]), name)
