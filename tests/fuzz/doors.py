"""Random command lines of each door; each is wholly determined by the door and a number."""

import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import numpy as np

from lossctl import compute as evaluate
from lossctl.core.options import OPTIONS
from lossctl.losses.catalogue import CATALOGUE, RECIPES, get
from lossctl.recommender.questions import FRAMEWORKS, QUESTIONS
from tests.cli.run import SAMPLES
from tests.fuzz.checking import check, metrics, reports
from tests.fuzz.comparing import compare, slices
from tests.fuzz.material import (
    altered,
    argument,
    beside,
    numbers,
    shape,
    text,
    with_other_values,
    write,
)
from tests.fuzz.pictures import calibrate, plot
from tests.fuzz.racing import race

Arguments = list[str]
CONFIGURATIONS = SAMPLES.parent / "configs"


def _data(rng: Random, folder: Path, count: int) -> list[str]:
    """Write a few arrays that may belong together: predictions first, then targets and more."""
    targets = shape(rng)
    shapes = [beside(rng, targets), targets]
    shapes += [rng.choice((targets, targets[:1], shapes[0], shape(rng))) for _ in range(count)]
    return [
        write(rng, folder, f"x{at}", numbers(rng, size)) for at, size in enumerate(shapes[:count])
    ]


def recommend(rng: Random, folder: Path) -> Arguments:
    """Recommendations from data, options and files of answers."""
    said: Arguments = []
    predictions, targets, groups = _data(rng, folder, 3)
    if rng.random() < 0.85:
        said += ["--targets", targets]
    if rng.random() < 0.7:
        said += ["--predictions", predictions]
    if rng.random() < 0.2:
        said += ["--groups", groups]
    for question in rng.sample(list(QUESTIONS.values()), rng.choice((0, 0, 1, 2, 4))):
        answers = [*question.answers, "unknown", "0.5", argument(rng)]
        said += [question.option, rng.choice(answers)]
    if rng.random() < 0.3:
        said += ["--no-input"]
    if rng.random() < 0.15:
        said += ["--answers", _answers(rng, folder)]
    if rng.random() < 0.2:
        said += ["--write", "made.yaml"]
    if rng.random() < 0.2:
        said += ["--snippet", rng.choice(FRAMEWORKS)]
    return [*said, "-f", rng.choice(("table", "plain", "json", "markdown"))]


def _answers(rng: Random, folder: Path) -> str:
    asked = rng.sample(list(QUESTIONS.values()), rng.choice((1, 2, 4)))
    lines = [f"{q.id}: {rng.choice((*q.answers, 'unknown', text(rng)))}" for q in asked]
    document = "\n".join(lines) + "\n"
    content = altered(rng, document) if rng.random() < 0.7 else document.encode("utf-8", "replace")
    (folder / "answers.yaml").write_bytes(content)
    return "answers.yaml"


def answers(rng: Random, folder: Path) -> Arguments:
    """Files of answers alone."""
    return ["--answers", _answers(rng, folder), "--no-input"]


def losses(rng: Random, folder: Path) -> Arguments:
    """Lists of losses on the same files."""
    names = list(CATALOGUE)
    family = [n for n in names if CATALOGUE[n].family == CATALOGUE[rng.choice(names)].family]
    chosen = rng.choices(rng.choice((names, family)), k=rng.choice((1, 2, 2, 3, 5)))
    most = max(len(get(name).inputs) for name in chosen)
    said = _data(rng, folder, rng.choice((2, 2, most, most, most + 1)))
    for name in chosen:
        said += ["-l", rng.choice((name, name, _spec(rng, name)))]
    if rng.random() < 0.05:
        said += ["-l", rng.choice((*RECIPES, argument(rng)))]
    for option in rng.sample(list(OPTIONS), rng.choice((0, 0, 1, 2))):
        said += _option(rng, option)
    for option, file in (("--per-item", "items"), ("--gradient", "slope")):
        if rng.random() < 0.25:
            said += [option, f"{file}-{{loss}}-{{input}}{rng.choice(('.npy', '.csv', '.jsonl'))}"]
    if rng.random() < 0.1:
        said += ["--weights", write(rng, folder, "w", numbers(rng, shape(rng)))]
    return [*said, "-f", rng.choice(("table", "plain", "json", "jsonl", "csv", "markdown"))]


