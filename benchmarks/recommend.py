"""Benchmark of recommendations.

``python -m benchmarks.recommend [--quick] [-o FILE] [--cache FOLDER]``, with
OPENBLAS_NUM_THREADS=1: matrices are small, and threads would wait for each other.

Every candidate loss is trained on small real data sets (a linear model and a network, folds drawn
several times) and judged by every metric. Printed is, by metric and model, how often each strategy
chooses a loss within one corrected standard error of the best (hit). The file also has how often
its regret is at most 0.05 (near), and the regret from best (0) to worst (1), with 95 % intervals
over families of data.
"""

import argparse
import hashlib
import json
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from functools import cache as cache_of
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import recommend_boosting as boosting
from benchmarks.kept_rows import KeptRows, Row
from benchmarks.recommend_data import Array, DataSet, data_sets
from benchmarks.recommend_figures import beside, summary, table
from benchmarks.recommend_metrics import (
    OF_CLASSES,
    OF_VALUES,
    cost_of_classes,
    cost_of_values,
    takes,
)
from benchmarks.recommend_models import CLASSES, VALUES
from benchmarks.recommend_strategies import candidate_of, look_up, recommended, shifted, with_step
from lossctl.racing.candidates import Candidate
from lossctl.racing.training import MODELS, trained
from lossctl.recommender.post_hoc import fold_numbers as draw_folds
from lossctl.uncertainty.resampled import corrected_error as error_of_folds

FOLDS = 5
QUICK = (
    "iris", "wine", "german", "haberman", "ecoli-0-1-4-6_vs_5", "glass-0-1-2-3_vs_4-5-6",
    "contraceptive", "car-good", "diabetes", "ceosal1 salary", "hitters Salary", "smoke cigs",
    "fertil2 children",
)  # fmt: skip
NEAR = 0.05
BOOSTING = "boosting"


def fold_numbers(data: DataSet, repeat: int) -> Array:
    """Return the fold of each row; classes are spread evenly."""
    labels = data.targets if data.of_classes else None
    return draw_folds(len(data.targets), np.random.default_rng(repeat), None, labels, of=FOLDS)


def candidates(data: DataSet) -> dict[str, Candidate]:
    """Return the losses that read the targets of a data set."""
    if data.of_classes:
        return CLASSES
    low = data.targets.min()
    takes_low = {"poisson": low >= 0, "msle": low >= 0, "gamma": low > 0, "mape": low > 0}
    return {name: one for name, one in VALUES.items() if takes_low.get(name, True)}


def held_out(data: DataSet, model: str, repeats: int, cache: Path | None) -> dict[str, Array]:
    """Return the predictions of every candidate for rows it was not trained on, by repeat."""
    drawn = [held_out_once(data, model, repeat, cache) for repeat in range(repeats)]
    return {name: np.stack([each[name] for each in drawn]) for name in drawn[0]}


def held_out_once(data: DataSet, model: str, repeat: int, cache: Path | None) -> dict[str, Array]:
    """Return them for one drawing of folds, from the cache if they are there."""
    name = hashlib.sha256(f"{data.name} {model} {repeat}".encode()).hexdigest()[:16]
    file = cache / f"{name}.npz" if cache else None
    if file is not None and file.exists():
        return dict(np.load(file))
    classes = int(data.targets.max()) + 1 if data.of_classes else 0
    folds, found = fold_numbers(data, repeat), {}
    for key, candidate in candidates(data).items():
        if model == BOOSTING and key not in {**dict.fromkeys(boosting.CLASSES), **boosting.VALUES}:
            continue
        found[key] = np.zeros((len(data.targets), classes) if classes else len(data.targets))
        for fold in range(FOLDS):
            fit, judge = folds != fold, folds == fold
            rows = (data.features[fit], data.targets[fit])
            how = {"classes": classes, "seed": 10 * repeat + fold}
            scorer = (
                boosting.trained(key, *rows, **how)
                if model == BOOSTING
                else trained(candidate, model, *rows, **how)
            )
            found[key][judge] = scorer(data.features[judge])
    if file is not None:
        np.savez(file, **found)
    return found


def fold_costs(data: DataSet, metric: str, predictions: Array) -> Array:
    """Return the metric of each fold of each repeat as a cost, flat."""
    of = cost_of_classes if data.of_classes else cost_of_values
    return np.array([
        of(metric, data.targets[folds == fold], predictions[repeat, folds == fold])
        for repeat in range(len(predictions))
        for folds in [fold_numbers(data, repeat)]
        for fold in range(FOLDS)
    ])  # fmt: skip


