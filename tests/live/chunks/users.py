"""
``mail_user``: its fields, settings, variables and METADATA.
"""

from __future__ import annotations

from random import Random

from tests.live.chunks.words import argument, arguments, call, chunk, method, text, tried
from tests.snippets.generator import lua_string

KEYS = [
    *(
        "/private/a",
        "/private/b",
        "/private/dir/x",
        "/private/dir/y",
        "/private/dirx",
        "/shared/a",
        "/shared/dir/x",
    ),
    *("/private/vendor/vendor.dovecot/http-notify", "/shared/comment", "/private/comment", "/shared/admin"),
    *("/private", "/Private/a", "/PRIVATE/A", "private/a", "", "/", "/other/a", "//private/a"),
    *(
        "/private//a",
        "/private/a/",
        "/private/a//b",
        "/private/é",
        "/private/a b",
        "/private/a\0b",
        "/private/A",
    ),
    *(
        "/private/*",
        "/private/%",
        "/private/specialuse",
        "/private/vendor/vendor.dovecot/pvt/x",
        "/private/\n",
    ),
]
VALUES = [
    "'value'",
    "''",
    "5",
    "1.5",
    "'x\\0y'",
    "nil",
    "true",
    "false",
    "{}",
    "'päivä'",
    "'\\255'",
    "'a\\nb'",
    "'\\1'",
    "1e15",
]
MORE_VALUES = ["2^53", "2^63", "1/0", "-0.0", "'a\\tb'", "('x'):rep(2000)", "print"]

VARIABLES = [
    *("u", "n", "d", "s", "h", "Lu", "Uu", "5u", "0.1u", ".2u", "-2u", "2.2u", "09u", "Mu", "Hu", "16Hu"),
    *("Nu", "16Nu", "Eu", "Ru", "Xu", "Tu", "Du", "Z", "%", "", " ", "{user}", "{username}", "{domain}"),
    *("{home}", "{service}", "{nosuch}", "L{user}", "{user}}", "{ user }", "{user|upper}"),
    *("{user | upper}", "{auth_user}", "{userdb:nosuch}", "{env:NOSUCH}", "{env:NOSUCH:x}", "{protocol}"),
    *("{owner_user}", "{auth_username}", "{auth_domain}", "{user|lower}", "{user|upper|lower}"),
    *("{user|nosuch}", "{user|default('x')}", "{user|domain}", "{user|domain|default('none')}"),
    *("{user|username}", "{user|reverse}", "{user|concat('x')}", "{user|length}", "{literal('x')}"),
    *('{literal("x")}', "{user|substr(1)}", "{user|substr(1,2)}", "{user|substr(-2)}"),
    *("{user|substr(0,-1)}", "{user|md5}", "{user|sha1}", "{user|sha256}", "{user|hash('md5')}"),
    *("{user|hexlify}", "{user|hex}", "{user|base64}", "{user|ldap_dn}", "{user|lfill(10)}"),
    *("{user|rfill(10)}", "{user|lfill(10,'-')}", "{user|truncate(2)}", "{user|if('=','x','y','z')}"),
    *("{if(user,'=','x','yes','no')}", "{user|rtrim}", "{user|ltrim}", "{user|trim}", "{user|bits}"),
    *("{user|}", "{user||upper}", "{user.x}", "{user-x}", "{user|default}", "{nosuch|default}"),
    *("{nosuch|default('d')}", "{dec:user}", "{user|md5|base64}", "{user|unhexlify}", "{user|unbase64}"),
    *("{user|text}", "{user|domain_first}", "{user|domain_last}", "{userdb:nosuch:default}", "{md5:user}"),
    *("{md5:nosuch}", "{sha1:user}", "{user|if('*','u*','y','z')}", "{if('a','eq','b','y',user)}"),
    *("{user|md5|substr(0,2)}", "{user|hexlify(6)}"),
]
"""Variables of either version."""

VARIABLES_2_3 = [
    *("{if;%u;eq;%u;yes;no}", "{if;1;<;2;a;b}", "{if;%u;~;u.er;y;n}", "{if;a;*;?;y}"),
    *("{if;%s;eq;imap;%h;%d}", "{if;a\\;b;eq;a\\;b;y;n}", "{if;;eq;;empty;full}", "}", "{}"),
    *("{sha256:user}", "{sha512:home}", "{domain}", "{literal('a\\\\'b')}", "{user|md5|hex}"),
    *("{user|index('e',0)}", "{user|regexp('u','v')}", "{user|lookup('x')}", "{user|upper()}", "{|}"),
    *("{user,}", "{user|upper(}", "{1}", "{'x'}", "{hostname|length}", "{env('X')}", "{user|uidvalidity}"),
    *("{user|pkcs5}", "{user|encrypt}", "{user|replace('e','x')}", "{user|crop(2)}", "{user|sid}"),
]
"""More of them, in which luahost's 2.4 is not Dovecot's, or which crash it."""

FIELDS = [
    *("username", "home", "uid", "gid", "service", "nonexistent", "anonymous", "autocreated", "mail_debug"),
    *("fuzzy_search", "dsyncing", "admin", "session_restored", "nosuch"),
]