def _spec(rng: Random, name: str) -> str:
    params = [param.name for param in get(name).params] or ["gamma"]
    values = ("0", "1", "-1", "0.5", "2", "1e308", "true", "[1,2]", "balanced", argument(rng))
    given = [f"{param}={rng.choice(values)}" for param in rng.sample(params, 1)]
    return f"{name}:{','.join(given)}"


def _option(rng: Random, name: str) -> Arguments:
    words = {
        "reduction": ("none", "sum", "mean"),
        "nan": ("omit", "propagate"),
        "input": ("logits", "probabilities", "labels", "log_probabilities"),
        "average": ("micro", "macro", "weighted", "0"),
        "pooling": ("sample", "batch"),
        "task": ("multilabel", "multiclass", "binary"),
        "precision": ("float32", "float64"),
    }
    values = (*words.get(name, ("0", "1", "-1", "2", "balanced")), argument(rng))
    flags = {"background": "--no-background", "clip": "--clip", "shift": "--shift"}
    if name in flags:
        return [flags[name]]
    return [f"--{name.replace('_', '-')}", rng.choice(values)]


def baseline(rng: Random, folder: Path) -> Arguments:
    """Comparisons with an earlier result that was tampered with."""
    rows = np.random.default_rng(rng.randrange(2**32)).uniform(0.1, 0.9, (2, 20))
    np.save(folder / "p.npy", rows[0])
    np.save(folder / "t.npy", (rows[1] > 0.5).astype(float))
    chosen = rng.sample(("mse", "bce", "focal", "mae"), rng.choice((1, 2)))
    said = ["p.npy", "t.npy"]
    for name in chosen:
        said += ["-l", name]
    earlier = json.dumps(
        with_other_values(rng, _result(chosen, folder)), indent=rng.choice((None, 1))
    )
    if rng.random() < 0.4:
        (folder / "old.json").write_bytes(altered(rng, earlier))
    else:
        (folder / "old.json").write_bytes(earlier.encode("utf-8", "replace"))
    said += ["--baseline", "old.json"]
    for option in ("--tolerance", "--fail-over"):
        if rng.random() < 0.4:
            values = ("2%", "0", "-1", "0.1", "1e999%", "mse=0.1", "mse=", argument(rng))
            said += [option, rng.choice(values)]
    return [*said, "-f", rng.choice(("table", "json", "csv", "markdown"))]


def _result(names: list[str], folder: Path) -> Any:
    arrays = str(folder / "p.npy"), str(folder / "t.npy")
    results = [evaluate(name, *arrays).to_dict() for name in names]
    return {"schema_version": 1, "results": results}


KEYS = (
    *("weights.rule", "weights", "supervised", "supervised.loss", "supervised.params.gamma"),
    *(
        "rules",
        "rules[0]",
        "rules.0.formula",
        "rules.0.name",
        "constraints.0",
        "constraints.0.weight",
    ),
    *("data", "data.predictions", "temperature", "version", "gates", "reading", "reading.nan"),
    *("schedule.rule", "schedule.rule.kind", "extends", "params", "recipe", "", "a.b.c"),
)


