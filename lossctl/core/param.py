"""A parameter of a loss: its name, default, domain and one line of help."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lossctl.core.domain import Domain
from lossctl.core.errors import PlacedError, UsageError
from lossctl.core.spelling import did_you_mean


@dataclass(frozen=True)
class Param:
    """One keyword parameter of a loss.

    Attributes
    ----------
    measured
        Values that stand for something measured from the targets: the key (None, or a word such as
        "balanced") and the function that makes the argument out of the class counts, (C,) for
        classes, (2,) for binary labels and (2, L) where labels have columns.
    required
        Whether it must be given; then the default means nothing.
    """

    name: str
    default: Any
    domain: Domain
    help: str
    measured: Mapping[Any, Callable[[Any], Any]] = field(default_factory=dict)
    required: bool = False

    def accept(self, loss: str, value: Any) -> Any:
        """Return `value` in normal form; errors name the loss, the parameter and the range."""
        if (value is None or isinstance(value, str)) and value in self.measured:
            return value
        try:
            return self.domain.accept(value)
        except PlacedError as error:
            raise error.after(f"{loss}: {self.name} ") from None
        except ValueError as error:
            raise UsageError(f"{loss}: {self.name} {error}") from None


def bind_params(loss: str, params: Sequence[Param], given: Mapping[str, Any]) -> dict[str, Any]:
    """Check `given` against the declared `params` and fill in the defaults.

    Returns
    -------
    dict
        Every declared parameter in declared order.

    Raises
    ------
    UsageError
        For an unknown name (with the nearest one), a value outside its domain, or a required
        parameter that is missing.
    """
    known = {param.name: param for param in params}
    for name in given:
        if name not in known:
            takes = f"it takes {', '.join(known)}" if known else "it takes no parameters"
            hint = did_you_mean(name, known)
            raise UsageError(f"{loss} has no parameter {name!r}; {takes}{hint}")
    for name, param in known.items():
        if param.required and name not in given:
            raise UsageError(f"{loss} needs {name}, {param.domain.describe()}: {param.help}")
    return {
        name: param.accept(loss, given[name]) if name in given else param.default
        for name, param in known.items()
    }
