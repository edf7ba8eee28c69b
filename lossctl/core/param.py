"""A parameter of a loss: its name, default, domain and one line of help."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lossctl.core.domain import Domain
from lossctl.core.errors import UsageError
from lossctl.core.spelling import did_you_mean


@dataclass(frozen=True)
class Param:
    """One keyword parameter of a loss."""

    name: str
    default: Any
    domain: Domain
    help: str

    def accept(self, loss: str, value: Any) -> Any:
        """Return `value` in normal form; errors name the loss, the parameter and the range."""
        try:
            return self.domain.accept(value)
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
        For an unknown name (with the nearest one) or a value outside its domain.
    """
    known = {param.name: param for param in params}
    for name in given:
        if name not in known:
            takes = f"it takes {', '.join(known)}" if known else "it takes no parameters"
            hint = did_you_mean(name, known)
            raise UsageError(f"{loss} has no parameter {name!r}; {takes}{hint}")
    return {
        name: param.accept(loss, given[name]) if name in given else param.default
        for name, param in known.items()
    }
