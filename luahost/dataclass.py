"""
Dataclasses that are ready at once: those of the standard library, without what that takes to begin.

The library writes five or six methods for each dataclass as text and has Python compile them. For the sixty
that ``luahost run`` imports, and for the library's own imports, that was more than half of its time. Here all
classes share their methods, which know the fields, and ``__init__`` alone is written, when somebody first
makes an instance. Names and meanings are the library's, as far as luahost uses them, and type checkers see
the library's own; its ``fields``, ``replace`` and ``asdict`` take these classes too.

A module with such a class has ``from __future__ import annotations``: annotations are read as text.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from reprlib import recursive_repr
from types import MemberDescriptorType
from typing import TYPE_CHECKING, Any

_write = object.__setattr__


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"


_MISSING: Any = _Missing()


class _Field:
    """
    A field: what was said of it, as in :func:`dataclasses.field`, and what it is called.
    """

    __slots__ = (
        *("compare", "default", "default_factory", "hash", "init", "kw_only", "repr"),
        *("for_init_only", "name", "type"),
    )

    def __init__(
        self,
        *,
        default: Any = _MISSING,
        default_factory: Any = _MISSING,
        init: bool = True,
        repr: bool = True,
        hash: bool | None = None,
        compare: bool = True,
        kw_only: bool | None = None,
    ) -> None:
        self.default = default
        self.default_factory = default_factory
        self.init = init
        self.repr = repr
        self.hash = compare if hash is None else hash
        self.compare = compare
        self.kw_only = kw_only

    def called(self, name: str, annotation: str, *, kw_only: bool) -> None:
        """
        What the class has said besides. What is for ``__init__`` only goes from there to ``__post_init__``,
        and is no field of the instance.
        """
        self.name, self.type = name, annotation
        self.for_init_only = annotation.startswith("InitVar")
        self.kw_only = kw_only if self.kw_only is None else self.kw_only


def _fields(of: Any) -> tuple[_Field, ...]:
    return tuple(of.__fields__.values())


def _replace(of: Any, /, **changes: Any) -> Any:
    for each in _fields(of):
        if each.init:
            changes.setdefault(each.name, getattr(of, each.name))
    return type(of)(**changes)


def _is_dataclass(of: Any) -> bool:
    return hasattr(of, "__fields__")


def _asdict(of: Any) -> dict[str, Any]:
    import dataclasses

    return dataclasses.asdict(of)


def _dataclass(**options: bool) -> Callable[[type], type]:
    return functools.partial(_made, **options)


def _made(
    cls: type,
    /,
    *,
    frozen: bool = False,
    slots: bool = False,
    kw_only: bool = False,
    eq: bool = True,
    repr: bool = True,
    unsafe_hash: bool = False,
) -> type:
    own, inherited = _own_fields(cls, kw_only=kw_only), getattr(cls, "__fields__", {})
    taken = inherited | own
    fields = {name: each for name, each in taken.items() if not each.for_init_only}
    given = {
        "__fields__": fields,
        "__dataclass_fields__": _FOR_THE_LIBRARY,
        "__match_args__": tuple(each.name for each in taken.values() if each.init and not each.kw_only),
        "__init__": (init := _Init(taken, frozen=frozen)),
        "__replace__": _replace,
    }
    if repr:
        given["__repr__"] = _repr
    if eq:
        given |= _comparing(fields.values(), hashing=frozen or unsafe_hash)
    if frozen:
        given |= _FROZEN
    body = given | {name: value for name, value in vars(cls).items() if name not in own}
    if not slots:
        for name in own.keys() & vars(cls).keys():
            delattr(cls, name)
        for name in given:
            setattr(cls, name, body[name])
        init.owner = cls
        return cls
    body["__slots__"] = tuple(name for name in fields if name in own and name not in inherited)
    for name in ("__dict__", "__weakref__"):
        body.pop(name, None)
    init.owner = made = type(cls)(cls.__name__, cls.__bases__, body)
    made.__qualname__ = cls.__qualname__
    return made


def _own_fields(cls: type, *, kw_only: bool) -> dict[str, _Field]:
    found = {}
    for name, annotation in cls.__annotations__.items():
        if annotation == "KW_ONLY":
            kw_only = True
        elif not annotation.startswith("ClassVar"):
            given = vars(cls).get(name, _MISSING)
            each = found[name] = given if isinstance(given, _Field) else _Field(default=given)
            each.called(name, annotation, kw_only=kw_only)
    return found


def _comparing(fields: Iterable[_Field], *, hashing: bool) -> dict[str, Any]:
    compared = attrgetter("__class__", *(each.name for each in fields if each.compare))
    hashed = attrgetter("__class__", *(each.name for each in fields if each.hash))

    def __eq__(self: Any, other: Any) -> Any:
        return compared(self) == compared(other) if other.__class__ is self.__class__ else NotImplemented

    def __hash__(self: Any) -> int:
        return hash(hashed(self))

    return {"__eq__": __eq__, "__hash__": __hash__ if hashing else None}


@recursive_repr()
def _repr(self: Any) -> str:
    shown = (f"{each.name}={getattr(self, each.name)!r}" for each in _fields(self) if each.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _setattr(self: object, name: str, value: object) -> None:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _delattr(self: object, name: str) -> None:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _getstate(self: object) -> list[Any]:
    return [getattr(self, each.name) for each in _fields(self)]


def _setstate(self: object, state: list[Any]) -> None:
    for each, value in zip(_fields(self), state, strict=True):
        _write(self, each.name, value)


_FROZEN = {
    "__setattr__": _setattr,
    "__delattr__": _delattr,
    "__getstate__": _getstate,
    "__setstate__": _setstate,
}


class _Init:
    """
    Stands in the place of a class's ``__init__`` until somebody asks for that.
    """

    owner: type

    def __init__(self, fields: Mapping[str, _Field], *, frozen: bool) -> None:
        self._fields = fields
        self._frozen = frozen

    def __get__(self, instance: object, asking: type) -> Any:
        # Who asks may be a subclass that has no fields of its own.
        written = self._written(self.owner)
        type.__setattr__(self.owner, "__init__", written)
        return written.__get__(instance, asking)

    def _written(self, owner: type) -> Any:
        names = {"__name__": owner.__module__, "_missing": _MISSING, "_write": _write}
        lines = [line for each in self._fields.values() if (line := self._line(each, owner, names))]
        if hasattr(owner, "__post_init__"):
            given = (name for name, each in self._fields.items() if each.for_init_only)
            lines.append(f"self.__post_init__({', '.join(given)})")
        taken = [each for each in self._fields.values() if each.init]
        parameters = ["self", *(_parameter(each) for each in taken if not each.kw_only)]
        if keywords := [_parameter(each) for each in taken if each.kw_only]:
            parameters += ("*", *keywords)
        exec("\n ".join((f"def __init__({', '.join(parameters)}):", *lines, "return")), names)
        written: Any = names["__init__"]
        written.__qualname__ = f"{owner.__qualname__}.__init__"
        return written

    def _line(self, each: _Field, owner: type, names: dict[str, Any]) -> str | None:
        """
        What sets this field, None if nothing does; what it needs is added to the names.
        """
        name = value = each.name
        if each.default_factory is not _MISSING:
            names[f"_made_{name}"] = each.default_factory
            value = f"_made_{name}() if {name} is _missing else {name}" if each.init else f"_made_{name}()"
        elif each.default is not _MISSING:
            names[f"_default_{name}"] = each.default
            value = name if each.init else f"_default_{name}"
        elif not each.init:
            return None
        if each.for_init_only:
            return None
        if not self._frozen:
            return f"self.{name} = {value}"
        slot = getattr(owner, name, None)
        if not isinstance(slot, MemberDescriptorType):
            return f"_write(self, {name!r}, {value})"
        names[f"_set_{name}"] = slot.__set__
        return f"_set_{name}(self, {value})"


def _parameter(each: _Field) -> str:
    if each.default_factory is not _MISSING:
        return f"{each.name}=_missing"
    return each.name if each.default is _MISSING else f"{each.name}=_default_{each.name}"


class _ForTheLibrary:
    """
    What the library's functions read of a class: its fields as the library has them.
    """

    def __get__(self, instance: object, owner: type) -> Any:
        return _of_the_library(owner)


@functools.cache
def _of_the_library(owner: type) -> Any:
    import dataclasses

    found = []
    for each in _fields(owner):
        said: dict[str, Any] = {name: getattr(each, name) for name in _SAID}
        said |= {name: value for name in _GIVEN if (value := getattr(each, name)) is not _MISSING}
        found.append((each.name, each.type, dataclasses.field(**said)))
    made: Any = dataclasses.make_dataclass(owner.__name__, found, init=False)
    return made.__dataclass_fields__


_SAID, _GIVEN = ("init", "repr", "hash", "compare", "kw_only"), ("default", "default_factory")
_FOR_THE_LIBRARY = _ForTheLibrary()

if TYPE_CHECKING:
    from dataclasses import (
        KW_ONLY,
        MISSING,
        InitVar,
        asdict,
        dataclass,
        field,
        fields,
        is_dataclass,
        replace,
    )
else:
    KW_ONLY, MISSING, InitVar = "KW_ONLY", _MISSING, "InitVar"
    dataclass, field, fields, replace = _dataclass, _Field, _fields, _replace
    asdict, is_dataclass = _asdict, _is_dataclass

# fmt: off
__all__ = [
    "KW_ONLY", "MISSING", "InitVar",
    "asdict", "dataclass", "field", "fields", "is_dataclass", "replace",
]
# fmt: on