def settings(rng: Random, folder: Path) -> Arguments:
    """Configurations that were tampered with, and entries set on the command line."""
    path = rng.choice(sorted(CONFIGURATIONS.glob("*.yaml")))
    document = path.read_text(encoding="utf-8").replace("../sample_data", str(SAMPLES))
    content = altered(rng, document) if rng.random() < 0.6 else document.encode()
    (folder / "config.yaml").write_bytes(content)
    said = ["config.yaml"]
    for _ in range(rng.choice((0, 1, 1, 2))):
        said += ["--set", f"{rng.choice((*KEYS, argument(rng)))}={argument(rng)}"]
    if rng.random() < 0.1:
        said += ["--data", f"{rng.choice(('predictions', 'targets', 'x'))}={argument(rng)}"]
    if rng.random() < 0.2:
        said += ["--weights-grid", rng.choice(("rule=0,1", "rule=", "=1", f"rule={argument(rng)}"))]
    if rng.random() < 0.2:
        said += ["--fail-over", rng.choice(("0.5", "nan", "rule=1", argument(rng)))]
    if rng.random() < 0.2:
        said += ["--gradient", "slopes"]
    said += rng.choice(([], [], ["--sensitivity"]))
    return [*said, "-f", rng.choice(("table", "plain", "json", "csv", "markdown"))]


def files(rng: Random, folder: Path) -> Arguments:
    """Files of every format in which a few bytes are others, or that end early."""
    draw = np.random.default_rng(rng.randrange(2**32))
    kind = rng.choice(("npy", "npz", "csv", "tsv", "jsonl", "json", "gz"))
    pairs = draw.uniform(size=(rng.choice((1, 5, 300)), 2)).round(3)
    content = _content(kind, pairs, rng)
    for _ in range(rng.choice((1, 1, 2, 8))):
        at, length = rng.randrange(len(content)), rng.choice((0, 1, 1, 4, 40))
        new = bytes(rng.choices(range(256), k=rng.choice((0, 1, 1, 4))))
        new = new if rng.random() < 0.5 else text(rng).encode("utf-8", "replace")
        content = content[:at] + new + content[at + length :] or b" "
    if rng.random() < 0.2:
        content = content[: rng.randrange(len(content))]
    name = f"x.csv.{kind}" if kind == "gz" else f"x.{kind}"
    (folder / name).write_bytes(content)
    columns = ("::p", "::t") if kind not in {"npy"} else ("", "")
    named = [rng.choice((name + column, name)) for column in columns]
    loss = rng.choice(("mse", "mae", "bce", "cosine_distance"))
    return [*named, "-l", loss, "-f", rng.choice(("table", "json"))]


def _content(kind: str, pairs: Any, rng: Random) -> bytes:
    """Return the bytes of two columns, p and t, in a format."""
    stream = io.BytesIO()
    if kind == "npy":
        np.save(stream, pairs)
    elif kind == "npz":
        rng.choice((np.savez, np.savez_compressed))(stream, p=pairs[:, 0], t=pairs[:, 1])
    elif kind in {"jsonl", "json"}:
        records = [json.dumps({"p": p, "t": t}) for p, t in pairs.tolist()]
        text = "\n".join(records) if kind == "jsonl" else f"[{','.join(records)}]"
        stream.write(text.encode())
    else:
        mark = "\t" if kind == "tsv" else ","
        lines = [f"p{mark}t", *(f"{p}{mark}{t}" for p, t in pairs.tolist())]
        stream.write("\n".join(lines).encode())
    return gzip.compress(stream.getvalue(), mtime=0) if kind == "gz" else stream.getvalue()


class Door(NamedTuple):
    """A command, and what makes the rest of its command line."""

    command: str
    arguments: Callable[[Random, Path], Arguments]


DOORS = {
    "recommend": Door("recommend", recommend),
    "answers": Door("recommend", answers),
    "losses": Door("compute", losses),
    "baseline": Door("compute", baseline),
    "settings": Door("run", settings),
    "files": Door("compute", files),
    "compare": Door("compare", compare),
    "slices": Door("compute", slices),
    "check": Door("check", check),
    "metrics": Door("compute", metrics),
    "reports": Door("compute", reports),
    "calibrate": Door("calibrate", calibrate),
    "plot": Door("plot", plot),
    "race": Door("race", race),
}
