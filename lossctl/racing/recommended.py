"""The losses to race where none is named: the default, the recommendation, its alternatives."""

from collections.abc import Mapping
from typing import Any

from lossctl.core.errors import LossctlError
from lossctl.core.loss import Array
from lossctl.racing.judging import LOG_LOSS, Judge
from lossctl.recommender.questions import QUESTIONS
from lossctl.recommender.recommend import recommend_from
from lossctl.recommender.recommendation import Recommendation


def recommended_losses(
    targets: Array, judge: Judge, model: str
) -> list[tuple[tuple[str, Mapping[str, Any]], Mapping[str, Any]]]:
    """Return losses with their parameters, and options that go with them; the default first.

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
    advice = _advice(targets, {**answers, "metric": metric} if metric else answers)
    default = _default(targets, judge)
    choices = [advice.choice, *(other for other, _ in advice.alternatives), advice.guide]
    named = [((choice.loss, dict(choice.params)), dict(choice.options)) for choice in choices]
    return [(default, {}), *named]


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


def _default(targets: Array, judge: Judge) -> tuple[str, Mapping[str, Any]]:
    if not judge.of_classes:
        return "mse", {}
    return ("bce_with_logits" if len(set(targets.tolist())) == 2 else "cross_entropy"), {}
