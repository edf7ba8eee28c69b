"""Random command lines of `check`, of metrics, and of reports; by a door and a number."""

import json
from pathlib import Path
from random import Random

import numpy as np

from lossctl.checks.registry import shipped
from lossctl.losses.catalogue import CATALOGUE
from lossctl.metrics.known_metrics import METRICS
from tests.fuzz.material import Array, argument, beside, numbers, shape, write

FORMATS = ("table", "plain", "json", "jsonl", "csv", "markdown")
ORDINARY = ("mse", "mae", "bce", "bce_with_logits", "cross_entropy", "dice", "focal", "mape")
REPORTS = ("junit=r.xml", "gitlab=r.json", "markdown=r.md", "sarif=r.sarif", "github")


def _related(rng: Random) -> tuple[Array, Array]:
    """Return predictions of a model and its targets, of some task, before any mistake."""
    draw = np.random.default_rng(rng.randrange(2**32))
    rows, classes = rng.choice((20, 64, 300, 3000)), rng.choice((2, 3, 5, 20))
    task = rng.choice(("binary", "classes", "values", "masks", "tokens", "maps"))
    sharpness = rng.choice((0.1, 1.0, 3.0, 30.0))
    if task == "values":
        targets = (
            np.cumsum(draw.normal(size=rows)) if rng.random() < 0.5 else draw.gamma(2, 3, rows)
        )
        return targets + sharpness * draw.normal(size=rows), targets
    if task in {"binary", "masks"}:
        size = (rows,) if task == "binary" else (min(rows, 40), rng.choice((1, 7)), 8)
        logits = sharpness * draw.normal(size=size)
        labels = (draw.uniform(size=size) < 1 / (1 + np.exp(-logits))).astype(int)
        return rng.choice((logits, 1 / (1 + np.exp(-logits)))), labels
    size = {"classes": (rows,), "tokens": (min(rows, 30), 12), "maps": (min(rows, 12), 5, 6)}[task]
    logits = sharpness * draw.normal(size=(*size, classes))
    targets = (logits + draw.gumbel(size=logits.shape)).argmax(-1)
    shifted = np.exp(logits - logits.max(-1, keepdims=True))
    scores = rng.choice((logits, shifted / shifted.sum(-1, keepdims=True)))
    return (np.moveaxis(scores, -1, 1) if rng.random() < 0.5 else scores), targets


def _broken(rng: Random, predictions: Array, targets: Array) -> tuple[Array, Array]:
    """Make a mistake, or one that is none."""
    draw = np.random.default_rng(rng.randrange(2**32))
    odd = rng.choice((np.nan, np.inf, -np.inf, 0.0, 1.0, 255.0, -100.0, 1e308))
    half = len(targets) // 2
    mistakes = (
        lambda: (predictions, targets),
        lambda: (predictions[::-1], targets),
        lambda: (np.roll(predictions, rng.choice((1, -2, 7)), axis=0), targets),
        lambda: (predictions, targets + 1),
        lambda: (predictions, np.where(draw.uniform(size=targets.shape) < 0.1, odd, targets)),
        lambda: (np.where(draw.uniform(size=predictions.shape) < 0.02, odd, predictions), targets),
        lambda: (predictions * rng.choice((100, -1, 1e-9, 1e300, 0)), targets),
        lambda: (targets, predictions),
        lambda: (targets, targets),
        lambda: (np.r_[predictions, predictions[:half]], np.r_[targets, targets[:half]]),
        lambda: (predictions.astype(np.float16), targets.astype(float)),
        lambda: (predictions.reshape(len(predictions), -1), targets),
        lambda: (predictions[..., None], targets),
        lambda: (predictions[:half], targets),
        lambda: (predictions, targets * 255),
        lambda: (np.repeat(predictions[:1], len(predictions), axis=0), targets),
        lambda: (predictions.swapaxes(0, -1), targets),
        lambda: (predictions, rng.choice((0, -100)) + 0 * targets),
    )
    with np.errstate(all="ignore"):
        return rng.choice(mistakes)()


def _pair(rng: Random, folder: Path) -> list[str]:
    if rng.random() < 0.3:
        size = shape(rng)
        arrays = numbers(rng, beside(rng, size)), numbers(rng, size)
    else:
        arrays = _broken(rng, *_related(rng))
    return [write(rng, folder, f"x{at}", array) for at, array in enumerate(arrays)]