def judged(
    data: DataSet, metric: str, model: str, predictions: Callable[[], dict[str, Array]]
) -> dict[str, Any]:
    """Judge every strategy on one data set by one metric."""
    found = predictions()
    costs = {name: fold_costs(data, metric, each) for name, each in found.items()}
    advice, best, guide = recommended(data, metric, model)
    chosen = {
        "default": "cross_entropy" if data.of_classes else "mse",
        "guide": guide,
        "look-up": look_up(metric),
        "recommend": best,
    }
    entries = {name: costs[key] for name, key in chosen.items() if key in costs}
    entries["recommend, with steps"], stepped = _stepped(data, metric, advice, found, costs[best])
    entries["race"] = _raced(costs)
    low = min(costs, key=lambda name: costs[name].mean())
    worst = max(each.mean() for each in costs.values())
    span = worst - costs[low].mean()
    return {
        "chosen": chosen, "step": stepped, "best": low,
        "strategies": {
            name: _against(each, costs[low], span) for name, each in entries.items()
        },
        "losses": {
            name: _compared(each, costs[chosen["default"]], costs[low])
            for name, each in costs.items()
        },
    }  # fmt: skip


def corrected_error(difference: Array) -> float:
    """Standard error of a mean over folds that share rows."""
    return error_of_folds(difference, 1 / (FOLDS - 1))


def _against(costs: Array, best: Array, span: float) -> dict[str, float | bool]:
    difference = costs - best
    mean = float(difference.mean())
    regret = mean / span if span > 0 else 0.0
    return {
        "hit": _hits(difference),
        "near": bool(regret <= NEAR),
        "close": _hits(difference) or bool(regret <= NEAR),
        "regret": float(regret),
    }


def _compared(costs: Array, default: Array, best: Array) -> dict[str, Any]:
    """Compare a loss with the default by two corrected errors, and with the best."""
    difference = costs - default
    mean, error = float(difference.mean()), corrected_error(difference)
    verdict = "tied" if abs(mean) <= 2 * error else "better" if mean < 0 else "worse"
    low = float(best.mean())
    return {
        "verdict": verdict,
        "above": float(costs.mean() - low) / abs(low) if low else 0.0,
        "hit": _hits(costs - best),
    }


def _hits(difference: Array) -> bool:
    return bool(difference.mean() <= corrected_error(difference) + 1e-12)


def _raced(costs: dict[str, Array]) -> Array:
    """Return the costs of the loss that is best on the other folds of its repeat."""
    names = list(costs)
    matrix = np.array([costs[name] for name in names]).reshape(len(names), -1, FOLDS)
    others = (matrix.sum(axis=2, keepdims=True) - matrix) / (FOLDS - 1)
    best = others.argmin(axis=0)
    return np.take_along_axis(matrix, best[None], axis=0)[0].ravel()


def _stepped(
    data: DataSet, metric: str, advice: Any, found: dict[str, Array], costs: Array
) -> tuple[Array, bool]:
    """Return the costs with the step that goes with the loss, and whether there is one."""
    drawn, taken = [], False
    for repeat, best in enumerate(found[candidate_of_advice(advice)]):
        folds = fold_numbers(data, repeat)
        if data.of_classes:
            plain = found["cross_entropy"][repeat]
            changed, any_step = with_step(advice, data.targets, plain, best, folds)
        else:
            changed, any_step = shifted(advice, data.targets, best, folds)
        drawn.append(changed)
        taken |= any_step
    return (fold_costs(data, metric, np.stack(drawn)), True) if taken else (costs, False)


def candidate_of_advice(advice: Any) -> str:
    """Return the candidate that a recommendation was trained as."""
    return candidate_of(advice.loss, advice.params, advice.options)


def results(
    sets: Iterable[DataSet],
    *,
    repeats: int,
    cache: Path | None,
    models: Iterable[str] = MODELS,
    file: Path | None = None,
) -> Iterator[Row]:
    """Yield one judgement for each data set, model and metric; keep them in a file."""
    kept = KeptRows(file, "data", "family", "metric", "model", "repeats")
    for data in sets:
        metrics = OF_CLASSES if data.of_classes else OF_VALUES
        for model in models:
            began = time.perf_counter()
            predictions = cache_of(partial(held_out, data, model, repeats, cache))
            for metric in metrics:
                if data.of_classes or takes(metric, data.targets):
                    measure = partial(judged, data, metric, model, predictions)
                    yield kept.row(measure, data.name, data.family, metric, model, repeats)
            seconds = time.perf_counter() - began
            print(f"{data.name}, {model}: {seconds:.0f} s", flush=True)


def main() -> None:
    """Run, print the table, and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="thirteen data sets, one drawing of folds"
    )
    parser.add_argument(
        "--model", action="append", choices=(*MODELS, BOOSTING),
        help="only this model; the output keeps the figures of the others",
    )  # fmt: skip
    parser.add_argument("--repeats", type=int, default=3, help="times that folds are drawn")
    parser.add_argument("--cache", type=Path, help="a folder to keep predictions in")
    parser.add_argument("-o", "--output", type=Path, help="write the figures as JSON here")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    if given.cache:
        given.cache.mkdir(parents=True, exist_ok=True)
    repeats = 1 if given.quick else given.repeats
    sets = data_sets(QUICK if given.quick else None)
    models = given.model or (*MODELS, BOOSTING)
    figures = summary(list(results(sets, repeats=repeats, cache=given.cache, models=models)))
    print(table(figures))
    if given.output:
        if given.model and given.output.exists():
            before = json.loads(given.output.read_text(encoding="utf-8"))
            figures = beside(before, figures)
        given.output.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
