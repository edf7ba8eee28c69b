"""Benchmark of what `recommend` claims: facts of targets, and gains of steps after training.

``python -m benchmarks.recommend_claims [--held-out] [--cache FOLDER] [-o FILE]``, with the cache of
`benchmarks.recommend` and OPENBLAS_NUM_THREADS=1.

- Facts: the targets of each data set, classes under five codings, are given without a word on what
  they are. A fact is wrong if it differs from what the table says; a question is no fact.
- Steps: `recommend` sees two thirds of the held-out predictions of the default loss. A step
  that it advises harms if the metric of the last third is worse with it. A claimed gain holds if
  the gain on that third is within 1.96 standard errors of it, those of both.
- Fits: on the rows that it was fitted on, a temperature has diverged if no temperature is better,
  and a line if a constant is.
"""

import argparse
import json
import warnings
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import lossctl
from benchmarks import recommend_data, recommend_held_out
from benchmarks.kept_rows import KeptRows
from benchmarks.recommend import held_out_once
from benchmarks.recommend_data import Array, DataSet
from benchmarks.recommend_metrics import (
    OF_CLASSES,
    OF_VALUES,
    cost_of_classes,
    cost_of_values,
    takes,
)
from benchmarks.recommend_strategies import stepped
from lossctl.racing.training import MODELS
from lossctl.recommender.data_summary import NOT_FITTED
from lossctl.recommender.post_hoc import fit_step, fold_numbers, score

ORDERED = {"winequality", "led7digit"}  # whose classes may be called grades
SUPPORTS = {
    "real": {"real"},
    "amounts": {"positive", "skewed"},
    "counts": {"counts", "zero_inflated"},
    "zeros": {"zero_inflated", "counts"},
}
DRAWN = 200
Cost = Callable[[Array, Array], float]
SURE = 1.96
ROUNDING = 1e-6
SHIFTS = ("quantile_shift", "bias")  # of values; by these mse is made a quantile


def facts(data: DataSet, kind: str) -> list[tuple[str, bool]]:
    """Return what is said of the targets without a word on them, and whether it is right."""
    if not data.of_classes:
        support = SUPPORTS.get(kind, set()) | ({"real"} if np.any(data.targets == 0) else set())
        return _checked(data.targets, {"task": {"regression"}, "support": support})
    y = data.targets
    k = int(y.max()) + 1
    sizes = np.bincount(y)
    ratio = sizes.max() / sizes.min()
    classes = {"binary"} if k == 2 else {"multiclass"}
    truth = {
        "task": {"classification"},
        "classes": classes | ({"ordinal"} if data.family in ORDERED else set()),
        "imbalance": {"severe" if ratio >= 100 else "moderate" if ratio >= 4 else "balanced"},
    }
    names = np.array([f"class {chr(97 + at)}" for at in range(k)])
    codings = [y, y + 1, 10 * y + 10, names[y], np.eye(k, dtype=int)[y] if k > 2 else 2 * y - 1]
    return [each for coding in codings for each in _checked(coding, truth)]


def _checked(targets: Array, truth: dict[str, set[str]]) -> list[tuple[str, bool]]:
    try:
        found = lossctl.recommend(targets=targets, no_input=True)
    except lossctl.UsageError:
        return []  # it asks
    return [
        (f"{name} {answer}", answer in truth[name])
        for name, answer in found.measured.answers.items()
        if truth.get(name)
    ]


def steps(data: DataSet, metric: str, predictions: Array) -> Iterator[dict[str, Any]]:
    """Yield the steps advised on two thirds of the predictions, judged on the last."""
    third = fold_numbers(
        len(data.targets), np.random.default_rng(7), None,
        data.targets if data.of_classes else None, of=3,
    ) == 0  # fmt: skip
    given = predictions
    if data.of_classes and predictions.shape[1] == 2:
        given = predictions[:, 1] - predictions[:, 0]
    answers = {"task": "classification" if data.of_classes else "regression", "metric": metric}
    answers |= {"quantile": "0.9"} if metric == "pinball" else {}
    found = lossctl.recommend(
        targets=data.targets[~third], predictions=given[~third], no_input=True, answers=answers
    )
    if found.measured.faults:
        return
    cost = partial(cost_of_classes if data.of_classes else cost_of_values, metric)
    labels, before = data.targets[third], predictions[third]
    for step in found.improvements:
        if step.metric != metric:
            continue
        after = (
            stepped(step, data.targets[~third], before)
            if data.of_classes
            else before + step.values[0]
        )
        gain, error = _gain(cost, labels, before, after)
        if metric == "brier" and predictions.shape[1] == 2:  # the sum over both classes there
            gain, error = gain / 2, error / 2
        claimed = abs(step.after - step.before)
        yield {
            "step": step.step, "claimed": claimed, "error": step.error, "gain": gain,
            "harm": bool(gain < 0), "harm beyond noise": bool(gain < -SURE * error),
            "holds": bool(abs(gain - claimed) <= SURE * float(np.hypot(step.error, error))),
        }  # fmt: skip