LOOKS = [
    "return members(user), members(getmetatable(user)), getmetatable(user).__name",
    "return tostring(user), type(user), #user, user[1]",
    "return user .. 'x'",
    "return 'x' .. user",
    "return user + 1",
    "return user()",
    "return user.nosuch.x",
    "return user:nosuch()",
    "return user == user, user == 5, user == nil, user ~= user, rawequal(user, user)",
    "return getmetatable(user).__index == getmetatable(user)",
    "return math.type(user.session_create_time), type(user.session_id), math.type(user.uid)",
    "user.mine = 5 local mine = user.mine user.mine = nil return mine, user.mine",
    "return -user",
    "return getmetatable(user).__tostring()",
    "return getmetatable(user).__tostring(5)",
    "return getmetatable(user).__tostring(user, 1)",
    "return user | 1",
    "return string.format('%s|%q', user, 'x')",
    "for k in pairs(user) do if k == 'item' then return type(user[k]) end end",
]


def key(rng: Random) -> str:
    """
    A key of METADATA, seldom something else.
    """
    if rng.random() < 0.06:
        return argument(rng, "any")
    return lua_string(rng.choice(KEYS[:12] if rng.random() < 0.7 else KEYS))


def value(rng: Random) -> str:
    """
    A value of METADATA.
    """
    return rng.choice(VALUES if rng.random() < 0.8 else MORE_VALUES)


def metadata(rng: Random, this: str) -> str:
    """
    A call of one of the four methods of users and mailboxes.
    """
    drawn = rng.randrange(9)
    if drawn < 4:
        given = [key(rng), value(rng)]
        if rng.random() < 0.05:
            given = rng.choice([given[:1], [], [*given, "1"]])
        return method(rng, this, "metadata_set", given)
    if drawn == 4:
        return method(rng, this, "metadata_unset", [key(rng) for _ in range(rng.choice([1] * 12 + [0, 2]))])
    name = "metadata_get" if drawn < 7 else "metadata_list"
    return method(rng, this, name, [key(rng) for _ in range(rng.choice([1] * 6 + [2, 3, 0]))])


def template(rng: Random, variables: list[str]) -> str:
    """
    Text with variables.
    """
    # With more behind it, what is said of a wrong condition in 2.3 is whatever was wrong last.
    if variables is not VARIABLES and rng.random() < 0.03:
        return lua_string(rng.choice(["%{if;a;b}", "%{if;a;nosuch;b;c;d}", "%{if;x;<;2;a;b}"]))
    pieces = []
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        pieces += [rng.choice(["", "", "", "x", " ", "é", "}"]), "%" + rng.choice(variables)]
    return lua_string("".join([*pieces, rng.choice(["", "", "", ".", "x"])]))


def user_call(rng: Random, variables: list[str]) -> str:
    """
    A call of a method of the user.
    """
    drawn = rng.random()
    if drawn < 0.5:
        return metadata(rng, "user")
    if drawn < 0.8:
        given = arguments(rng, ("any",)) if rng.random() < 0.08 else [template(rng, variables)]
        return method(rng, "user", "var_expand", given)
    if drawn < 0.9:
        names = ["'own'", "'empty'", "'nosuch'", "5", "'own\\0x'", text(rng)]
        given = [rng.choice(names) for _ in range(rng.choice([1] * 8 + [0, 2]))]
        return method(rng, "user", "plugin_getenv", given)
    if drawn < 0.95:
        name = rng.choice(FIELDS)
        return f"try(function() return user.{name}, math.type(user.{name}) end)"
    return tried(rng.choice(LOOKS))


def user_chunk(rng: Random, dialect: str) -> str:
    """
    Some calls.
    """
    variables = VARIABLES if dialect == "2.4" else [*VARIABLES, *VARIABLES_2_3]
    return chunk(*(user_call(rng, variables) for _ in range(rng.choice([1, 1, 2, 3]))))


def odd_user_chunk(rng: Random) -> str:
    """
    What crashes the process, as a rule.
    """
    tried = rng.choice(
        [
            "user == {}",
            "user < 5",
            "user < user",
            "{} == user",
            "user.metadata_get({}, '/private/a')",
            "user.var_expand({}, 'x')",
            "user.mailbox({}, 'INBOX')",
            "dovecot.event({})",
            "user:mailbox('\\255')",
            "user:plugin_getenv({})" if rng.random() < 0.5 else "user:mailbox('\\195')",
            "os.exit()",
            "user:mailbox('Work'):sync(dovecot.storage.MAILBOX_SYNC_FLAG_NO_EXPUNGES)",
            "dovecot.event():passthrough_event():add_str('', 'x'):set_name('n'):log_info('x')",
            "dovecot.event().log_info({}, 'x')",
            "(function() local m = user:mailbox('INBOX') m:free() return m:status(1) end)()",
            "(function() local m = user:mailbox('INBOX') m:free() return tostring(m) end)()",
            "(function() local m = user:mailbox('INBOX') return m < m end)()",
            "(function() local m = user:mailbox('Work') m:metadata_set('/private/a', 'x') end)()",
        ]
    )
    return chunk(call(rng, "all", [tried]))
