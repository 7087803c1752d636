"""
luahost's dataclasses: they behave as the standard library's.
"""

from __future__ import annotations

import copy
import dataclasses
import inspect
from dataclasses import KW_ONLY, InitVar
from typing import Any, ClassVar

import pytest

from luahost import dataclass as own


def classes(library: Any) -> dict[str, Any]:
    """
    Classes of all kinds, made by one library or the other.
    """

    @library.dataclass(frozen=True, slots=True)
    class Folder:
        name: str
        length: int = library.field(init=False)
        raw: InitVar[str] = library.field(default="")

        def __post_init__(self, raw: str) -> None:
            object.__setattr__(self, "length", len(self.name + raw))

    @library.dataclass(frozen=True, slots=True)
    class Mailbox:
        kind: ClassVar[str] = "mailbox"

        name: str
        _: KW_ONLY
        uid_next: int = 1
        flags: list[str] = library.field(default_factory=list, hash=False)
        note: str = library.field(default="none", compare=False, repr=False)

    @library.dataclass(frozen=True, slots=True, kw_only=True)
    class Shared(Mailbox):
        owner: str = "bob"

    class Named(Shared):
        __slots__ = ()

    @library.dataclass(eq=False, repr=False)
    class Plain:
        number: int = 0

    @library.dataclass()
    class Count(Plain):
        seen: list[int] = library.field(default_factory=list)

    @library.dataclass(unsafe_hash=True, slots=True)
    class Open:
        number: int

    return {each.__name__: each for each in (Folder, Mailbox, Shared, Named, Plain, Count, Open)}


OURS, THEIRS = classes(own), classes(dataclasses)
Folder, Mailbox, Shared, Named, Count = (
    OURS[name] for name in ("Folder", "Mailbox", "Shared", "Named", "Count")
)


@pytest.mark.parametrize(
    ("name", "arguments", "named"),
    [
        ("Folder", ["INBOX"], {"raw": "yz"}),
        ("Mailbox", ["INBOX"], {"uid_next": 7, "note": "x"}),
        ("Shared", ["INBOX"], {"owner": "alice"}),
        ("Named", ["INBOX"], {"flags": ["a"]}),
        ("Count", [3], {}),
        ("Open", [3], {}),
    ],
)
def test_like_the_library(name: str, arguments: list[Any], named: dict[str, Any]) -> None:
    """
    Text, parameters, patterns, comparison and slots are those of what the library makes of the same class.
    """
    ours, theirs = OURS[name](*arguments, **named), THEIRS[name](*arguments, **named)

    assert repr(ours) == repr(theirs)
    assert ours.__match_args__ == theirs.__match_args__
    assert list(inspect.signature(OURS[name]).parameters) == list(inspect.signature(THEIRS[name]).parameters)
    assert [each.name for each in own.fields(ours)] == [each.name for each in dataclasses.fields(theirs)]
    assert hasattr(ours, "__dict__") is hasattr(theirs, "__dict__")
    assert (ours == OURS[name](*arguments, **named)) is (theirs == THEIRS[name](*arguments, **named)) is True
    assert ours != theirs
    assert (ours.__hash__ is None) is (theirs.__hash__ is None)


def test_neither_compared_nor_shown() -> None:
    """
    A class may keep Python's own text and comparison.
    """
    first, second = OURS["Plain"](), OURS["Plain"]()

    assert first != second
    assert repr(first).startswith("<")


def test_the_library_takes_them() -> None:
    """
    Its own ``fields``, ``replace``, ``asdict`` and ``is_dataclass`` take these classes and instances.
    """
    inbox = Shared("INBOX", flags=["a"])
    told = {"name": "INBOX", "uid_next": 1, "flags": ["a"], "note": "none", "owner": "bob"}

    assert [each.name for each in dataclasses.fields(Named)] == list(told)
    assert dataclasses.replace(inbox, uid_next=4) == own.replace(inbox, uid_next=4) != inbox
    assert dataclasses.asdict(inbox) == own.asdict(inbox) == told
    assert dataclasses.is_dataclass(Named)
    assert own.is_dataclass(inbox)
    assert not own.is_dataclass("INBOX")


def test_frozen() -> None:
    """
    Nothing of a frozen one can be set or deleted, by the library's own error.
    """
    inbox = Mailbox("INBOX")

    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'name'"):
        inbox.name = "Trash"
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot delete field 'name'"):
        del inbox.name


def test_what_counts() -> None:
    """
    A field that is not compared makes no difference, one that is not hashed none to the hash, and the class
    makes one.
    """
    assert Mailbox("INBOX", note="a") == Mailbox("INBOX", note="b")
    assert hash(Mailbox("INBOX", flags=["a"])) == hash(Mailbox("INBOX"))
    assert Mailbox("INBOX", flags=["a"]) != Mailbox("INBOX")
    assert Shared("INBOX") != Named("INBOX")


def test_factories() -> None:
    """
    Each instance gets a value of its own.
    """
    first, second = Count(), Count()
    first.seen.append(1)

    assert second.seen == []


def test_replaced() -> None:
    """
    ``replace`` looks at all fields again, as the class says.
    """
    assert own.replace(Folder("INBOX"), name="Trash/").length == 6
    assert Folder("INBOX").__replace__(name="Trash/").length == 6


def test_wrong_arguments() -> None:
    """
    Python's own words, with the class's name.
    """
    with pytest.raises(TypeError, match=r"Mailbox\.__init__\(\) missing .* argument: 'name'"):
        Mailbox()
    with pytest.raises(TypeError, match=r"Count\.__init__\(\) got an unexpected .* 'total'"):
        Count(total=1)


def test_copies() -> None:
    """
    Frozen ones are copied, though nothing of them can be set.
    """
    inbox = Mailbox("INBOX", flags=["a"])

    assert copy.deepcopy(inbox) == inbox
    assert copy.deepcopy(inbox).flags is not inbox.flags


def test_recursion() -> None:
    """
    One that holds itself is shown once.
    """
    count = Count()
    count.seen.append(count)

    assert repr(count).endswith("Count(number=0, seen=[...])")
