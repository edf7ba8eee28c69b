"""Ways to choose a loss: the default, the guides, a look-up by metric, `recommend`, a race."""

from collections.abc import Mapping
from typing import Any

import numpy as np

import lossctl
from benchmarks.recommend_data import Array, DataSet
from benchmarks.recommend_metrics import OF_CLASSES
from benchmarks.recommend_models import CLASSES, LEVEL, VALUES

STRATEGIES = ("default", "guide", "look-up", "recommend", "recommend, with steps", "race")
LOOK_UP = {  # by the metric alone
    "balanced_accuracy": "logit_adjusted",
    "mae": "huber",
    "pinball": "quantile",
    "poisson_deviance": "poisson",
    "gamma_deviance": "gamma",
    "mape": "mape",
}
NAMES = {  # of losses that are recommended and trained under another name
    "bce_with_logits": "cross_entropy",
    "logit_adjusted_cross_entropy": "logit_adjusted",
    "poisson_nll": "poisson",
    "tweedie_deviance": "poisson",
    "gamma_deviance": "gamma",
    "pseudo_huber": "huber_wide",
}


def candidate_of(loss: str, params: Mapping[str, Any], options: Mapping[str, Any]) -> str:
    """Return the name of the candidate that a recommended loss was trained as."""
    settings = {**params, **options}
    if settings.get("pos_weight") == "balanced" or settings.get("class_weights") == "balanced":
        return "balanced"
    if str(settings.get("class_weights", "")).startswith("effective"):
        return "effective"
    if settings.get("label_smoothing"):
        return "smoothed"
    name = NAMES.get(loss, loss)
    if name not in {**CLASSES, **VALUES}:
        raise ValueError(f"{loss} is recommended, and not trained")
    return name


def recommended(data: DataSet, metric: str, model: str) -> tuple[Any, str, str]:
    """Return what `recommend` says of the targets, and the candidates it and the guides name."""
    classes = int(data.targets.max()) + 1 if data.of_classes else 0
    answers: dict[str, Any] = {"metric": metric, "model": model}
    if data.of_classes:
        answers |= {"task": "classification", "classes": "binary" if classes == 2 else "multiclass"}
    else:
        answers |= {"task": "regression"}
    if metric == "pinball":
        answers["quantile"] = str(LEVEL)
    if "model" not in lossctl.recommend.__kwdefaults__ and model not in _models():
        answers.pop("model")
    found = lossctl.recommend(targets=data.targets, no_input=True, **answers)
    best = candidate_of(found.loss, found.params, found.options)
    without = {name: value for name, value in answers.items() if name not in {"metric", "model"}}
    guide = lossctl.recommend(targets=data.targets, no_input=True, **without).guide
    return found, best, candidate_of(guide.loss, guide.params, guide.options)


def _models() -> tuple[str, ...]:
    from lossctl.recommender.questions import QUESTIONS

    return tuple(QUESTIONS["model"].answers)


def look_up(metric: str) -> str:
    """Return the candidate of a metric, whatever the data."""
    return LOOK_UP.get(metric, "cross_entropy" if metric in OF_CLASSES else "mse")


def with_step(
    found: Any, labels: Array, plain: Array, retrained: Array, fold: Array
) -> tuple[Array, bool]:
    """Follow `recommend` on held-out scores of the default loss: its step, or another loss.

    Where a step is advised on the other folds, it is applied to the scores of the default loss;
    elsewhere the scores are those of the loss recommended. Also returned is whether any was.
    """
    changed, taken = retrained.copy(), False
    answers = {k: v for k, v in found.path.answers.items() if v != "unknown"}
    given = plain[:, 1] - plain[:, 0] if plain.shape[1] == 2 else plain
    for at in np.unique(fold):
        fit, judge = fold != at, fold == at
        advice = lossctl.recommend(
            targets=labels[fit], predictions=given[fit], no_input=True, answers=answers
        )
        if advice.then is not None:
            taken = True
            changed[judge] = stepped(advice.then, labels[fit], plain[judge])
    return changed, taken


def stepped(step: Any, labels: Array, scores: Array) -> Array:
    """Return scores (n, C) after a step that was fitted on other rows, of these labels."""
    classes = scores.shape[1]
    values = np.asarray(step.values)
    if step.step == "threshold":
        cut = np.log(values[0] / (1 - values[0]))
        return scores - np.array([0.0, cut])
    if step.step == "prior_correction":
        shares = np.maximum(np.bincount(labels, minlength=classes), 1) / len(labels)
        return scores - values[0] * np.log(shares)
    if step.step == "class_weights":
        return scores + np.log(values)
    if step.step == "temperature":
        return scores / values[0]
    logit = values[0] * (scores[:, 1] - scores[:, 0]) + values[1]
    return np.stack([-0.5 * logit, 0.5 * logit], axis=1)


def shifted(found: Any, targets: Array, predicted: Array, fold: Array) -> tuple[Array, bool]:
    """Change held-out values by the shift that `recommend` finds on the other folds."""
    changed, taken = predicted.copy(), False
    answers = {k: v for k, v in found.path.answers.items() if v != "unknown"}
    for at in np.unique(fold):
        fit, judge = fold != at, fold == at
        step = lossctl.recommend(
            targets=targets[fit], predictions=predicted[fit], no_input=True, answers=answers
        ).then
        if step is not None:
            taken = True
            changed[judge] = changed[judge] + step.values[0]
    return changed, taken
