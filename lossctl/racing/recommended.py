"""The losses to race where none is named: the default, the recommendation, its alternatives."""

from collections.abc import Mapping
from typing import Any

from lossctl.core.errors import LossctlError
from lossctl.core.loss import Array
from lossctl.racing.judging import LOG_LOSS, Judge
from lossctl.recommender.question import UNKNOWN
from lossctl.recommender.questions import QUESTIONS
from lossctl.recommender.recommend import recommend_from
from lossctl.recommender.recommendation import Recommendation
from lossctl.recommender.robust_scale import robust_scale

Losses = list[tuple[str, Mapping[str, Any]]]


def recommended_losses(targets: Array, judge: Judge, model: str) -> Losses:
    """Return losses with their parameters, the default first.

    Parameters
    ----------
    targets
        (n,) as they were read.
    judge
        The metric, as far as :func:`lossctl.recommend` knows it.
    model
        ``linear``, ``network`` or ``unknown``.
    """
    answers = {"task": "classification" if judge.of_classes else "regression", "model": model}
    metric = metric_of(judge)
    if metric == "pinball":
        answers["quantile"] = str(judge.quantile)
    return losses_of(_advice(targets, {**answers, "metric": metric} if metric else answers))


def losses_of(advice: Recommendation) -> Losses:
    """Return the losses that a recommendation names, the default of its task first."""
    classes = advice.path.answers.get("task") == "classification"
    binary = advice.measured.answers.get("classes", advice.path.answers.get("classes")) == "binary"
    default = ("bce_with_logits" if binary else "cross_entropy") if classes else "mse"
    choices = [advice.choice, *(other for other, _ in advice.alternatives), advice.guide]
    losses: Losses = [(default, {})]
    for choice in choices:
        weights = {
            name: choice.options[name] for name in ("class_weights",) if name in choice.options
        }
        losses.append((choice.loss, {**choice.params, **weights}))
    return losses


def usual_losses(targets: Array, judge: Judge) -> Losses:
    """Return losses that often win on small tables, whatever is recommended.

    Parameters
    ----------
    targets
        (n,) classes from 0, or values.
    judge
        The metric.
    """
    if judge.of_classes:
        default = "bce_with_logits" if targets.max() < 2 else "cross_entropy"
        return [
            (default, {"label_smoothing": 0.1}),
            ("brier", {}),
            ("poly1", {}),
            ("focal", {"gamma": 2.0, "alpha": None}),
            ("logit_adjusted_cross_entropy", {}),
        ]
    delta = float(f"{0.5 * robust_scale(targets):.3g}")
    losses: Losses = [("mae", {}), *([("huber", {"delta": delta})] if delta else [])]
    if targets.min() >= 0:  # through a log link, effects multiply: another model, under any metric
        losses += [("poisson_nll", {}), ("msle", {})]
    return losses


def race_metric(advice: Recommendation) -> str:
    """Return the metric of a recommendation as a race takes it, or nothing."""
    metric = advice.path.answers.get("metric", UNKNOWN)
    if metric == "pinball":
        return f"pinball:q={advice.path.answers.get('quantile', advice.tree.usual('quantile'))}"
    return "" if metric == UNKNOWN else metric


def metric_of(judge: Judge) -> str:
    """Return the metric as the questions name it, or nothing."""
    if judge.step_metric in QUESTIONS["metric"].answers:
        return judge.step_metric
    name = judge.name.partition(":")[0]
    name = QUESTIONS["metric"].aliases.get(name, name)
    return "log_loss" if name in LOG_LOSS else name if name in QUESTIONS["metric"].answers else ""


def _advice(targets: Array, answers: Mapping[str, str]) -> Recommendation:
    try:
        return recommend_from({"targets": targets}, None, answers, no_input=True)
    except LossctlError:  # a metric of another task: the guides' leaf
        plain = {name: value for name, value in answers.items() if name in {"task", "model"}}
        return recommend_from({"targets": targets}, None, plain, no_input=True)
