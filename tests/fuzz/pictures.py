"""Random command lines of calibrate and plot, by a door and a number, as in doors."""

import json
from pathlib import Path
from random import Random

import numpy as np

from lossctl.losses.catalogue import CATALOGUE, get
from tests.fuzz.comparing import ORDINARY
from tests.fuzz.material import altered, argument, beside, numbers, shape, write

FORMATS = ("table", "plain", "json", "jsonl", "csv", "markdown")
KINDS = (
    *("curve", "reliability", "items", "landscape", "residuals"),
    *("confusion", "compare", "series"),
)
METHODS = ("temperature", "platt", "isotonic")


def _pairs(rng: Random, folder: Path) -> list[str]:
    """Write predictions and labels that mostly belong together."""
    draw = np.random.default_rng(rng.randrange(2**32))
    rows, classes = rng.choice((1, 2, 9, 60, 200)), rng.choice((0, 0, 2, 3))
    if rng.random() < 0.2:
        targets = shape(rng)
        return [
            write(rng, folder, "x0", numbers(rng, beside(rng, targets))),
            write(rng, folder, "x1", numbers(rng, targets)),
        ]
    if classes:
        predictions = draw.dirichlet(np.ones(classes), rows)
        labels = draw.integers(0, classes, rows)
    else:
        predictions, labels = draw.uniform(0.0, 1.0, rows), draw.integers(0, 2, rows)
    if rng.random() < 0.3:
        predictions = np.round(predictions)  # certain, and wrong
    if rng.random() < 0.3:
        predictions = 9.0 * predictions - 4.0
    if rng.random() < 0.1:
        predictions = np.where(draw.random(predictions.shape) < 0.1, np.nan, predictions)
    np.save(folder / "p.npy", predictions)
    np.save(folder / "y.npy", labels)
    return ["p.npy", "y.npy"]


def _options(rng: Random) -> list[str]:
    every = (
        ["--nan", rng.choice(("omit", "propagate"))],
        ["--input", rng.choice(("logits", "probabilities", "labels"))],
        ["--ignore-index", rng.choice(("0", "1"))],
        ["--confidence", rng.choice(("0.5", "0.999", "1", argument(rng)))],
        ["--by-class"],
        ["--class-names", rng.choice(("a,b", "a,b,c", argument(rng)))],
        ["--digits", rng.choice(("1", "17", argument(rng)))],
    )
    return [word for words in rng.sample(every, rng.choice((0, 0, 1))) for word in words]


def _forecasts(rng: Random, folder: Path) -> list[str]:
    """Write forecasts of values that mostly fit their kind, some of them without a spread."""
    draw = np.random.default_rng(rng.randrange(2**32))
    rows, columns = rng.choice((1, 2, 9, 200)), rng.choice((1, 2, 5, 40))
    values = draw.choice((draw.normal(size=(rows, columns)), np.zeros((rows, columns))))
    if rng.random() < 0.2:
        values = np.round(values) * rng.choice((1.0, 1e308, np.nan))
    np.save(folder / "f.npy", values)
    np.save(folder / "m.npy", values[:, 0])
    np.save(folder / "v.npy", np.abs(values[:, -1]))
    np.save(folder / "t.npy", draw.normal(size=rows).round(rng.choice((0, 9))))
    levels = np.round(np.linspace(0.0, 1.0, columns + 2)[1:-1], 3).tolist()
    kind = rng.choice(("ensemble", f"quantiles:q={levels}", "gaussian", argument(rng)))
    files = ["m.npy", "v.npy"] if kind == "gaussian" else ["f.npy"]
    return [*files, "t.npy", "--forecast", kind.replace(" ", ""), *_options(rng)]


def calibrate(rng: Random, folder: Path) -> list[str]:
    """Calibrations, with maps that are fitted, or applied from files that were tampered with."""
    if rng.random() < 0.3:
        return [*_forecasts(rng, folder), "-f", rng.choice(FORMATS)]
    said = [*_pairs(rng, folder), *_options(rng)]
    if rng.random() < 0.3:
        said += ["--recalibrate", rng.choice((*METHODS, argument(rng))), "--save", "map.json"]
    elif rng.random() < 0.3:
        values = {"temperature": rng.choice((0.5, 2.0, 0.0, -1.0))}
        data = {"schema_version": 1, "recalibrator": "temperature", "columns": rng.choice((0, 3))}
        document = json.dumps({**data, "joint": True, "values": values, "rows": 9})
        content = altered(rng, document) if rng.random() < 0.4 else document.encode()
        (folder / "map.json").write_bytes(content)
        said += ["--apply", "map.json"]
    if rng.random() < 0.2:
        said += ["--fail-over", rng.choice(("0.1", "brier=1e-9", "log_loss=5", argument(rng)))]
    return [*said, "-f", rng.choice(FORMATS)]


def _series(rng: Random, folder: Path, loss: str) -> list[str]:
    """Write a log, or predictions at several checkpoints and what is evaluated on them."""
    if rng.random() < 0.6:
        rows = [[rng.choice((rng.random(), 1.0, 1e308, "nan", "inf", "")) for _ in range(2)]]
        rows += [[rng.random(), rng.choice((rng.random(), "nan"))] for _ in range(rng.randrange(9))]
        text = "\n".join(["loss,val_acc", *(f"{a},{b}" for a, b in rows)])
        (folder / "log.csv").write_bytes(
            altered(rng, text) if rng.random() < 0.2 else text.encode()
        )
        columns = rng.choice(("loss", "loss,val_acc", "val_acc,", argument(rng)))
        return ["--log", f"log.csv::{columns}"]
    files = _pairs(rng, folder)
    return [files[1], "--series", rng.choice(("p*", "*.npy", "x?", argument(rng))), "-l", loss]


def plot(rng: Random, folder: Path) -> list[str]:
    """Pictures: as sketches and as numbers."""
    kind = rng.choice((*KINDS, "curve", "items"))
    losses = [rng.choice((*ORDINARY, rng.choice(list(CATALOGUE)))) for _ in range(2)]
    if kind == "curve":
        said = losses[: rng.choice((1, 2))]
        if rng.random() < 0.7:
            over = ("residual", "probability", "logit", "overlap", argument(rng))
            said += ["--over", rng.choice(over)]
        if rng.random() < 0.3 and (params := [param.name for param in get(losses[0]).params]):
            said += [
                "--sweep",
                f"{rng.choice(params)}={rng.choice(('0,1', '0.5,2', 'x', '1e308'))}",
            ]
        if rng.random() < 0.3:
            said += ["--low", rng.choice(("-1", "0", "5", argument(rng)))]
    elif kind == "series":
        said = _series(rng, folder, losses[0])
    else:
        files = _pairs(rng, folder)
        said = [*files, *_options(rng)]
        said += ["--loss", losses[0]] if kind in {"items", "landscape", "compare"} else []
        if kind == "compare":
            said += ["--targets", files[1], "--margin", rng.choice(("0", "5%", argument(rng)))]
        if kind == "confusion" and rng.random() < 0.5:
            said += ["--threshold", rng.choice(("0.1", "0", "1", argument(rng)))]
    return [kind, *said, "-f", rng.choice(FORMATS)]
