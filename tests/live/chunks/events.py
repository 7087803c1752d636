"""
``dovecot.event`` and the methods of what it gives, in any order; log lines and named events come of it.
"""

from __future__ import annotations

from random import Random

from tests.live.chunks.words import argument, arguments, call, chunk, method, text, tried

METHODS: dict[str, tuple[str, ...]] = {
    "set_name": ("text",),
    "add_str": ("key", "text"),
    "add_int": ("key", "integer"),
    "add_timeval": ("key", "time"),
    "inc_int": ("key", "integer"),
    "append_log_prefix": ("text",),
    "replace_log_prefix": ("text",),
    "set_always_log_source": (),
    "set_forced_debug": (),
    "unset_forced_debug": (),
    "log_debug": ("text",),
    "log_info": ("text",),
    "log_warning": ("text",),
    "log_error": ("text",),
}
LOGS = [name for name in METHODS if name.startswith("log_")]
FIELDS = ["add_str", "add_int", "inc_int", "add_timeval", "set_name", "set_name"]
NAMES = ["e1", "e2", "e3"]


def step(rng: Random, name: str) -> str:
    """
    One call of a method of an event.
    """
    called = rng.choice([*METHODS, *LOGS, *FIELDS, *FIELDS])
    return method(rng, name, called, arguments(rng, METHODS[called]))


def made(rng: Random, name: str, before: list[str]) -> list[str]:
    """
    A new event, perhaps a child of one before.
    """
    parents = [*before, *before, "", ""]
    return [f"local {name} = dovecot.event({rng.choice(parents)})"]


def passthrough(rng: Random, parent: str) -> list[str]:
    """
    One of these: whatever is done with it, at last it is logged, as it has to be.
    """
    quiet = [name for name in METHODS if not name.startswith("log_")]
    calls = [rng.choice([*quiet, *FIELDS]) for _ in range(rng.randrange(4))]
    return [
        f"local p = {parent}:passthrough_event()",
        *(method(rng, "p", name, arguments(rng, METHODS[name])) for name in calls),
        f"try(function() return all(p:{rng.choice(LOGS)}({text(rng)})) end)",
    ]


LOOKS = [
    "return tostring(@), type(@), #@",
    "return members(@), members(getmetatable(@)), getmetatable(@).__name",
    "return @ == @, rawequal(@, @:set_name('n')), @ == nil, @ == 5",
    "@.mine = 5 return @.mine, @.nosuch, @[1]",
    "return @ .. 'x'",
    "return @ + 1",
    "return @()",
    "return @ < @",
    "return @:nosuch()",
    "local n = 0 for k, v in pairs(@) do n = n + 1 end return n",
]


def event_chunk(rng: Random) -> str:
    """
    Up to three events and some calls of their methods.
    """
    statements: list[str] = []
    names: list[str] = []
    for name in NAMES[: rng.choice([1, 1, 2, 3])]:
        statements += made(rng, name, names)
        names.append(name)
    for _ in range(rng.choice([1, 2, 3, 5, 8])):
        drawn = rng.random()
        if drawn < 0.06:
            statements.append("do " + " ".join(passthrough(rng, rng.choice(names))) + " end")
        elif drawn < 0.12:
            statements.append(tried(rng.choice(LOOKS).replace("@", rng.choice(names))))
        elif drawn < 0.14:
            odd = rng.choice(["nil", "5", "'x'", "true", "print", f"{names[0]}, {names[0]}"])
            statements.append(call(rng, "dovecot.event", [odd]))
        elif drawn < 0.16:
            extra = argument(rng, "any")
            statements.append(call(rng, f"{names[0]}.set_always_log_source", [names[0], extra]))
        else:
            statements.append(step(rng, rng.choice(names)))
    return chunk(*statements)
