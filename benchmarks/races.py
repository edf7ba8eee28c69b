"""Benchmark of races: how often the winner is within one corrected standard error of the best.

``python -m benchmarks.races [--quick] [--held-out] [--train] [--cache FOLDER] [-o FILE]``, with
OPENBLAS_NUM_THREADS=1.

`lossctl.race` gets the out-of-fold predictions of one drawing of folds. Its winner is judged on
that drawing and another together, and on the other alone, against the loss that is best there.
With --train it trains the losses that it takes from the recommendation itself, on the features.
Hits that are in the file of -o are not measured again.
"""

import argparse
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cache as cache_of
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import lossctl
from benchmarks import recommend_held_out
from benchmarks.kept_rows import KeptRows
from benchmarks.recommend import QUICK, corrected_error, fold_costs, fold_numbers, held_out
from benchmarks.recommend_data import Array, DataSet, data_sets
from benchmarks.recommend_figures import by_family, estimate
from benchmarks.recommend_metrics import LEAST, OF_CLASSES, OF_VALUES, takes
from benchmarks.recommend_models import LEVEL
from benchmarks.recommend_strategies import candidate_of
from lossctl.core.spec import parse_spec
from lossctl.racing.judging import Entry
from lossctl.racing.race_result import simplest_of_best
from lossctl.racing.training import MODELS

DRAWINGS = 2
POSITIVE = ("poisson_deviance", "gamma_deviance")
OF_TRAINING = (  # races on features are slow
    "log_loss", "balanced_accuracy", "roc_auc", "rmse", "mae", "poisson_deviance",
)  # fmt: skip
FEW_HELD_OUT = slice(2, None, 4)  # of data sets for races that train; others showed a gap


def metric_of(metric: str) -> str:
    """Return a metric as `lossctl.race` takes it."""
    return f"pinball:q={LEVEL}" if metric == "pinball" else metric


def of_predictions(data: DataSet, metric: str, found: Mapping[str, Array], at: int) -> Any:
    """Race the predictions of one drawing."""
    least = LEAST * max(float(data.targets.mean()), 1e-12)
    predictions = {
        name: np.maximum(each[at], least) if metric in POSITIVE else each[at]
        for name, each in found.items()
    }
    return lossctl.race(
        predictions, targets=data.targets, metric=metric_of(metric), folds=fold_numbers(data, at)
    )


def judged(data: DataSet, metric: str, found: Mapping[str, Array]) -> dict[str, dict[str, float]]:
    """Judge the winner of the first drawing, with and without steps, on both and on the second."""
    races = [of_predictions(data, metric, found, at) for at in range(DRAWINGS)]
    sign = -1.0 if races[0].higher_is_better else 1.0
    scores = [
        {(one.candidate, one.step): sign * np.array(one.scores) for one in race.candidates}
        for race in races
    ]
    shared = [key for key in scores[0] if key in scores[1]]
    plain = [key for key in shared if not key[1]]
    both = {key: np.concatenate([each[key] for each in scores]) for key in shared}
    answer = {}
    for name, keys in (("without steps", plain), ("with steps", shared)):
        chosen = winner(races[0], keys, list(found))
        for where, costs in (("both drawings", both), ("another drawing", scores[1])):
            best = min(plain, key=lambda key: costs[key].mean())
            answer[f"{name}, {where}"] = {"hit": hit(costs[chosen], costs[best])}
    return answer


def winner(race: Any, keys: list[tuple[str, str]], names: list[str]) -> tuple[str, str]:
    """Return the winner of a race among some entries, by the rule of the race."""
    entries = [
        Entry(one.candidate, np.array(one.scores), one.step)
        for one in race.candidates
        if (one.candidate, one.step) in keys
    ]
    near = simplest_of_best(entries, 1 / 4, higher_is_better=race.higher_is_better)
    first = min(near, key=lambda at: (bool(entries[at].step), names.index(entries[at].candidate)))
    return entries[first].candidate, entries[first].step


def hit(costs: Array, best: Array) -> float:
    """Whether costs are within one corrected standard error of the best."""
    difference = costs - best
    return float(difference.mean() <= corrected_error(difference) + 1e-12)


def trained(data: DataSet, metric: str, model: str, found: Mapping[str, Array]) -> dict[str, Any]:
    """Race on the features, and judge the loss of the winner by what the benchmark trained."""
    race = lossctl.race(
        features=data.features, targets=data.targets, metric=metric_of(metric), model=model,
        steps=False,
    )  # fmt: skip
    costs = {key: fold_costs(data, metric, each) for key, each in found.items()}
    best = min(costs.values(), key=lambda each: float(each.mean()))
    sign = -1.0 if race.higher_is_better else 1.0
    own = sign * np.array(race.winner.scores)  # the folds are those of the benchmark
    with suppress(ValueError):
        own = costs[candidate_of(*parse_spec(race.losses[race.winner.candidate]), {})]
    return {"trained here": {"hit": hit(own, best)}}


def results(
    sets: Iterable[DataSet], *, train: bool, cache: Path | None, file: Path | None = None
) -> Iterator[dict[str, Any]]:
    """Yield the hits of each data set, model and metric; keep them in a file of JSON lines."""
    kept = KeptRows(file, "data", "family", "model", "metric", "train")
    for data in sets:
        for model in MODELS:
            predictions = cache_of(partial(held_out, data, model, DRAWINGS, cache))
            for metric in OF_CLASSES if data.of_classes else OF_VALUES:
                if not (data.of_classes or takes(metric, data.targets)):
                    continue
                if not train or metric in OF_TRAINING:
                    measure = partial(_hits, data, metric, model, predictions, train=train)
                    yield kept.row(measure, data.name, data.family, model, metric, train)
        print(data.name, flush=True)


def _hits(
    data: DataSet,
    metric: str,
    model: str,
    predictions: Callable[[], Mapping[str, Array]],
    *,
    train: bool,
) -> dict[str, Any]:
    hits: dict[str, Any] = {}
    with suppress(lossctl.DataError):  # predictions that know nothing are not raced
        found = predictions()
        hits = trained(data, metric, model, found) if train else judged(data, metric, found)
    return {"strategies": hits}


def shares(rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the share of hits by model and kind of race, with intervals over families."""
    by_model = defaultdict(list)
    for row in rows:
        by_model[row["model"]].append(row)
    return {
        model: {
            name: {
                "hit": estimate(by_family(some, name, "hit")),
                "races": sum(name in row["strategies"] for row in some),
            }
            for name in dict.fromkeys(name for row in some for name in row["strategies"])
        }
        for model, some in by_model.items()
    }


def main() -> None:
    """Run, and print the share of hits with 95 % intervals over families of data sets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="thirteen data sets")
    parser.add_argument("--held-out", action="store_true", help="data sets no rule was made with")
    parser.add_argument("--train", action="store_true", help="race on features, which is slow")
    parser.add_argument("--cache", type=Path, help="the folder of benchmarks.recommend")
    parser.add_argument("-o", "--output", type=Path, help="add every hit to this file, JSON lines")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    if given.held_out:
        sets = recommend_held_out.data_sets()[FEW_HELD_OUT if given.quick else slice(None)]
    else:
        sets = data_sets(QUICK if given.quick else None)
    rows = results(sets, train=given.train, cache=given.cache, file=given.output)
    for model, kinds in shares(rows).items():
        for name, found in kinds.items():
            mean, low, high = found["hit"]
            print(f"{model}, {name}: {mean:.2f} ({low:.2f} to {high:.2f}), {found['races']} races")


if __name__ == "__main__":
    main()
