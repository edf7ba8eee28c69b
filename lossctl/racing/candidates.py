"""Losses as they are trained here: the link of a regression, scores of classes, scales."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lossctl.core.loss import Loss
from lossctl.core.spec import spec as written
from lossctl.loss_specs import given_parts, given_spec

LINKS = {  # what a linear predictor becomes, for losses that do not read any number
    "poisson_nll": "log",
    "poisson_deviance": "exp",
    "gamma_deviance": "exp",
    "tweedie_deviance": "exp",
    "msle": "log1p",
    "mape": "scale",
    "smape": "scale",
    "wmape": "scale",
}
IN_UNITS = {  # parameters in units of the targets, which are scaled before training
    "huber": "delta",
    "pseudo_huber": "delta",
    "smooth_l1": "beta",
    "cauchy": "scale",
    "barron": "scale",
    "student_t_nll": "scale",
}


@dataclass(frozen=True)
class Candidate:
    """A loss as it is trained.

    Attributes
    ----------
    loss, params
        Its id, and its parameters; ``class_weights`` among them.
    link
        What becomes of the output of a regression: ``identity``, ``log`` where the loss reads
        logarithms, ``exp``, ``log1p``, or ``scale`` where it must not be shifted.
    one_score
        Whether two classes have one score, of the second.
    unit
        The parameter in units of the targets, which are scaled before training, or nothing.
    """

    loss: str
    params: Mapping[str, Any] = field(default_factory=dict)
    link: str = "identity"
    one_score: bool = False
    unit: str = ""

    @property
    def spec(self) -> str:
        """The loss with its parameters, as ``--loss`` reads it."""
        return written(self.loss, self.params)


def candidate_of(loss: Any, classes: int, *, trained_here: bool = True) -> Candidate:
    """Return how a loss is trained.

    Parameters
    ----------
    loss
        As :func:`lossctl.compute` takes it; ``class_weights`` may be among its parameters.
    classes
        How many classes the targets have, 0 of values.
    trained_here
        Whether by lossctl, on features; else anything that a command may know is a candidate.

    Raises
    ------
    ValueError
        For a loss that a model of one output, or of one per class, is not trained with: the reason.
    """
    name, said = given_parts(loss)
    params = dict(said)
    weights = params.pop("class_weights", None)
    spec = given_spec((name, params), ())
    target = spec.target
    if not isinstance(target, Loss) or target.is_metric:
        raise ValueError("it is no single loss with a gradient")
    preset = {} if spec.preset is None else dict(spec.preset.params_of(target))
    params = {**preset, **spec.params}
    if weights is not None:
        params["class_weights"] = weights
    if not trained_here:
        return Candidate(target.id, params)
    required = [entry.name for entry in target.inputs if entry.required]
    if required != ["predictions", "targets"]:
        raise ValueError(f"it reads {', '.join(required)}, not only predictions and targets")
    return _of_classes(target, params, classes) if classes else _of_values(target, params)


def _of_values(target: Loss, params: dict[str, Any]) -> Candidate:
    if "values" not in target.kinds or target.inputs[0].axes not in {"item", "item [quantile]"}:
        raise ValueError("it does not read one number per row")
    if target.id == "msle":  # the same, of a model of the logarithm
        return Candidate("mse", {}, "log1p")
    link = LINKS.get(target.id, "identity")
    if target.id == "poisson_nll" and params.get("log_input") is False:
        link = "exp"
    unit = IN_UNITS.get(target.id, "")
    return Candidate(target.id, params, link, unit=unit if unit in params else "")


def _of_classes(target: Loss, params: dict[str, Any], classes: int) -> Candidate:
    axes = target.inputs[0].axes
    if "values" in target.kinds or axes not in {"item", "item class", "item [class]"}:
        raise ValueError("it does not read scores of classes")
    if axes == "item" and classes > 2:
        raise ValueError(f"it reads one score per row, and there are {classes} classes")
    one_score = classes == 2 and axes != "item class" and params.get("task") != "multiclass"
    return Candidate(target.id, params, one_score=one_score)
