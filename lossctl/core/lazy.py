"""What is worked out or loaded when first asked for: properties, and old names of declarations.

And dataclasses without generated code (:func:`record`), since what they need is looked up.
"""

from collections.abc import Callable, Sequence
from dataclasses import MISSING, FrozenInstanceError, dataclass, fields
from functools import wraps
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast, overload

__all__ = ["copied", "lazy", "record", "with_old_names"]

Value = TypeVar("Value")
Declaration = TypeVar("Declaration")
OLD_AXES = ("element", "row", "record")  # what readings were called


class lazy(Generic[Value]):  # noqa: N801 - used as a decorator, like property
    """``functools.cached_property`` without its lock.

    Until Python 3.12 all instances of a class share that lock: threads at work on blocks of their
    own would wait for each other. Without it a value may be worked out twice, which does no harm.
    """

    def __init__(self, function: Callable[[Any], Value]) -> None:
        """Wrap the function that works it out."""
        self.function, self.name = function, function.__name__
        self.__doc__ = function.__doc__

    @overload
    def __get__(self, instance: None, owner: type) -> "lazy[Value]": ...

    @overload
    def __get__(self, instance: object, owner: type) -> Value: ...

    def __get__(self, instance: object | None, owner: type) -> "lazy[Value] | Value":
        """Work the value out and put it where the next look finds it before this."""
        if instance is None:
            return self
        value = instance.__dict__[self.name] = self.function(instance)
        return value


def _is_flag(value: object) -> bool:
    """Whether an argument by place is a flag: declarations have none there any more."""
    return isinstance(value, bool)


def with_old_names(
    reductions: Callable[[], Sequence[Any]],
) -> Callable[[type[Declaration]], type[Declaration]]:
    """Let a dataclass answer to the names it had in earlier versions, with a note.

    `reductions` gives the classes of losses that are per item, pooled and grouped.
    """

    def decorate(declaration: type[Declaration]) -> type[Declaration]:
        init = declaration.__init__
        present = {entry.name for entry in fields(cast("Any", declaration))}

        def take(self: Any, *arguments: Any, **named: Any) -> None:
            old_axes = bool(arguments) and arguments[0] in OLD_AXES
            if not named.keys() <= present or old_axes or any(map(_is_flag, arguments)):
                from lossctl.core.old_names import renamed  # noqa: PLC0415 - old plugins only

                arguments, named = renamed(arguments, named, reductions())
            init(self, *arguments, **named)

        def answer(self: Any, name: str) -> Any:
            from lossctl.core.old_names import attribute  # noqa: PLC0415 - old plugins only

            return attribute(self, name)

        setattr(declaration, "__init__", wraps(init)(take))  # noqa: B010 - mypy knows the first only
        setattr(declaration, "__getattr__", answer)  # noqa: B010
        return declaration

    return decorate


if TYPE_CHECKING:
    from dataclasses import dataclass as record
else:

    def record(*, frozen: bool = False, eq: bool = True, repr: bool = True) -> Any:  # noqa: A002
        """Declare a dataclass whose methods look its fields up, in place of generated code.

        Python compiles five or six functions for each dataclass, which takes 0.4 ms: a command
        that adds two small files needs forty of them. It is a dataclass to `fields`, `replace` and
        type checkers; objects are made faster too where they are frozen.
        """

        def decorate(declaration: type) -> type:
            # Python asks that bases are frozen like their heirs; then it compiles two functions.
            has_base = any(hasattr(base, "__dataclass_fields__") for base in declaration.__bases__)
            made = dataclass(init=False, repr=False, eq=False, frozen=frozen and has_base)
            own = {*vars(declaration)}
            # Python would look for a signature, by reading the text of that of `object`.
            declaration.__doc__ = declaration.__doc__ or declaration.__name__
            declaration = made(declaration)
            declaration.__dataclass_params__.frozen = frozen
            methods = {"__init__": _init_of(declaration), "__signature__": _Signature()}
            if repr:
                methods["__repr__"] = _show
            if eq:
                methods |= {"__eq__": _equal, "__hash__": _hash if frozen else None}
            if frozen:
                methods |= {"__setattr__": _refuse_to_set, "__delattr__": _refuse_to_set}
            for name, method in methods.items():
                if name not in own:
                    setattr(declaration, name, method)
            return declaration

        return decorate


def _init_of(declaration: Any) -> Callable[..., None]:
    """Return what takes the fields of a record by place and by name."""
    entries = fields(declaration)
    names = [entry.name for entry in entries]
    template = {entry.name: entry.default for entry in entries}
    made: dict[str, Any] = {
        e.name: e.default_factory for e in entries if e.default_factory is not MISSING
    }
    required = {name for name in names if template[name] is MISSING} - made.keys()
    ends_with = getattr(declaration, "__post_init__", None)
    set_attribute = object.__setattr__  # also of what is frozen

    def take(self: Any, *given: Any, **named: Any) -> None:
        by_name = dict(zip(names, given), **named) if given else named  # noqa: B905 - some by name
        # Small calls make a record of two dozen fields: they are filled and compared at once.
        values = {**template, **by_name}
        for name in made.keys() - by_name.keys():
            values[name] = made[name]()
        is_lost = len(by_name) < len(given) + len(named) or len(values) > len(names)
        if is_lost or not required <= by_name.keys():
            declaration.__signature__.bind(*given, **named)  # which says what is wrong
        set_attribute(self, "__dict__", values)
        if ends_with is not None:
            ends_with(self)

    return take


def copied(one: Declaration, **changed: Any) -> Declaration:
    """Return a record with other values of some fields, and with all else that is known of it.

    Nothing is checked, for which `replace` takes several microseconds of two dozen fields.
    """
    other = object.__new__(type(one))
    object.__setattr__(other, "__dict__", vars(one) | changed)
    return other


class _Signature:
    """The signature of a record, made when it is asked for."""

    def __get__(self, instance: object | None, owner: Any) -> Any:
        from inspect import Parameter, Signature  # noqa: PLC0415 - help and editors only

        def parameter(entry: Any) -> Parameter:
            absent = entry.default is MISSING and entry.default_factory is MISSING
            default = entry.default_factory if entry.default is MISSING else entry.default
            default = Parameter.empty if absent else default
            kind = Parameter.POSITIONAL_OR_KEYWORD
            return Parameter(entry.name, kind, default=default, annotation=entry.type)

        return Signature([parameter(entry) for entry in fields(owner)])


def _values_of(one: Any) -> tuple[Any, ...]:
    return tuple([getattr(one, name) for name in one.__match_args__])


def _show(self: Any) -> str:
    shown = zip(self.__match_args__, _values_of(self), strict=True)
    return f"{type(self).__qualname__}({', '.join(f'{n}={value!r}' for n, value in shown)})"


def _equal(self: Any, other: object) -> Any:
    return _values_of(self) == _values_of(other) if type(other) is type(self) else NotImplemented


def _hash(self: Any) -> int:
    return hash(_values_of(self))


def _refuse_to_set(self: Any, name: str, *_: Any) -> None:
    raise FrozenInstanceError(f"cannot change {name!r} of {type(self).__name__}")
