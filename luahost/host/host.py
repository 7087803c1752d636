"""
``Host``: a script or a list of drivers, with all that is chosen once for every session.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, get_args

from luahost import dialects
from luahost.clock import SYSTEM_CLOCK, Clock
from luahost.coverage_seam import CoverageSeam
from luahost.dataclass import dataclass
from luahost.drivers import DriverEntry
from luahost.effects import Effect
from luahost.egress_policy import EgressPolicy, PolicyName, policy_of
from luahost.errors import UsageError
from luahost.exchange import Way
from luahost.host.session import Session
from luahost.runtime import (
    CRASHABLE,
    DEFAULT_LUA,
    LUA_VERSIONS,
    NO_LIMITS,
    REAL_FILES,
    Limits,
    LuaState,
    ScriptFiles,
    ScriptPolicy,
)
from luahost.runtime.controlled import check_seed
from luahost.store import MailUser, MemoryStore

if TYPE_CHECKING:
    from luahost.lookup import Resolver
    from luahost.network import Network


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Inside:
    """
    The seams of a host that runs in a locked-down process: what it needs of the machine it asks another
    process for, which has also checked what is to be checked before a session.

    Attributes:
        way: The way out for HTTP.

        state: The kind of Lua state.
    """

    way: Way
    state: type[LuaState]


_LIMITS = Limits()
"""The defaults."""


class Host:
    """
    A push script, or several drivers, and the way to run them.

    Args:
        script: Path of the Lua file; the one driver then is the Lua driver with this script.

        drivers: Instead of a script: the list of drivers. Each Lua driver has a state of its own, even if
            two name the same script.

        mail_lua_script: Path of the mail-lua plugin's script, None if the plugin is not loaded.

        mail_lua_settings: What its ``script_init`` gets in 2.4; None: ``settings``.

        settings: Plugin settings, what ``user:plugin_getenv`` answers and, in 2.4, ``script_init`` gets.

        dialect: What the script sees, a key of ``luahost.DIALECTS``.

        lua: The Lua version, a key of ``luahost.LUA_VERSIONS``.

        http: Where requests may go: a policy, or the name of one. ``live`` sends them anywhere, ``server``
            only to public hosts, ``deny`` nowhere; the script of a refused one hears that nothing listens.

        resolver: Who says which addresses a name has, for policies that mind; see ``luahost.lookup``.

        network: What carries the requests, in the place of the machine's network:
            :class:`luahost.testing.Endpoint`, or what else is like :class:`luahost.network.Network`.

        clock: What scripts and drivers take for the time, in the place of the machine's:
            :class:`luahost.testing.ManualClock`, or another :class:`luahost.clock.Clock`.

        seed: What ``math.random`` begins with in every Lua state, a whole number, so that each run draws the
            same numbers, under each Lua version; None for the Lua version's own way.

        debug: Write Dovecot's debug lines too.

        folders: Where ``require`` looks after the script's own folder.

        files: What reads scripts and modules; the machine's files, unless told otherwise.

        policy: What of Lua's libraries the script gets: ``sandboxed``, or all that ``dovecot`` gives, to
            scripts that are trusted.

        trusted: Whether to run the script under a Lua that a script can crash, 5.1 or LuaJIT.

        limits: How much a sandboxed script may use; the defaults of :class:`luahost.Limits`, unless told
            otherwise.

        isolate: Whether each Lua state lives in a process of its own, which is locked down and can be
            killed; see ``docs/sandbox.md``. Linux only, and for the policy ``sandboxed`` only.

        listener: Hears of each effect as it happens.

        coverage: Collects which lines of the scripts run: a :class:`luahost.testing.coverage.Coverage`.

        inside: What stands in the place of the machine for a host that is itself in a locked-down process:
            :class:`Inside`.

    Raises:
        UsageError: There is no such dialect, Lua version, HTTP policy or policy; or both a script and
            drivers, or neither; or both a resolver and a network; or the seed is no whole number; or 2.4
            would not start with these drivers.
    """

    def __init__(
        self,
        script: str | os.PathLike[str] | None = None,
        *,
        drivers: Sequence[DriverEntry] | None = None,
        mail_lua_script: str | os.PathLike[str] | None = None,
        mail_lua_settings: Mapping[str, str] | None = None,
        settings: Mapping[str, str] | None = None,
        dialect: str = dialects.DEFAULT_DIALECT,
        lua: str = DEFAULT_LUA,
        http: EgressPolicy | PolicyName = "live",
        resolver: Resolver | None = None,
        network: Network | None = None,
        clock: Clock = SYSTEM_CLOCK,
        seed: int | None = None,
        debug: bool = False,
        folders: Sequence[str] = (),
        files: ScriptFiles = REAL_FILES,
        policy: ScriptPolicy = "sandboxed",
        trusted: bool = False,
        limits: Limits | None = None,
        isolate: bool = False,
        listener: Callable[[Effect], None] | None = None,
        coverage: CoverageSeam | None = None,
        inside: Inside | None = None,
    ) -> None:
        if (script is None) is (drivers is None):
            raise UsageError("a host takes a script or drivers, one of the two")
        self.settings = dict(settings or {})
        for name, value in self.settings.items():
            if not isinstance(value, str):
                raise UsageError(f"the setting {name} is text, not {value!r}")
        self.dialect = dialects.dialect(dialect)
        if lua not in LUA_VERSIONS:
            raise UsageError(f"no Lua {lua}; there are {', '.join(LUA_VERSIONS)}")
        self.lua = lua
        self.http = policy_of(http)
        if resolver is not None and network is not None:
            raise UsageError("a network looks names up itself; give a resolver or a network, not both")
        self.resolver = resolver
        self.network = network
        self.clock = clock
        if seed is not None:
            check_seed(seed)
        self.seed = seed
        self.debug = debug
        if isinstance(folders, str | bytes):
            raise UsageError(f"folders are a list, such as {[folders]!r}")
        self.folders = list(folders)
        self.files = files
        if policy not in get_args(ScriptPolicy):
            raise UsageError(f"no policy {policy}; there are {', '.join(get_args(ScriptPolicy))}")
        self.policy: ScriptPolicy = policy
        if policy == "dovecot" and limits is not None:
            raise UsageError("limits hold for sandboxed scripts; under the policy dovecot there are none")
        if lua in CRASHABLE and policy != "dovecot" and not (trusted or isolate or inside):
            raise UsageError(
                f"a script can crash Lua {lua}, and with it this process; give it a process of its own "
                "(isolate=True, or --isolate) or, if you trust the script, say so (trusted=True, --trusted)"
            )
        self.limits = NO_LIMITS if policy == "dovecot" else limits or _LIMITS
        if isolate and policy == "dovecot":
            raise UsageError("the policy dovecot gives scripts files and processes; isolated, they have none")
        self.isolate = isolate
        self.inside = inside
        self.coverage = coverage
        self.listener = listener if coverage is None else coverage.hearing(listener, dialect=dialect)
        self.mail_lua_script = None if mail_lua_script is None else os.fspath(mail_lua_script)
        self.mail_lua_settings = self.settings if mail_lua_settings is None else dict(mail_lua_settings)
        if script is not None:
            drivers = [DriverEntry(name="lua", options={"file": os.fspath(script)}, only_file=True)]
        elif self.dialect.scripts_checked_at_start and inside is None:
            from luahost.drivers.start_checks import check_ox, check_scripts

            check_scripts(drivers or (), self.mail_lua_script, files)
            check_ox(drivers or (), self.dialect)
        self.drivers = tuple(drivers or ())

    def session(self, user: MailUser | str, *, store: MemoryStore | None = None) -> Session:
        """
        A session of this user; a context manager that loads the script and lets it go.
        """
        if isinstance(user, str):
            user = MailUser(user, session_create_time=int(self.clock.time()))
        return Session(self, user, store or MemoryStore())