def _some(rng: Random, every: dict[str, tuple[str, ...]], share: float) -> list[str]:
    """Return some options, each with one of its values."""
    chosen = [name for name in every if rng.random() < share]
    return [word for name in chosen for word in (name, rng.choice((*every[name], argument(rng))))]


def _reports(rng: Random, share: float) -> list[str]:
    named = [report for report in REPORTS if rng.random() < share]
    named += [argument(rng)] if rng.random() < 0.1 else []
    return [word for report in named for word in ("--report", report)]


SHARED = {
    "--input": ("logits", "probabilities", "labels"),
    "--nan": ("omit", "propagate"),
    "--ignore-index": ("0", "255", "-1"),
    "--class-axis": ("1", "-1"),
    "--task": ("binary", "multiclass", "multilabel"),
    "--class-weights": ("balanced", "[1,2]"),
    "--threads": ("1", "2"),
    "--class-names": ("a,b", "a,b,c"),
}


def check(rng: Random, folder: Path) -> list[str]:
    """Checks of related and of any arrays, with mistakes, and of values over time."""
    said = _pair(rng, folder) if rng.random() < 0.9 else []
    if rng.random() < 0.15 or not said:
        said += ["--log", _log(rng, folder)]
    if said and rng.random() < 0.05:
        said += ["--series", rng.choice(("x*.npy", "*", argument(rng)))]
    if rng.random() < 0.65:
        said += ["-l", rng.choice((*ORDINARY, *ORDINARY, rng.choice(list(CATALOGUE))))]
    codes = (rng.choice(list(shipped())), "LC1", "LC", "softmax-twice,LC5", "lc6")
    said += _some(rng, {"--select": codes, "--ignore": codes}, 0.1)
    said += _some(rng, {"--fail-on": ("error", "warning", "never")}, 0.2)
    said += _some(rng, SHARED, 0.08)
    return [*said, *_reports(rng, 0.1), "-f", rng.choice(FORMATS)]


def _log(rng: Random, folder: Path) -> str:
    rows = rng.choice((1, 2, 5, 30))
    columns = {name: numbers(rng, (rows,)) for name in ("loss", "val_loss")}
    lines = [",".join(columns), *(f"{a},{b}" for a, b in zip(*columns.values(), strict=True))]
    (folder / "log.csv").write_text("\n".join(lines), encoding="utf-8", errors="replace")
    return "log.csv" + rng.choice(("::loss,val_loss", "::loss", "", "::,", f"::{argument(rng)}"))


def metrics(rng: Random, folder: Path) -> list[str]:
    """Metrics of related and of any arrays, beside losses or alone."""
    said = _pair(rng, folder)
    names = rng.sample(list(METRICS), rng.choice((1, 1, 2, 4)))
    said += ["--metric", rng.choice((",".join(names), ",".join(names), argument(rng)))]
    if rng.random() < 0.3:
        said += ["-l", rng.choice(ORDINARY)]
    options = {
        "--average": ("macro", "micro", "weighted", "none", "0"),
        "--threshold": ("0.5", "0", "1", "nan"),
        "--worst": ("3",),
        "--fail-under": ("0.5", f"{names[0]}=0.9"),
        "--positive": ("1", "0"),
        "--reduction": ("none", "sum"),
        **SHARED,
    }
    said += _some(rng, options, 0.08)
    said += rng.choice(([], [], ["--interval"], ["--no-background"]))
    return [*said, "-f", rng.choice(FORMATS)]


def reports(rng: Random, folder: Path) -> list[str]:
    """Reports for CI systems of gates of losses, with limits and an earlier result."""
    said = _pair(rng, folder)
    chosen = rng.sample((*ORDINARY, rng.choice(list(CATALOGUE))), rng.choice((1, 2)))
    for name in chosen:
        said += ["-l", name]
    said += _some(rng, {"--fail-over": ("0.5", f"{chosen[0]}=1", "nan"), "--by": ("x1.npy",)}, 0.5)
    if rng.random() < 0.2:
        earlier = {"schema_version": 1, "results": [{"loss": chosen[0], "value": 0.5}]}
        (folder / "old.json").write_text(json.dumps(earlier))
        said += ["--baseline", "old.json"]
    said += _some(rng, {"--undecided": ("pass", "fail"), "--tolerance": ("1%", "0")}, 0.15)
    return [*said, *_reports(rng, 0.5), "-f", rng.choice(FORMATS)]
