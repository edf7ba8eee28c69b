"""The losses that may stand in a formula: those of single elements of plain values."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from lossctl.core.errors import UsageError
from lossctl.core.loss import Array, Form, Loss, mean_of
from lossctl.core.param import bind_params
from lossctl.formulas.parser import Bind, LossLookup
from lossctl.formulas.syntax_tree import ElementLoss
from lossctl.losses.catalogue import CATALOGUE, get, resolve


def find(name: str) -> Bind | None:
    """Return what binds the parameters of a loss, or None for an unknown name."""
    try:
        loss_id = resolve(name)
    except UsageError:
        return None
    loss = get(loss_id)
    if not fits(loss):
        raise UsageError(f"{loss_id} cannot stand in a formula: it is no loss of single values")
    return partial(_bind, loss)


def fits(loss: Loss) -> bool:
    """Whether a loss is the mean of a function of single predictions and targets."""
    names = tuple(entry.name for entry in loss.inputs)
    plain = [(form.axes, form.kind) for form in loss.forms] == [("item", "values")]
    whole = loss.finish is mean_of and not any(param.required for param in loss.params)
    return plain and whole and not loss.has_classes and names == ("predictions", "targets")


def names() -> list[str]:
    """Every name, alias or id, of a loss that fits."""
    fitting = [loss_id for loss_id in CATALOGUE if fits(get(loss_id))]
    return [name for one in fitting for name in (one, *CATALOGUE[one].aliases)]


@dataclass(frozen=True)
class _Bound:
    """The functions of a loss with its parameters."""

    form: Form
    params: Mapping[str, Any]

    def value(self, predictions: Array, targets: Array) -> Array:
        terms = self.form.terms(predictions, targets, **self.params)
        return terms["loss"]

    def slope(self, predictions: Array, targets: Array) -> Array:
        slopes = {"loss": 1.0}
        return self.form.pullback(predictions, targets, slopes=slopes, **self.params)["predictions"]


def _bind(loss: Loss, given: Mapping[str, Any]) -> ElementLoss:
    bound = _Bound(loss.forms[0], bind_params(loss.id, loss.params, given))
    return ElementLoss(bound.value, bound.slope)


TERMS = LossLookup(find, names)
