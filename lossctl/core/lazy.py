"""What is worked out or loaded when first asked for: properties, and old names of declarations."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import wraps
from typing import Any, Generic, TypeVar, cast, overload

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
