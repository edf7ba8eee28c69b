"""A loss given as a formula, in which losses of single elements of plain values may stand."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from lossctl.core.domain import Param, bind_params
from lossctl.core.errors import UsageError
from lossctl.core.loss import Array, Example, Form, Loss, Page, Reference, mean_of
from lossctl.formulas.interpreter import slope_of, value_of
from lossctl.formulas.lexer import formula_error
from lossctl.formulas.parser import Bind, LossLookup, parse
from lossctl.formulas.syntax_tree import ElementLoss, Node, reads_predictions
from lossctl.losses.builders.elementwise import REGRESSION, RESIDUAL, elementwise
from lossctl.losses.catalogue import CATALOGUE, get, own_id


def bind_by_name(name: str) -> Bind | None:
    """Return what binds the parameters of a loss, or None for an unknown name."""
    loss_id = own_id(name)  # what other libraries call so may be another multiple of it
    if loss_id is None:
        return None
    loss = get(loss_id)
    if not fits(loss):
        raise UsageError(f"{loss_id} cannot stand in a formula: it is no loss of single values")
    return partial(_bind, loss)


def fits(loss: Loss) -> bool:
    """Whether a loss is the mean of a function of single predictions and targets."""
    inputs = tuple(entry.name for entry in loss.inputs)
    plain = [(form.axes, form.kind) for form in loss.forms] == [("item", "values")]
    is_mean = loss.finish is mean_of and not any(param.required for param in loss.params)
    return plain and is_mean and not loss.has_classes and inputs == ("predictions", "targets")


def names_that_fit() -> list[str]:
    """Every name, alias or id, of a loss that fits."""
    fitting = [loss_id for loss_id in CATALOGUE if fits(get(loss_id))]
    return [name for loss_id in fitting for name in (loss_id, *CATALOGUE[loss_id].aliases)]


@dataclass(frozen=True)
class _Bound:
    """The functions of a loss with its parameters bound."""

    form: Form
    params: Mapping[str, Any]

    def value(self, predictions: Array, targets: Array) -> Array:
        terms = self.form.terms(predictions, targets, **self.params)
        return terms["loss"]

    def slope(self, predictions: Array, targets: Array) -> Array:
        slopes = {"loss": 1.0}
        return self.form.vjp(predictions, targets, slopes=slopes, **self.params)["predictions"]


def _bind(loss: Loss, params: Mapping[str, Any]) -> ElementLoss:
    bound = _Bound(loss.forms[0], bind_params(loss.id, loss.params, params))
    return ElementLoss(bound.value, bound.slope)


LOSSES = LossLookup(bind_by_name, names_that_fit)

EXAMPLES = (
    "0.7*mse + 0.3*mae",
    "abs(p - t)^1.5 / (1 + abs(t))",
    "where(t > p, 0.9, 0.1) * abs(t - p)",
    "max(abs(p - t), 0.25*t) + 0.5*huber(delta=0.5)",
)


@dataclass(frozen=True)
class FormulaText:
    """The domain of a formula: texts that ``parse`` reads and that depend on the predictions.

    Attributes
    ----------
    parse
        Text → tree; best a cached function, because evaluation asks for the tree again.
    examples
        Formulas to show and to test with.
    """

    parse: Callable[[str], Node]
    examples: tuple[str, ...]

    annotation = str

    def accept(self, value: Any) -> str:
        """Return `value` when it is a formula; an error is shown with a caret under its place."""
        if not isinstance(value, str) or not value.strip():
            raise ValueError(f"must be {self.describe()}, got {value!r}")
        if not reads_predictions(self.parse(value)):
            raise formula_error(value, 0, "nothing here depends on the predictions, p")
        return value

    def describe(self) -> str:
        """Say what the text is."""
        return "an expression of p and t"

    def inside(self) -> list[Any]:
        """The examples."""
        return list(self.examples)

    def outside(self) -> list[Any]:
        """What is no text, and texts that hold nothing."""
        return [None, 3.5, True, ["p"], "", "  "]


@lru_cache(maxsize=64)
def tree_of(formula: str) -> Node:
    """Parse a formula once."""
    return parse(formula, LOSSES)


def value(predictions: Array, targets: Array, *, formula: str) -> Array:
    """Evaluate the formula at every element."""
    return value_of(tree_of(formula), predictions, targets)


def slope(predictions: Array, targets: Array, *, formula: str) -> Array:
    """Differentiate the formula with respect to the prediction, at every element."""
    return slope_of(tree_of(formula), predictions, targets)


_example: Any = partial(Example, [1.0, 3.0], [0.0, 1.0])

CUSTOM = elementwise(
    "custom",
    title="Custom formula",
    tasks=("regression",),
    inputs=REGRESSION,
    value=value,
    slope=slope,
    params=(
        Param(
            "formula",
            None,
            FormulaText(tree_of, EXAMPLES),
            f"The loss of each element, such as {EXAMPLES[0]}.",
            required=True,
        ),
    ),
    page=Page(
        summary="Loss by formula of predictions p and targets t: 0.7*mse + 0.3*mae, abs(p - t)^1.5",
        also_called=("user-defined loss",),
        curve=RESIDUAL,
        formula=(
            "p or predictions, t or y or targets, pi, e; + - * / ^ with brackets; < <= > >= == != "
            "and or not give 0 or 1; abs sign exp expm1 log log1p sqrt square tanh sigmoid "
            "softplus, min(a, b), max(a, b), clip(x, low, high), where(condition, a, b); "
            "elementwise losses of plain values by name: mse, huber(delta=0.5)"
        ),
        use_when=(
            "losses are blended: 0.7*mse + 0.3*mae",
            "the loss you trained with is not in the catalogue",
            "errors cost differently by sign or size: where(t > p, 0.9, 0.1) * abs(t - p)",
        ),
        avoid_when=(
            "the catalogue has the loss: its implementation keeps digits that a formula may lose",
            (
                "the root or the log of a mean is wanted: the formula sees one element at a "
                "time, so sqrt(mse) is mae"
            ),
        ),
        expected={"perfect": "what the formula gives at p = t"},
        references=(
            Reference(
                "Griewank and Walther, Evaluating Derivatives (2008), forward mode",
                "doi:10.1137/1.9780898717761",
            ),
        ),
        examples=(
            _example(
                2.2,
                {"formula": EXAMPLES[0]},
                "((0.7·1 + 0.3·1) + (0.7·4 + 0.3·2)) / 2 = (1 + 3.4) / 2",
            ),
            Example(
                [5.0, 1.0], [1.0, 1.0], 2.0, {"formula": EXAMPLES[1]}, "(4^1.5 / (1 + 1) + 0) / 2"
            ),
            Example([1.0, 3.0], [2.0, 1.0], 0.55, {"formula": EXAMPLES[2]}, "(0.9·1 + 0.1·2) / 2"),
        ),
        notes=(
            (
                "a constant exponent lies between -8 and 8; a formula has at most 4096 characters "
                "and 1000 numbers, names and operators, nested at most 64 deep"
            ),
            (
                "the formula is evaluated for each element and the results are averaged, so a "
                "blend of losses is the same blend of their means"
            ),
            (
                "losses in a formula take their defaults, or parameters in brackets; what they say "
                "about their inputs, such as clipping or domains, is not checked"
            ),
        ),
        kinks=(
            "those of the formula: abs has slope 0 at 0, min, max and clip the mean of both sides "
            "at a tie, comparisons slope 0"
        ),
    ),
)