def _gain(cost: Cost, labels: Array, before: Array, after: Array) -> tuple[float, float]:
    """Return how much lower the cost is after, and the error of that over rows drawn again."""
    rng, n = np.random.default_rng(0), len(labels)

    def gain(rows: Array) -> float:
        return cost(labels[rows], before[rows]) - cost(labels[rows], after[rows])

    drawn = [gain(rng.integers(0, n, n)) for _ in range(DRAWN)]
    return gain(np.arange(n)), float(np.std(drawn))


def fits(data: DataSet, predictions: Array) -> Iterator[bool]:
    """Yield whether each fit of the log-loss has diverged."""
    y = data.targets
    binary = predictions.shape[1] == 2
    logits = predictions[:, 1] - predictions[:, 0] if binary else predictions
    shares = np.bincount(y) / len(y)
    constant = -float(np.sum(shares * np.log(np.maximum(shares, 1e-300))))
    for step in ("temperature", "recalibration") if binary else ("temperature",):
        fitted = fit_step(step, "log_loss", y, logits)
        if fitted.setting != NOT_FITTED:
            reached = score("log_loss", y, fitted.change(logits))
            # a temperature of 1 changes nothing; a slope of 0 is a constant
            most = constant if step == "recalibration" else score("log_loss", y, logits)
            yield not reached <= most + ROUNDING


def claims_of(data: DataSet, kind: str, cache: Path | None) -> dict[str, Any]:
    """Return all that is claimed of a data set."""
    found: dict[str, Any] = {"steps": [], "fits": []}
    found["facts"] = facts(data, kind)
    default = "cross_entropy" if data.of_classes else "mse"
    metrics = OF_CLASSES if data.of_classes else OF_VALUES
    for model in MODELS:
        every = held_out_once(data, model, 0, cache)
        for metric in metrics:
            if not (data.of_classes or takes(metric, data.targets)):
                continue
            for step in steps(data, metric, every[default]):
                found["steps"].append({"model": model, "metric": metric, **step})
        if data.of_classes:
            found["fits"] += [one for each in every.values() for one in fits(data, each)]
    return found


def rows(
    sets: Iterable[DataSet], cache: Path | None, file: Path | None = None
) -> list[dict[str, Any]]:
    """Return all claims of data sets; keep them in a file of JSON lines."""
    kinds, kept = recommend_held_out.kinds(), KeptRows(file, "data", "family")
    return [
        dict(kept.row(partial(claims_of, data, kinds.get(data.name, ""), cache), *key))
        for data in sets
        for key in [(data.name, data.family)]
    ]


def shares(advised: list[dict[str, Any]]) -> dict[str, float]:
    """Return how many steps were advised, and the shares that harm and whose gain holds."""
    names = ("harm", "harm beyond noise", "holds")
    found = {name: round(float(np.mean([step[name] for step in advised])), 3) for name in names}
    return {"advised": len(advised), **found} if advised else {"advised": 0}


def summary(every: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the counts and shares."""
    said = [fact for row in every for fact in row["facts"]]
    advised = [step for row in every for step in row["steps"]]
    fitted = [fit for row in every for fit in row["fits"]]
    return {
        "data_sets": len(every), "families": len({row["family"] for row in every}),
        "facts": len(said), "wrong_facts": sum(not right for _, right in said),
        "wrong": sorted({f"{row['data']}: {fact}" for row in every
                         for fact, right in row["facts"] if not right}),
        "fits": len(fitted), "diverged_fits": sum(fitted),
        "steps": shares(advised),
        "steps but shifts": shares([step for step in advised if step["step"] not in SHIFTS]),
    }  # fmt: skip


def main() -> None:
    """Run, print the counts, and write them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--held-out", action="store_true", help="data sets no rule was made with")
    parser.add_argument("--cache", type=Path, help="the folder of benchmarks.recommend")
    parser.add_argument("-o", "--output", type=Path, help="add the counts to this JSON")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    sets = recommend_held_out.data_sets() if given.held_out else recommend_data.data_sets()
    found = summary(rows(sets, given.cache))
    print(json.dumps(found, indent=1))
    if given.output:
        before = given.output.read_text(encoding="utf-8") if given.output.exists() else "{}"
        text = json.dumps({**json.loads(before), "claims": found}, indent=1)
        given.output.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
