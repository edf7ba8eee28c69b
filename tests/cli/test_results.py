"""What compute prints: formats, reductions, files, notes."""

import csv
import io
import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from lossctl.kernels.numeric.primitives import versions
from tests.cli.expected import (
    BCE,
    BCE_ITEMS,
    BCE_WEIGHTED,
    CANCER,
    CROSS,
    DIABETES,
    DIGITS,
    FOCAL,
    PROGRESS,
    RIDGE,
)
from tests.cli.run import SAMPLES, Outcome, inside, lossctl, process
from tests.exhaustive import rest

BINARY = ("compute", str(CANCER / "preds.npy"), str(CANCER / "targets.npy"))
VALUES = ("compute", str(DIABETES / "preds.npy"), str(DIABETES / "targets.npy"))
BOTH = (*BINARY, "--loss", "focal", "--loss", "bce")
FORMATS = ("table", "plain", "json", "jsonl", "csv", "markdown")
ROUNDED = ("table", "plain", "markdown")  # six digits
READ = "note: focal, bce: read as probabilities: every prediction lies in [0, 1]\n"


@pytest.fixture
def answer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Outcome]:
    """Give a function that runs lossctl in this process."""
    return lambda *args: inside(args, monkeypatch, capsys)


def strict(text: str) -> Any:
    """Read JSON that holds no NaN and no Infinity."""
    return json.loads(text, parse_constant=pytest.fail)


def test_known_values(answer: Callable[..., Outcome]) -> None:
    done = answer(*BOTH, "--value-only")
    focal, bce = map(float, done.out.split())
    assert focal == pytest.approx(FOCAL, rel=1e-13)
    assert bce == pytest.approx(BCE, rel=1e-13)
    assert bce == pytest.approx(0.0977504641890581, rel=1e-13)
    digits = (str(DIGITS / "logits.npy"), str(DIGITS / "targets.npy"))
    for precision, tolerance in (("auto", 1e-6), ("double", 1e-13)):
        done = answer("compute", *digits, "-l", "ce", "--precision", precision, "--value-only")
        assert float(done.out) == pytest.approx(CROSS, rel=tolerance)
        assert float(done.out) == pytest.approx(0.157292968206428, rel=tolerance)


def test_several_losses_stand_in_the_order_asked(answer: Callable[..., Outcome]) -> None:
    specs = ("mae", "huber:delta=10", "mse", "huber:delta=0.5")
    done = answer(*VALUES, *(part for spec in specs for part in ("-l", spec)), "-f", "json")
    found = [(one["loss"], one["params"].get("delta")) for one in strict(done.out)["results"]]
    assert found == [("mae", None), ("huber", 10.0), ("mse", None), ("huber", 0.5)]
    size = np.abs(RIDGE - PROGRESS)
    huber = math.fsum(np.where(size <= 10, size**2 / 2, 10 * (size - 5))) / len(size)
    assert strict(done.out)["results"][1]["value"] == pytest.approx(huber, rel=1e-13)


def test_reductions(answer: Callable[..., Outcome]) -> None:
    total = answer(*BINARY, "-l", "bce", "--reduction", "sum", "--value-only")
    assert float(total.out) == pytest.approx(math.fsum(BCE_ITEMS), rel=1e-13)
    each = answer(*BINARY, "-l", "bce", "--reduction", "none", "--value-only")
    np.testing.assert_allclose(np.array(each.out.split(), float), BCE_ITEMS, rtol=1e-12)
    document = strict(answer(*BINARY, "-l", "bce", "--reduction", "none", "-f", "json").out)
    (one,) = document["results"]
    assert one["value"] is None
    assert one["status"] == "ok"
    np.testing.assert_allclose(one["values"], BCE_ITEMS, rtol=1e-12)


def test_values_per_item_keep_their_shape(answer: Callable[..., Outcome]) -> None:
    labels = (
        str(SAMPLES / "multilabel/probabilities.npy"),
        str(SAMPLES / "multilabel/targets.npy"),
    )
    done = answer("compute", *labels, "-l", "bce", "--reduction", "none", "-f", "json")
    p, t = (np.load(name) for name in labels)
    wanted = -np.log(np.where(t == 1, p, 1 - p))
    np.testing.assert_allclose(strict(done.out)["results"][0]["values"], wanted, rtol=1e-12)


