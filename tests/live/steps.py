r"""
Random sequences of steps for ``tests.live.mail``.

Few mailboxes, few messages and small numbers, so that steps often meet: a name that is there already, a
mailbox below another, a number that is none. A sequence is made of blocks, visits to a mailbox most of
all, for steps that are drawn one by one seldom find anything to work on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain

from hypothesis import strategies as st

USUAL_LENGTH = 12
"""Steps that a sequence has on average at the least."""

BLOCKS = 7
VISIT = 5
"""The most blocks of a sequence and the most commands of a visit."""

OPENINGS: list[list[str]] = [
    [],
    ["APPEND INBOX {n01} {n02} {n03}", "CREATE A"],
    ["DELIVER INBOX {n01}", "DELIVER INBOX {n02}", "DELIVER A {n03}", "CREATE B", "CREATE A/B"],
    [
        r"APPEND INBOX (\Flagged) {n05} (one) {n06} {n07}",
        "CREATE A",
        r"APPEND A (\Seen one) {n01} (\Deleted) {n02} (two one) {n03} (\Flagged) {n04}",
        "CREATE B",
    ],
    [
        "SUBSCRIBE INBOX",
        "DELIVER INBOX {n03}",
        "DELIVER A {n04}",
        "CREATE A/B",
        "SUBSCRIBE A/B",
        r"APPEND A/B (\Deleted \Seen) {n01} {n02}",
        "DELIVER B {n05}",
    ],
    # More messages than a transaction tells of in the order of the mailbox.
    ["APPEND INBOX" + " {n01}" * 70, "CREATE A", "SELECT INBOX"],
]

_USUAL = ["INBOX", "A", "B", "A/B"]
_SOME = [*_USUAL, "A/B/C", "inbox", "&AOQ-", "C", "INBOX/A"]
_ODD = ["A/", "B/C/", "Inbox/A", "A.B", "A//B", "~A", "a", '"A B"', '""']

MAILBOXES = st.sampled_from([*_USUAL, *_SOME])
ANY_NAMES = st.sampled_from([*_USUAL * 4, *_SOME, *_ODD])

MESSAGES = st.sampled_from(
    ["n01", "n02", "n03", "mime_q_utf8", "folded_subject", "no_subject", "raw_utf8_headers", "date_year_1969"]
)

SETS = st.sampled_from(
    [*["1", "1:*", "2", "*", "1:2"] * 3, "3", "2:3", "1,3", "3:1", "2:*", "4", "5:9", "1:99", "7"]
)

WORDS = ["\\Seen", "\\Deleted", "\\Flagged", "\\Answered", "\\Draft", "one", "two", "One", "$Three"]
FLAGS = st.sampled_from([r"(\Deleted)", r"(\Seen)", "(one)", r"(\Seen \Deleted two)"]) | st.lists(
    st.sampled_from([*WORDS, "\\Recent"]), max_size=4
).map(lambda words: f"({' '.join(words)})")

_TO_INBOX = re.compile("RENAME .* INBOX", re.IGNORECASE)

UID = st.sampled_from(["", "UID "])


@st.composite
def _appends(draw: st.DrawFn) -> str:
    """
    APPEND of one to three messages; now and then an empty one follows, which makes all of it fail.
    """
    words = ["APPEND", draw(MAILBOXES)]
    for _ in range(draw(st.integers(1, 3))):
        words += [draw(FLAGS), f"{{{draw(MESSAGES)}}}"]
    if draw(st.integers(0, 5)) == 5:
        words.append("{}")
    return " ".join(word for word in words if word != "()")


def _lines(pattern: str, **parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(pattern.format, **parts)


DELIVERIES = _lines(
    "DELIVER {mailbox} {{{message}}}",
    mailbox=st.sampled_from([*_USUAL, *_USUAL, "C", "inbox", "A/B/C"]),
    message=MESSAGES,
)
ARRIVALS = DELIVERIES | _appends()
SELECTS = _lines(
    "{word} {mailbox}",
    word=st.sampled_from(["SELECT", "SELECT", "SELECT", "EXAMINE"]),
    mailbox=st.sampled_from([*_USUAL * 4, *_SOME]),
)
STORES = _lines(
    "{uid}STORE {messages} {change} {flags}",
    uid=UID,
    messages=SETS,
    change=st.sampled_from(["+FLAGS", "-FLAGS", "FLAGS", "+FLAGS.SILENT"]),
    flags=FLAGS,
)
FETCHES = _lines(
    "{uid}FETCH {messages} {items}",
    uid=UID,
    messages=SETS,
    items=st.sampled_from(["(BODY[])", "(BODY.PEEK[])", "(FLAGS BODY[TEXT])", "RFC822", "(UID FLAGS)"]),
)
COPIES = _lines(
    "{uid}{word} {messages} {to}",
    uid=UID,
    word=st.sampled_from(["COPY", "MOVE"]),
    messages=SETS,
    to=MAILBOXES,
)
EXPUNGES = st.just("EXPUNGE") | _lines("UID EXPUNGE {messages}", messages=SETS)
ABOUT_MAILBOXES = _lines(
    "{word} {mailbox}",
    word=st.sampled_from(["CREATE", "DELETE", "SUBSCRIBE", "UNSUBSCRIBE"]),
    mailbox=ANY_NAMES,
) | _lines("RENAME {mailbox} {to}", mailbox=ANY_NAMES, to=ANY_NAMES)
_UIDS = SETS.filter(lambda uids: "*" not in uids)
_PLAIN = st.sampled_from([*_USUAL, *_USUAL, "C", "A/B/C"])
_CHANGES = st.sampled_from(["add", "remove", "replace"])
_KNOWN = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(lambda words: f"({' '.join(words)})")
ADMINISTRATION = st.one_of(
    _lines(
        "doveadm flags {change} {flags} {at} {uids}", change=_CHANGES, flags=_KNOWN, at=_PLAIN, uids=_UIDS
    ),
    _lines(
        "doveadm {word} {to} {at} {uids}",
        word=st.sampled_from(["move", "copy"]),
        to=_PLAIN,
        at=_PLAIN,
        uids=_UIDS,
    ),
    _lines("doveadm expunge {mailbox}", mailbox=_PLAIN),
    _lines("doveadm save {mailbox} {{{message}}}", mailbox=_PLAIN, message=MESSAGES),
    _lines(
        "doveadm mailbox {word} {mailbox}",
        word=st.sampled_from(["create", "delete", "delete", "unsubscribe"]),
        mailbox=_PLAIN.filter(lambda name: name != "INBOX"),
    ),
    st.just("doveadm mailbox subscribe INBOX"),
    _lines(
        "doveadm mailbox rename {mailbox} {to}",
        mailbox=st.sampled_from(["A", "B", "A/B"]),
        to=st.sampled_from(["B", "C", "C/D", "INBOX"]),
    ),
)
LOOKS = _lines("STATUS {mailbox} (MESSAGES)", mailbox=MAILBOXES) | st.sampled_from(['LIST "" *', "NOOP"])
ENDS = st.sampled_from(["CLOSE", "UNSELECT", "LOGIN"])

ON_MESSAGES = STORES | FETCHES | COPIES | EXPUNGES


def _some(steps: st.SearchStrategy[str], count: int) -> st.SearchStrategy[list[str]]:
    """
    Up to so many steps. Hypothesis makes lists short by itself; these shrink as steps become None.
    """
    drawn = st.lists(st.none() | steps, min_size=count, max_size=count)
    return drawn.map(lambda found: [step for step in found if step is not None])


def polite(steps: Iterable[str]) -> Iterator[str]:
    """
    The steps, with what keeps Dovecot out of trouble.

    It does not bear it well if the selected mailbox is renamed, or removed by another client: what is done
    with it then ends in ``Mailbox was deleted under us`` or ``Internal error occurred``. So there is an
    UNSELECT before. Where there are two clients they ask for news before STORE, which in Dovecot compares
    with what the client was told last, and before MOVE, which may lose messages if another has removed some.
    """
    selected: dict[str, str] = {}
    for step in steps:
        client, colon, command = step.rpartition(": ")
        word, mailbox, *_ = [*command.removeprefix("UID ").split(), ""]
        if word in ("SELECT", "EXAMINE"):
            selected[client] = mailbox
        elif word in ("RENAME", "DELETE"):
            for other in [*selected]:
                below = f"{selected[other]}/".upper().startswith(f"{mailbox}/".upper())
                if below and (word == "RENAME" or other != client):
                    yield f"{other}: UNSELECT" if other else "UNSELECT"
                    del selected[other]
        elif word in ("STORE", "MOVE") and len(selected) > 1:
            yield f"{client}{colon}NOOP"
        yield step


VISITS = st.builds(
    lambda select, steps, more: [select, *steps, *more],
    SELECTS,
    _some(ON_MESSAGES | ON_MESSAGES | ON_MESSAGES | ARRIVALS | ABOUT_MAILBOXES | LOOKS, VISIT),
    _some(ENDS, 1),
)


def without_names_below_inbox(steps: list[str]) -> list[str]:
    """
    The steps for sdbox, which makes INBOX at odd moments once its directory is there.
    """
    return [step for step in steps if "INBOX/" not in step.upper() and not _TO_INBOX.fullmatch(step)]


SEQUENCES = st.builds(
    lambda opening, blocks: [*chain(opening, *blocks)],
    st.sampled_from([*OPENINGS, *OPENINGS[2:]]),
    st.lists(
        st.just(list[str]())
        | VISITS
        | VISITS
        | VISITS
        | VISITS
        | _some(ABOUT_MAILBOXES, 2)
        | _some(ARRIVALS, 2),
        min_size=BLOCKS,
        max_size=BLOCKS,
    ),
)


_EACH = ON_MESSAGES | ON_MESSAGES | ON_MESSAGES | SELECTS | _appends() | ABOUT_MAILBOXES | LOOKS | ENDS

TOGETHER = st.builds(
    lambda opening, mailbox, steps: [*opening, f"SELECT {mailbox}", f"2: SELECT {mailbox}", *steps],
    st.sampled_from(OPENINGS[1:-1]),
    st.sampled_from(["INBOX", "INBOX", "A"]),
    _some(DELIVERIES | _lines("{client}{step}", client=st.sampled_from(["", "2: "]), step=_EACH), 2 * BLOCKS),
)
"""
What two clients do who have selected the same mailbox. It holds few messages, for the order of many is by
places as a client last saw them.
"""

ADMINISTERED = st.builds(
    lambda opening, steps: [*opening, *steps],
    st.sampled_from([opening for opening in OPENINGS[1:-1] if "INBOX" in opening[0]]),
    _some(ADMINISTRATION | ADMINISTRATION | DELIVERIES, BLOCKS),
)
"""
What an administrator does with the mail of a user who has an INBOX: doveadm opens the target of a copy first,
and does what IMAP refuses, such as to remove INBOX or to subscribe to what is not there.
"""
