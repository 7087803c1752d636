"""
The switches of a dialect: in what versions of Dovecot, and what its documents say, differ.
"""

from __future__ import annotations

from typing import Literal

from luahost.dataclass import dataclass


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Dialect:
    """
    One column of the table.

    Attributes:
        name: What ``--dialect`` calls it.

        event_user: Whether every event has a field ``user``, and every handler gets the user as its
            third argument.

        flags_bitmask: Whether ``flags`` of FlagsSet and FlagsClear is a sum of bits, not a list of names.

        keywords_set: What FlagsSet's list of keywords is called.

        keywords_clear: What FlagsClear's list of cleared keywords is called.

        integers: Whether numbers are integers, not floats, on Lua 5.3 and later.

        date_range: What becomes of dates that do not fit into 32 bits.

        script_init_settings: Whether ``script_init`` gets a table of the settings.

        script_init_result: Which results of ``script_init`` are good: ``any``, ``zero`` (the integer),
            or ``not a failure`` (everything but a number that is not 0).

        plugin_getenv: Whether ``mail_user`` has ``plugin_getenv``.

        mail_debug: Whether ``mail_user`` has the field ``mail_debug``.

        constants_absent: Constants of ``dovecot.storage`` that are not there.

        loading_line: Whether the driver writes the debug line ``Loading PATH``.

        load_prefix: What stands before the reason why a script cannot be loaded; ``{path}`` is its path.

        log_connection: Whether LMTP's log lines name the connection and the recipient in front of what events
            write.

        log_further_lines: What becomes of the second line of a log message and those after it: what stands in
            front of the first is ``repeated``, or the service logs them ``as errors``.

        log_last_user: Whether log lines of events name the user even at the end of an LMTP session, when LMTP
            has let the user go.

        event_service: Whether named events have the field ``service``.

        kills: How a report of what crashes Dovecot ends.

        var_expand: The syntax of ``user:var_expand``: ``percent`` (``%u``, ``%{user}``) or ``filters``
            (``%{user | upper}``).

        forced_debug: Whether events have ``set_forced_debug`` and ``unset_forced_debug``.

        more_functions: Whether ``dovecot`` has the times, the tab escapes, ``net_ip_family`` and the tables
            ``dict`` and ``doveadm_client``.

        drivers_share_records: Whether several drivers share one list of what happened, so that each is told
            of a mailbox event once for every driver that registered it, and Lua scripts of events that only
            others handle; where not, drivers are independent.

        failing_driver_ends_list: Whether the first driver that cannot be started keeps those after it from
            starting.

        empty_driver_ends_list: Whether an empty ``push_notification_driver2`` and its like end the list of
            drivers, as one that is not set does.

        unknown_driver: What is logged of a driver that does not exist; ``{name}`` is its name.

        script_file_setting: Whether the plugin setting ``push_notification_lua_script_file`` wins over the
            files of drivers.

        no_script: What is logged of a Lua driver for which there is no script.

        mail_lua_fallback: When a Lua driver without a script takes the mail-lua plugin's: ``never``,
            ``with mail_user_created`` in it, or ``always``.

        mail_lua_load: The step that fails if the mail-lua plugin's script cannot be loaded; ``{path}`` is
            its path.

        dlog_lines: What the driver ``dlog`` writes: ``plain`` lines for each of its hooks, the same
            ``prefixed`` with the mailbox and ``dlog:``, or ``one an event``.

        ox_event: What the OX driver calls MessageNew.

        ox_fields: The order of the fields in what the OX driver sends; those that a message lacks are left
            out.

        ox_own_user_only: Whether the OX driver sends nothing where the user in METADATA is not the mail user,
            unless ``user_from_metadata`` is set; where not, it then sends the mail user's name.

        ox_block: Whether the OX driver's options are settings of a block: ``user_from_metadata`` is yes or
            no, and a bad value keeps the server from starting; where not, its mere presence counts.

        ox_hexadecimal: How the OX driver writes control characters and the line separators in JSON.

        ox_says_whose_name: Whether the OX driver says with debugging on whose name it is going to send.

        ox_cache_in_milliseconds: Whether the OX driver takes the milliseconds of its cache lifetime for
            seconds.

        ox_timeout_msecs: How long the OX driver waits for an answer, unless told otherwise.

        ox_max_retries: How often the OX driver tries again, unless told otherwise.

        ox_one_client: Whether all OX drivers of a process have one HTTP client, with the options of the first
            that sends.

        ox_sends_at_end: Whether the OX driver sends at the end of the session, or before the next
            transaction; where not, as soon as the transaction is over.

        scripts_checked_at_start: Whether the server does not start if a script cannot be opened.

        empty_flag_events: Whether FlagsClear and FlagsSet are told of even if nothing was cleared or set.

        hash_order: Whether a transaction's messages come in the order of Dovecot's hash table, not in
            that of the mailbox.

        inbox_announced: Whether MailboxCreate tells of an INBOX that Dovecot makes by itself: ``never``,
            as for one that was always there; ``unless its folder is there``, which in Maildir is the
            folder of all mailboxes; or ``always``. Unless it is ``never``, other mailboxes that a
            delivery makes are told of too.

        inbox_subscribed: Whether a delivery that makes and subscribes mailboxes subscribes INBOX too; 2.4.1
            no longer does where CVE-2026-40204 is mended, as in today's Debian 13.

        empty_directories: Whether storage with directories keeps those that hold no mailbox.

        auto_create: Whether a mailbox with ``MAILBOX_FLAG_AUTO_CREATE`` is created when it is opened; 2.4.1
            has neither the flag nor that where CVE-2026-40204 is mended, as in today's Debian 13.

        http_settings: What the settings of ``dovecot.http.client`` are: ``native`` Lua values, unknown ones
            ignored, or ``text`` of the server's ``http_client_*`` settings, unknown ones refused.

        http_event_parent: Whether ``event_parent`` works as a setting of ``dovecot.http.client``; where not,
            Dovecot crashes.

        http_payload_sync: Whether a request's ``set_payload`` takes a second argument that asks for
            ``Expect: 100-continue``; where not, every payload asks for it.

        http_url_shows_character: Whether errors of ``dovecot.http.client`` about URLs name the wrong
            character.
    """

    name: str
    event_user: bool
    flags_bitmask: bool
    keywords_set: str
    keywords_clear: str
    integers: bool
    date_range: Literal["as is", "wrap", "clamp"]
    script_init_settings: bool
    script_init_result: Literal["any", "zero", "not a failure"]
    plugin_getenv: bool
    mail_debug: bool
    constants_absent: frozenset[str]
    loading_line: bool
    load_prefix: str
    drivers_share_records: bool
    failing_driver_ends_list: bool
    empty_driver_ends_list: bool
    unknown_driver: str
    script_file_setting: bool
    no_script: str
    mail_lua_fallback: Literal["never", "with mail_user_created", "always"]
    mail_lua_load: str
    dlog_lines: Literal["one an event", "plain", "prefixed"]
    ox_event: str
    ox_fields: tuple[str, ...]
    ox_own_user_only: bool
    ox_block: bool
    ox_hexadecimal: Literal["\\u001f", "\\u001F"]
    ox_says_whose_name: bool
    ox_cache_in_milliseconds: bool
    ox_timeout_msecs: int
    ox_max_retries: int
    ox_one_client: bool
    ox_sends_at_end: bool
    scripts_checked_at_start: bool
    empty_flag_events: bool
    hash_order: bool
    inbox_announced: Literal["never", "unless its folder is there", "always"]
    inbox_subscribed: bool
    empty_directories: bool
    log_connection: bool
    log_further_lines: Literal["repeated", "as errors"]
    log_last_user: bool
    event_service: bool
    kills: str
    var_expand: Literal["percent", "filters"]
    forced_debug: bool
    more_functions: bool
    auto_create: bool

    http_settings: Literal["native", "text"]
    http_event_parent: bool
    http_payload_sync: bool
    http_url_shows_character: bool
