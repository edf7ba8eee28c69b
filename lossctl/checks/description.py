"""What data look like: task, kind of the predictions, classes, balance, chance level."""

import math
from typing import Any, NamedTuple

from lossctl.checks.facts import Facts, class_counts

MOST_COUNTS = 20  # classes whose counts are listed


class Several(NamedTuple):
    """What several numbers for each target are called, and the losses that fit them."""

    words: str
    losses: tuple[str, ...]


SEVERAL = {
    "bounds": Several("in rising order: bounds", ("interval", "crps_quantile")),
    "quantiles": Several("in rising order: quantiles", ("crps_quantile", "quantile")),
    "falling quantiles": Several(
        "in falling order: quantiles, the highest first", ("crps_quantile", "quantile")
    ),
    "members": Several("in no order: members of an ensemble", ("crps_ensemble",)),
}


def describe(facts: Facts) -> dict[str, Any]:
    """Return what the data look like, by name.

    Chance is −log p of a prediction that knows nothing, ``constant`` that of one that knows the
    shares of the classes; of numbers the mean and the variance of the targets are given.
    """
    if not facts.inputs:
        return {}
    if facts.form == "other":
        shapes = {name: list(seen.shape) for name, seen in facts.inputs.items()}
        if facts.loss is None and {"predictions", "targets"} == shapes.keys():
            several = f"{shapes['predictions'][-1]} numbers for each target"
            if facts.looks in SEVERAL:
                several = f"{several}, {SEVERAL[facts.looks].words}"
            return {"task": "regression", "predictions": several, "inputs": shapes}
        return {"inputs": shapes}
    described: dict[str, Any] = {
        "task": task_of(facts),
        "predictions": facts.looks,
        "items": facts.items - facts.ignored - facts.weightless,
    }
    if facts.ignored:
        described["ignored"] = facts.ignored
    if facts.form == "values":
        seen = facts.targets
        return described | {"target_mean": seen.mean, "target_variance": seen.variance}
    counts = _counts(facts)
    described["classes"] = facts.classes
    described["chance"] = math.log(max(facts.classes, 1))
    total = sum(counts.values())
    if total:
        shares = [count / total for count in counts.values() if count]
        described["constant"] = -sum(share * math.log(share) for share in shares)
        described["imbalance"] = max(counts.values()) / max(min(counts.values()), 1)
        described["counts"] = dict(sorted(counts.items(), key=lambda one: -one[1])[:MOST_COUNTS])
    return described


def task_of(facts: Facts) -> str:
    """Return binary, multilabel, multiclass, segmentation or regression."""
    if facts.form == "values":
        return "regression"
    if len(facts.item_shape) >= 3:
        return "segmentation"
    if facts.form == "rows":
        return "multiclass"
    return "binary" if facts.class_axis is None else "multilabel"


def _counts(facts: Facts) -> dict[str, int]:
    if facts.form == "rows":
        return {str(at): int(count) for at, count in enumerate(class_counts(facts)) if count}
    return {f"{label:g}": count for label, count in facts.labels.items()}


def answers_of(facts: Facts) -> dict[str, str] | None:
    """Return what the data answer of the questions of ``recommend``; None of other inputs."""
    if facts.form == "other":
        return None
    task = task_of(facts)
    if task == "regression":
        return {"task": "regression"}
    answers = {"task": "segmentation" if task == "segmentation" else "classification"}
    answers["classes"] = {"rows": "multiclass"}.get(facts.form, task)
    if task == "segmentation" and facts.form == "items":
        answers["classes"] = "binary"
    return answers
