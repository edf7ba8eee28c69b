"""Losses written as specs, ``huber:delta=0.5``, and the labels that distinguish several results."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol


class HasParams(Protocol):
    """Anything with the id of a loss and its parameters, as a result has."""

    @property
    def loss(self) -> str:
        """Id of the loss."""
        ...

    @property
    def params(self) -> Mapping[str, Any]:
        """Every parameter, those at their defaults too."""
        ...


def param(value: object) -> str:
    """Write the value of a parameter as the command line reads it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple | list):
        return "[" + ",".join(param(entry) for entry in value) + "]"
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)


def spec(loss: str, params: Mapping[str, Any]) -> str:
    """Write a loss with parameters as the command line reads it."""
    text = ",".join(f"{name}={param(value)}" for name, value in params.items())
    return f"{loss}:{text}" if text else loss


def labels(results: Sequence[HasParams]) -> list[str]:
    """Return a label for each result: the id of its loss, with the parameters where these differ.

    Results of one loss with equal parameters share a label.

    Examples
    --------
    >>> from types import SimpleNamespace as Named
    >>> labels([Named(loss="mae", params={})] + [
    ...     Named(loss="quantile", params={"q": q, "log": False}) for q in (0.1, 0.9)])
    ['mae', 'quantile:q=0.1', 'quantile:q=0.9']
    """
    alike: dict[str, list[Mapping[str, Any]]] = {}
    for one in results:
        alike.setdefault(one.loss, []).append(one.params)
    return [spec(one.loss, _distinct(one.params, alike[one.loss])) for one in results]


def _distinct(params: Mapping[str, Any], others: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the parameters of which some other result has another value."""
    return {
        name: value
        for name, value in params.items()
        if any(name not in other or other[name] != value for other in others)
    }
