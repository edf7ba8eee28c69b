"""Random command lines that compare models and slice data; by a door and a number, as in doors."""

from pathlib import Path
from random import Random

import numpy as np

from lossctl.core.loss import Array
from lossctl.losses.catalogue import CATALOGUE, get
from tests.fuzz.material import argument, beside, numbers, shape, write

METHODS = ("auto", "t", "delta", "bootstrap", "permutation", "mcnemar")
ORDINARY = (
    *("mse", "mae", "bce", "dice", "huber", "jaccard", "forall_rule", "listnet", "perplexity"),
    *("mse", "mae", "cross_entropy", "poisson_nll"),
)


def _loss(rng: Random) -> str:
    return rng.choice((*ORDINARY, rng.choice(list(CATALOGUE))))


def _more(rng: Random) -> list[str]:
    """Return options that decide what counts, and how."""
    every = (
        ["--reduction", rng.choice(("sum", "none"))],
        ["--nan", rng.choice(("omit", "propagate"))],
        ["--nan", "omit"],
        ["--nan", "omit"],
        ["--nan", "propagate"],
        ["--pooling", "sample"],
        ["--average", rng.choice(("macro", "0"))],
        ["--mean-by", "items"],
        ["--task", rng.choice(("multilabel", "multiclass"))],
        ["--input", rng.choice(("logits", "probabilities", "labels"))],
        ["--ignore-index", rng.choice(("0", "1"))],
        ["--batch-size", "2"],
        ["--confidence", rng.choice(("0.5", "0.999", "1", argument(rng)))],
    )
    return [word for words in rng.sample(every, rng.choice((0, 0, 1, 2))) for word in words]


def save_array(folder: Path, name: str, array: Array) -> str:
    """Write an array; return the name of the file."""
    np.save(folder / f"{name}.npy", array)
    return f"{name}.npy"


def beside_rows(rng: Random, folder: Path, name: str, rows: int) -> str:
    """Write a value for each row: a few numbers, any numbers, or words."""
    draw = np.random.default_rng(rng.randrange(2**32))
    rows = rng.choice((rows, rows, rows, rows, rows, rows + 1))
    kind = rng.choice(("few", "few", "any", "words"))
    if kind == "words":
        words = draw.choice(["left", "right", "", "=1+1", "\x1b[1m"], rows)
        (folder / f"{name}.csv").write_text("word\n" + "".join(f'"{w}"\n' for w in words))
        return f"{name}.csv::word"
    few = draw.integers(0, 3, rows).astype(float)
    return (
        save_array(folder, name, few)
        if kind == "few"
        else write(rng, folder, name, numbers(rng, (rows,)))
    )


def _weights(rng: Random, folder: Path, size: tuple[int, ...]) -> str:
    draw = np.random.default_rng(rng.randrange(2**32))
    weights = draw.uniform(size=size)
    if rng.random() < 0.5:
        weights *= draw.choice([0.0, 1.0, 1.0, 1e300], size=size)
    return save_array(folder, "w", weights)


def _ordinary(rng: Random, size: tuple[int, ...]) -> Array:
    """Return probabilities that most losses read, of which a few are missing or far off."""
    draw = np.random.default_rng(rng.randrange(2**32))
    array = draw.uniform(size=size)
    stray = rng.choice((np.nan, np.nan, 1.5, 1e153, 1e200, np.inf, 0.5))
    return np.where(draw.uniform(size=size) < rng.choice((0.0, 0.0, 0.05, 0.5)), stray, array)


def _models(rng: Random, folder: Path, count: int) -> tuple[list[str], str, tuple[int, ...]]:
    """Write the predictions of models and their targets; return the shape of the targets too."""
    if rng.random() < 0.15:
        targets = shape(rng)
        predicted = beside(rng, targets)
        files = [write(rng, folder, f"m{at}", numbers(rng, predicted)) for at in range(count)]
        return files, write(rng, folder, "y", numbers(rng, targets)), targets
    targets = (
        rng.choice((1, 2, 3, 19, 20, 30)),
        *rng.choices((1, 2, 3, 5), k=rng.choice((0, 0, 1, 2))),
    )
    labels = np.random.default_rng(rng.randrange(2**32)).integers(0, 2, targets)
    files = [save_array(folder, f"m{at}", _ordinary(rng, targets)) for at in range(count)]
    if rng.random() < 0.2:  # the same model twice, or one that differs by a hair
        np.save(folder / files[-1], np.load(folder / files[0]) + rng.choice((0.0, 1e-17, 1e-9)))
    return files, save_array(folder, "y", labels), targets


def _slices(rng: Random, folder: Path, rows: int) -> list[str]:
    said: list[str] = []
    if rng.random() < 0.85:
        said += ["--by", f"side={beside_rows(rng, folder, 'side', rows)}"]
        if rng.random() < 0.2:
            said += ["--bins", f"side={rng.choice(('2', '3', '1', argument(rng)))}"]
    if rng.random() < 0.15:
        said += ["--by-class"]
    return [*said, "--min-size", rng.choice(("1", "1", "2", "3", "3", "0"))]


def compare(rng: Random, folder: Path) -> list[str]:
    """Two models or three, which may lack numbers at different places."""
    said, given, targets = _models(rng, folder, rng.choice((2, 2, 2, 3)))
    rows, count = (targets or (1,))[0], len(said)
    if rng.random() < 0.1:
        said += ["--items", *rng.choice(([], ["--higher-is-better"]))]
    else:
        said += ["--targets", given]
        for _ in range(rng.choice((1, 1, 2))):
            said += ["-l", _loss(rng)]
    said += _more(rng)
    design = rng.random()
    if design < 0.1:
        said += ["--unpaired", *["--targets", given] * (count - 1)]
    elif design < 0.3:
        said += ["--cluster-by", beside_rows(rng, folder, "cluster", rows)]
    elif design < 0.4:
        said += ["--serial"]
    elif design < 0.6:
        said += _slices(rng, folder, rows)
    if rng.random() < 0.4:
        said += ["--method", rng.choice(METHODS), "--replicates", rng.choice(("20", "20", "1"))]
    if rng.random() < 0.2:
        said += ["--weights", _weights(rng, folder, targets[:1])]
    if rng.random() < 0.3:
        said += ["--margin", rng.choice(("0.5%", "0.1", "-1", argument(rng))), "--fail-if-worse"]
    return [*said, "-f", rng.choice(("table", "plain", "json", "jsonl", "csv", "markdown"))]


def slices(rng: Random, folder: Path) -> list[str]:
    """Values by slice, with intervals and the worst rows."""
    (model,), given, targets = _models(rng, folder, 1)
    said = [model, given]
    for _ in range(rng.choice((1, 1, 2))):
        name = _loss(rng)
        said += ["-l", name if get(name).inputs[0].name == "predictions" else "mse"]
    said += _more(rng) + _slices(rng, folder, (targets or (1,))[0])
    said += ["--interval"] if rng.random() < 0.6 else []
    said += ["--worst", rng.choice(("1", "3", "50", "0"))] if rng.random() < 0.6 else []
    if rng.random() < 0.2:
        said += ["--weights", _weights(rng, folder, targets[:1])]
    return [*said, "-f", rng.choice(("table", "plain", "json", "jsonl", "csv", "markdown"))]
