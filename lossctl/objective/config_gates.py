"""The gates of a configuration: limits on values, shares and an earlier result."""

from collections.abc import Iterator
from typing import Annotated, Any, TypeAlias

from lossctl.core.domain import NONNEGATIVE, REAL, UNIT
from lossctl.core.errors import UsageError
from lossctl.core.gate import Bound, read_bound
from lossctl.core.spec import amount
from lossctl.core.spelling import listed
from lossctl.objective.config_record import Accepted, Mistake, Record, entry, in_domain, text
from lossctl.objective.yaml_nodes import PlacedText, described

REFERENCES = ("constant", "chance", "baseline")  # of values that have no slices


def a_limit() -> Accepted:
    """Take a limit of a gate: a number, or a share of a reference, ``90% of constant``."""
    number = in_domain(REAL)

    def accept(value: Any) -> Bound:
        if not isinstance(value, str):
            return Bound(number.accept(value))
        try:
            bound = read_bound(value, "limit")
        except UsageError as error:
            raise ValueError(f"is no limit: {str(error).removeprefix('limit: ')}") from None
        if bound.reference not in REFERENCES:
            known = listed(REFERENCES, "or")
            raise ValueError(f"must be a number or a share of {known}, got {described(value)}")
        return bound

    share = {"type": "string", "pattern": f"({'|'.join(REFERENCES)})$"}
    return Accepted(accept, {"anyOf": [number.schema, share]})


def an_amount() -> Accepted:
    """Take ``2%``, a share, or a number that is added."""
    number = in_domain(NONNEGATIVE)

    def accept(value: Any) -> str | float:
        if not isinstance(value, str):
            return float(number.accept(value))
        try:
            relative = amount(value, "tolerance").relative
        except UsageError as error:
            raise ValueError(f"is no tolerance: {str(error).removeprefix('tolerance: ')}") from None
        if not relative:
            raise ValueError(f"must be a number or a share such as 2%, got {described(value)}")
        return str(value)

    share = {"type": "string", "pattern": "^[0-9.eE+ ]+%$"}
    return Accepted(accept, {"anyOf": [number.schema, share]})


Key: TypeAlias = Annotated[str, text("a name")]
Share: TypeAlias = Annotated[float, in_domain(UNIT)]


class Gates(Record):
    """Limits that make the exit code 1."""

    total: Annotated[Bound | None, a_limit()] = entry("upper limit of the total", None)
    components: dict[Key, Annotated[Bound, a_limit()]] = entry(
        "upper limit of the raw value of a component, by name: a number, or a share of a "
        "reference, such as 90% of constant",
        {},
    )
    violation_rate: dict[Key, Share] = entry(
        "upper limit of the violation rate of a constraint or rule", {}
    )
    satisfaction: dict[Key, Share] = entry("lower limit of the mean satisfaction of a rule", {})
    metrics: dict[Key, Annotated[float, in_domain(REAL)]] = entry(
        "limit of a metric, by name: the least value of one of which more is better, else the "
        "greatest",
        {},
    )
    baseline: Annotated[PlacedText | None, text("a file")] = entry(
        "JSON result of an earlier run, than which the total may not be worse", None
    )
    tolerance: Annotated[Any, an_amount()] = entry(
        "how far the total may be over its baseline: 2% of it, or a number", 0.0
    )

    def mistakes(self) -> Iterator[Mistake]:
        """Yield a tolerance without what it is of."""
        if "tolerance" in self.model_fields_set and self.baseline is None:
            yield UsageError("tolerance needs a baseline"), (), "tolerance"
