"""Properties that are worked out when first asked for, and then kept."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

Value = TypeVar("Value")


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