def test_weights_and_ignored_labels(answer: Callable[..., Outcome]) -> None:
    weighed = answer(*BINARY, "-l", "bce", "--weights", str(CANCER / "weights.npy"), "--value-only")
    assert float(weighed.out) == pytest.approx(BCE_WEIGHTED, rel=1e-13)
    files = (str(SAMPLES / "tokens/logits.npy"), str(SAMPLES / "tokens/targets.npy"))
    done = answer("compute", *files, "-l", "cross_entropy", "--precision", "double", "-f", "json")
    z, t = np.load(files[0]).astype(float), np.load(files[1])
    kept = t != -100
    rows = z[kept]
    items = np.log(np.exp(rows).sum(axis=1)) - rows[np.arange(len(rows)), t[kept]]
    (one,) = strict(done.out)["results"]
    assert one["value"] == pytest.approx(math.fsum(items) / len(items), rel=1e-12)
    assert (one["items"], one["ignored"]) == (int(kept.sum()), int((~kept).sum()))


@pytest.mark.parametrize("form", ["table", *map(rest, FORMATS[1:])])
def test_formats_as_a_process(form: str) -> None:
    done = process(*BOTH, "--format", form)
    assert (done.code, done.err) == (0, READ if form in {"table", "markdown"} else "")
    assert done.out.endswith("\n")
    assert not done.out.endswith("\n\n")
    assert "\x1b" not in done.out
    for name, value in (("focal", FOCAL), ("bce", BCE)):
        assert name in done.out
        assert (f"{value:.6g}" if form in ROUNDED else repr(value)[:10]) in done.out
    assert done == lossctl(*BOTH, "--format", form), "same input, same bytes"


def test_formats_agree(answer: Callable[..., Outcome]) -> None:
    values = answer(*BOTH, "--value-only").out.split()
    results = strict(answer(*BOTH, "-f", "json").out)["results"]
    lines = [strict(line) for line in answer(*BOTH, "-f", "jsonl").out.splitlines()]
    rows = list(csv.DictReader(io.StringIO(answer(*BOTH, "-f", "csv").out)))
    plain = [line.split("\t") for line in answer(*BOTH, "-f", "plain").out.splitlines()]
    assert [repr(one["value"]) for one in results] == values
    assert [repr(one["value"]) for one in lines] == values
    assert [row["value"] for row in rows] == values
    assert [cells[1] for cells in plain] == [f"{float(value):.6g}" for value in values]
    every = answer(*BOTH, "-f", "plain", "--digits", "17").out.splitlines()
    assert [float(line.split("\t")[1]) for line in every] == list(map(float, values))
    assert lines == [{"schema_version": 1} | one for one in results]
    assert [row["signature"] for row in rows] == [one["signature"] for one in results]
    markdown = answer(*BOTH, "-f", "markdown").out.splitlines()
    assert {line.count("|") for line in markdown[:4]} == {markdown[0].count("|")}
    assert [line[:9] for line in markdown[4:]] == ["", "- focal: ", "- bce: be"]


def test_rows_of_one_loss_are_told_apart_in_every_format(answer: Callable[..., Outcome]) -> None:
    two = (*VALUES, "-l", "quantile:q=0.1", "-l", "quantile:q=0.9")
    gap = PROGRESS - RIDGE
    values = [math.fsum(np.maximum(q * gap, (q - 1) * gap)) / len(gap) for q in (0.1, 0.9)]
    rows = list(csv.DictReader(io.StringIO(answer(*two, "-f", "csv").out)))
    assert [row["loss"] for row in rows] == ["quantile:q=0.1", "quantile:q=0.9"]
    assert [float(row["value"]) for row in rows] == pytest.approx(values, rel=1e-12)
    for form in ("table", "plain", "markdown"):
        lines = answer(*two, "-f", form).out.splitlines()
        for q, value in zip((0.1, 0.9), values, strict=True):
            (line,) = [one for one in lines if f"quantile:q={q}" in one and f"{value:.6g}" in one]
            assert line


def test_class_values_are_in_every_format(answer: Callable[..., Outcome]) -> None:
    folder = SAMPLES / "segmentation"
    files = (str(folder / "class_logits.npy"), str(folder / "class_targets.npy"))
    args = ("compute", *files, "-l", "dice", "--average", "macro", "--ignore-index", "255")
    (one,) = strict(answer(*args, "-f", "json").out)["results"]
    assert len(one["classes"]) == 3
    named = ("--class-names", "sky,road,car")
    for words, names in (((), "012"), (named, ("sky", "road", "car"))):
        plain = dict(
            line.split("\t") for line in answer(*args, *words, "-f", "plain").out.splitlines()
        )
        rows = csv.DictReader(io.StringIO(answer(*args, *words, "-f", "csv").out))
        table = {row["loss"]: row["value"] for row in rows}
        markdown = answer(*args, *words, "-f", "markdown").out
        drawn = answer(*args, *words).out
        for name, each in zip(names, one["classes"], strict=True):
            assert plain[f"dice.class.{name}"] == f"{each['value']:.6g}"
            assert float(table[f"dice.class.{name}"]) == each["value"]
            assert f"| dice.class.{name} | {each['value']:.6g} |" in markdown
            assert re.search(rf"^dice.class.{name} +{each['value']:.6g} ", drawn, re.MULTILINE)
            assert f"class {each['index']}, targets sum to {each['target_mass']:g}" in drawn


