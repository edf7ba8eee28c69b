"""Random command lines that race candidates; by a door and a number, as in doors."""

from pathlib import Path
from random import Random

import numpy as np

from lossctl.metrics.known_metrics import METRICS
from tests.fuzz.comparing import beside_rows, save_array
from tests.fuzz.material import argument, numbers, text, write

OF_CLASSES = ("balanced_accuracy", "f1", "f1_macro", "log_loss", "brier", "roc_auc", "accuracy")
OF_VALUES = ("mae", "rmse", "medae", "r2", "pinball:q=0.9", "mape", "gamma_deviance")


def race(rng: Random, folder: Path) -> list[str]:
    """Race candidates, or models of features, that may lack numbers, rows or classes."""
    draw = np.random.default_rng(rng.randrange(2**32))
    rows, classes = rng.choice((2, 9, 30, 60)), rng.choice((2, 2, 3, 9))
    of_classes = rng.random() < 0.6
    goals = draw.integers(0, classes, rows) if of_classes else draw.gamma(2.0, size=rows)
    if of_classes and rng.random() < 0.2:
        goals = goals * rng.choice((10, -1, 0))
    targets = save_array(folder, "y", goals)
    if rng.random() < 0.1:
        targets = beside_rows(rng, folder, "y", rows)
    metric = rng.choice(OF_CLASSES if of_classes else OF_VALUES)
    if rng.random() < 0.15:
        metric = rng.choice((*OF_CLASSES, *OF_VALUES, *METRICS, "huber", text(rng), argument(rng)))
    said = ["--targets", targets, "--metric", metric]
    if rng.random() < 0.15:
        said += ["--features", _features(rng, folder, draw, rows)]
        said += rng.choice(([], ["--model", "network"], ["-l", "mse", "-l", argument(rng)]))
    else:
        for at in range(rng.choice((1, 2, 2, 2, 3))):
            shape = (rows, classes) if of_classes and rng.random() < 0.5 else (rows,)
            array = draw.normal(size=shape) * rng.choice((1.0, 0.0, 1e200))
            if rng.random() < 0.3:
                array = draw.uniform(size=shape)
            if rng.random() < 0.1:
                array[draw.integers(rows)] = rng.choice((np.nan, np.inf, 1e308))
            file = save_array(folder, f"p{at}", array)
            if rng.random() < 0.05:
                file = write(rng, folder, f"q{at}", numbers(rng, (rows,)))
            name = rng.choice((f"m{at}", f"m{at}", text(rng)))
            said += ["--candidate", f"{name}={file}"]
    return [*said, *_more(rng, folder, rows)]


def _features(rng: Random, folder: Path, draw: np.random.Generator, rows: int) -> str:
    if rng.random() < 0.3:
        return beside_rows(rng, folder, "x", rows)
    table = draw.normal(size=(rows, 2)) * rng.choice((1.0, 0.0, 1e100))
    table[draw.uniform(size=table.shape) < rng.choice((0.0, 0.2, 1.0))] = np.nan
    return save_array(folder, "x", table)


def _more(rng: Random, folder: Path, rows: int) -> list[str]:
    every = (
        ["--folds", rng.choice(("2", "3", "51", "0", "-2", argument(rng)))],
        ["--folds", save_array(folder, "f", np.arange(rows) % rng.choice((1, 2, 3)))],
        ["--folds", beside_rows(rng, folder, "f", rows)],
        ["--group-by", beside_rows(rng, folder, "g", rows)],
        ["--serial"],
        ["--no-steps"],
        ["--confidence", rng.choice(("0.5", "0.999", "1", "nan", argument(rng)))],
        ["--seed", rng.choice(("1", "-1", argument(rng)))],
    )
    words = [word for words in rng.sample(every, rng.choice((0, 0, 1, 2))) for word in words]
    form = rng.choice(("table", "plain", "json", "jsonl", "csv", "markdown"))
    return [*words, "-f", form]
