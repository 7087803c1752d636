"""
All rules, in the order of ``docs/rules.md``: loading, what Dovecot has, HTTP, what kills it, Lua.
"""

from __future__ import annotations

from luahost.check.rule import Rule
from luahost.check.rules.blocking_time import BlockingTime
from luahost.check.rules.content_type import ContentType
from luahost.check.rules.crashing_argument import CrashingArgument
from luahost.check.rules.dot_call import DotCall
from luahost.check.rules.event_user import EventUser
from luahost.check.rules.field_after_log import FieldAfterLog
from luahost.check.rules.files_and_commands import FilesAndCommands
from luahost.check.rules.flags_bitmask import FlagsBitmask
from luahost.check.rules.float_number import FloatNumber
from luahost.check.rules.host_name import HostName
from luahost.check.rules.http_option import HttpOption
from luahost.check.rules.http_option_value import HttpOptionValue
from luahost.check.rules.ignores_success import IgnoresSuccess
from luahost.check.rules.implicit_global import ImplicitGlobal
from luahost.check.rules.integer_field import IntegerField
from luahost.check.rules.kept_object import KeptObject
from luahost.check.rules.keywords_name import KeywordsName
from luahost.check.rules.mailbox_not_freed import MailboxNotFreed
from luahost.check.rules.metadata_unopened import MetadataUnopened
from luahost.check.rules.missing_function import MissingFunction
from luahost.check.rules.missing_module import MissingModule
from luahost.check.rules.no_timeout import NoTimeout
from luahost.check.rules.object_comparison import ObjectComparison
from luahost.check.rules.output_nowhere import OutputNowhere
from luahost.check.rules.passthrough_event import PassthroughEvent
from luahost.check.rules.plugin_getenv import PluginGetenv
from luahost.check.rules.process_exit import ProcessExit
from luahost.check.rules.python_name import PythonName
from luahost.check.rules.request_per_message import RequestPerMessage
from luahost.check.rules.request_reuse import RequestReuse
from luahost.check.rules.script_init_result import ScriptInitResult
from luahost.check.rules.secret_in_log import SecretInLog
from luahost.check.rules.shared_state import SharedState
from luahost.check.rules.status_division import StatusDivision
from luahost.check.rules.uncalled_handler import UncalledHandler
from luahost.check.rules.undefined_global import UndefinedGlobal
from luahost.check.rules.unknown_constant import UnknownConstant
from luahost.check.rules.unknown_field import UnknownField
from luahost.check.rules.unknown_method import UnknownMethod
from luahost.check.rules.unprotected_io import UnprotectedIo
from luahost.check.rules.unused_require import UnusedRequire
from luahost.check.rules.unused_status import UnusedStatus
from luahost.check.rules.use_after_free import UseAfterFree
from luahost.check.rules.var_expand import VarExpand

RULES: tuple[type[Rule], ...] = (
    MissingFunction,
    UncalledHandler,
    ScriptInitResult,
    MissingModule,
    UnusedRequire,
    PluginGetenv,
    UnknownMethod,
    UnknownField,
    UnknownConstant,
    DotCall,
    EventUser,
    FlagsBitmask,
    KeywordsName,
    FloatNumber,
    VarExpand,
    HttpOption,
    HttpOptionValue,
    HostName,
    NoTimeout,
    BlockingTime,
    RequestPerMessage,
    StatusDivision,
    IntegerField,
    FieldAfterLog,
    ContentType,
    SecretInLog,
    UnprotectedIo,
    SharedState,
    KeptObject,
    UseAfterFree,
    ObjectComparison,
    MetadataUnopened,
    RequestReuse,
    PassthroughEvent,
    CrashingArgument,
    ProcessExit,
    FilesAndCommands,
    MailboxNotFreed,
    UnusedStatus,
    UndefinedGlobal,
    PythonName,
    ImplicitGlobal,
    OutputNowhere,
    IgnoresSuccess,
)
"""Every rule."""