KEYS = [
    "schema_version",
    "results[].loss",
    "results[].kind",
    "results[].direction",
    "results[].params.gamma",
    "results[].params.alpha",
    "results[].params.classes",
    "results[].params.pos_weight",
    "results[].params.label_smoothing",
    "results[].params.epsilon",
    "results[].value",
    "results[].status",
    "results[].reduction",
    "results[].items",
    "results[].ignored",
    "results[].omitted",
    "results[].input.kind",
    "results[].input.decided_by",
    "results[].input.evidence",
    "results[].input.task",
    "results[].input.targets",
    "results[].notes",
    "results[].signature",
    "results[].data.rows",
    "results[].data.targets",
    "results[].context.chance",
    "results[].context.constant",
    "results[].context.shares",
    "provenance.python",
    "provenance.numpy",
    "provenance.loops",
]


def keys(document: Any, path: str = "") -> list[str]:
    """Return the path of every leaf, in order."""
    if isinstance(document, dict):
        start = f"{path}." if path else ""
        return [leaf for name, entry in document.items() for leaf in keys(entry, start + name)]
    if isinstance(document, list) and document and isinstance(document[0], dict):
        return keys(document[0], f"{path}[]")
    return [path]


def test_pinned_keys(answer: Callable[..., Outcome]) -> None:
    document = strict(answer(*BINARY, "-l", "focal", "-f", "json").out)
    assert keys(document) == KEYS
    assert document["results"][0]["options"] == {}
    assert document["provenance"] == versions()
    signature = document["results"][0]["signature"]
    parameters = "focal|gamma:2|alpha:0.25|classes:categorical|"
    parameters += "pos_weight:1|label_smoothing:0|epsilon:1e-10|"
    assert signature.startswith(parameters + "input:probabilities|reduction:mean|n:569|lossctl:")


DOCUMENTS = {
    "plain": (*BOTH, "--reduction", "sum"),
    "items": (*BINARY, "-l", "bce", "--reduction", "none"),
    "options": (*BINARY, "-l", "focal:alpha=[0.2,0.8]", "--class-weights", "1,2", "--threads", "1"),
    "weights": (*BINARY, "-l", "bce", "--weights", str(CANCER / "weights.npy")),
    "values": (*VALUES, "-l", "mse", "-l", "mae", "-l", "huber", "-l", "smooth_l1"),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_json_fits_the_schema(name: str, answer: Callable[..., Outcome]) -> None:
    schema = strict(answer("schema", "result").out)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    validator.validate(strict(answer(*DOCUMENTS[name], "-f", "json").out))
    with pytest.raises(jsonschema.ValidationError):
        validator.validate({"schema_version": 1, "results": []})


def test_nonfinite_items_fit_the_schema(tmp_path: Path, answer: Callable[..., Outcome]) -> None:
    np.save(tmp_path / "p.npy", [1.0, np.nan])
    np.save(tmp_path / "t.npy", [0.0, 0.0])
    files = (str(tmp_path / "p.npy"), str(tmp_path / "t.npy"))
    done = answer(
        "compute", *files, "-l", "mse", "--reduction", "none", "--nan", "propagate", "-f", "json"
    )
    assert done.code == 3
    document = strict(done.out)
    jsonschema.validate(document, strict(answer("schema").out))
    assert document["results"][0]["values"] == [1.0, None]


@pytest.mark.parametrize(("name", "form"), [
    ("x.json", "json"), ("x.jsonl", "jsonl"), ("x.csv", "csv"), ("x.md", "markdown"),
    ("x.txt", "table"), ("x", "table"),
])  # fmt: skip
def test_output_file(name: str, form: str, tmp_path: Path, answer: Callable[..., Outcome]) -> None:
    path = tmp_path / name
    path.write_text("an older answer, longer than the new one" * 200, encoding="utf-8")
    done = answer(*BOTH, "-o", str(path))
    noted = READ if form in {"table", "markdown"} else ""
    assert (done.code, done.out, done.err) == (0, "", noted)
    assert path.read_text(encoding="utf-8") == answer(*BOTH, "--format", form).out
    assert [entry.name for entry in tmp_path.iterdir()] == [name]
    assert path.stat().st_mode & 0o777 == 0o666 & ~umask(tmp_path)


def umask(folder: Path) -> int:
    """Return the permissions that new files are not given."""
    (folder / "probe").touch()
    mode = (folder / "probe").stat().st_mode & 0o777
    (folder / "probe").unlink()
    return 0o666 & ~mode


def test_a_said_format_beats_the_suffix(tmp_path: Path, answer: Callable[..., Outcome]) -> None:
    answer(*BOTH, "-o", str(tmp_path / "x.json"), "-f", "plain")
    assert (tmp_path / "x.json").read_text(encoding="utf-8") == answer(*BOTH, "-f", "plain").out
    answer(*BOTH, "-o", str(tmp_path / "y.json"), "--value-only")
    assert (tmp_path / "y.json").read_text(encoding="utf-8") == answer(*BOTH, "--value-only").out


def test_notes_go_to_standard_error(tmp_path: Path, answer: Callable[..., Outcome]) -> None:
    args = (
        *VALUES[:1],
        str(CANCER / "preds.npy"),
        str(CANCER / "targets.npy"),
        "-l",
        "bce_with_logits",
    )
    for form in ("table", "plain", "csv", "markdown"):
        done = answer(*args, "-f", form)
        assert done.code == 0
        assert done.err.startswith("note: bce_with_logits: ")
        assert "note" not in done.out
    inside_json = answer(*args, "-f", "json")
    assert inside_json.err == ""
    assert len(strict(inside_json.out)["results"][0]["notes"]) == 1


def test_aliases_and_hyphens_give_the_id(answer: Callable[..., Outcome]) -> None:
    for spelling in ("bce", "BCE", "binary-cross-entropy", "binary_cross_entropy"):
        (one,) = strict(answer(*BINARY, "-l", spelling, "-f", "json").out)["results"]
        assert one["loss"] == "bce"


def test_the_number_of_threads_changes_nothing(answer: Callable[..., Outcome]) -> None:
    files = (
        str(SAMPLES / "segmentation/class_logits.npy"),
        str(SAMPLES / "segmentation/class_targets.npy"),
    )
    args = ("compute", *files, "-l", "cross_entropy", "--ignore-index", "255", "--value-only")
    found = {answer(*args, "--threads", str(count)).out for count in (1, 2, 3, 7)}
    assert len(found) == 1
    z, t = np.load(files[0]).astype(float), np.load(files[1])
    items = (
        np.log(np.exp(z).sum(axis=1))
        - np.take_along_axis(z, np.where(t == 255, 0, t)[:, None], 1)[:, 0]
    )
    assert float(found.pop()) == pytest.approx(
        math.fsum(items[t != 255]) / (t != 255).sum(), rel=1e-6
    )


@pytest.mark.parametrize("digits", ["1", "3", "10"])
def test_digits(digits: str, answer: Callable[..., Outcome]) -> None:
    wanted = [f"{value:.{digits}g}" for value in (FOCAL, BCE)]
    table = answer(*BOTH, "--digits", digits).out.splitlines()
    assert [line.split()[1] for line in table[1:3]] == wanted
    plain = answer(*BOTH, "--digits", digits, "-f", "plain").out.splitlines()
    assert [line.split("\t")[1] for line in plain] == wanted


@pytest.mark.parametrize(("args", "said"), [
    (("--digits", "0"), "from 1 to 17"), (("--digits", "18"), "from 1 to 17"),
    (("--digits", "x"), "from 1 to 17"), (("--digits", "-1"), "from 1 to 17"),
    (("--digits", "3", "-f", "json"), "json has every digit"),
    (("--digits", "3", "-f", "csv"), "csv has every digit"),
    (("--digits", "3", "--value-only"), "--value-only has every digit"),
])  # fmt: skip
def test_digits_that_cannot_be_shown(
    args: tuple[str, ...], said: str, answer: Callable[..., Outcome]
) -> None:
    done = answer(*BOTH, *args)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: --digits")
    assert said in done.err


def test_parameters_are_shown_where_they_differ_from_their_defaults(
    answer: Callable[..., Outcome],
) -> None:
    for args, shown in (
        (("-l", "focal:gamma=2"), ["focal"]),
        (("-l", "focal:gamma=1.5"), ["focal:gamma=1.5"]),
        (("-l", "focal:gamma=2,alpha=null"), ["focal:alpha=null"]),
        (("-l", "focal", "-l", "focal:gamma=1"), ["focal:gamma=2", "focal:gamma=1"]),
    ):
        plain = answer(*BINARY, *args, "-f", "plain").out.splitlines()
        assert [line.split("\t")[0] for line in plain] == shown
        table = answer(*BINARY, *args).out.splitlines()
        assert [line.split()[0] for line in table[1 : 1 + len(shown)]] == shown
        params = strict(answer(*BINARY, *args, "-f", "json").out)["results"][0]["params"]
        assert list(params) == [
            "gamma", "alpha", "classes", "pos_weight", "label_smoothing", "epsilon",
        ]  # fmt: skip
