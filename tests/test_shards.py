"""Shards: merged, they print what an evaluation of all data prints, byte for byte."""

import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from lossctl.engine.bind import layout
from lossctl.report.schema import schema
from tests.cli.run import Outcome, lossctl

RNG = np.random.default_rng(21)
ROWS, CLASSES, SAMPLES = 5_000, 5, 40
SCORES = RNG.standard_normal((ROWS, CLASSES)).astype(np.float32)
LABELS = (SCORES.argmax(axis=1) + (RNG.random(ROWS) < 0.3)) % CLASSES
SOFTMAX = np.exp(SCORES) / np.exp(SCORES).sum(axis=1, keepdims=True)
MASKS = RNG.random((SAMPLES, 3, 15, 15))
BITS = (RNG.random(ROWS) < 0.3).astype(np.uint8)
NEAR = np.clip(0.6 * BITS + 0.4 * RNG.random(ROWS), 0.01, 0.99)
WITH_NAN = RNG.standard_normal(ROWS)
WITH_NAN[::7] = np.nan
QUERIES = np.sort(RNG.integers(0, 400, ROWS))
FILES = {
    "values.npy": RNG.standard_normal(ROWS).astype(np.float32),
    "true.npy": RNG.standard_normal(ROWS).astype(np.float32),
    "holes.npy": WITH_NAN,
    "scores.npy": SCORES,
    "softmax.npy": SOFTMAX,
    "labels.npy": LABELS,
    "ignored.npy": np.where(np.arange(ROWS) < 2_000, LABELS, np.where(BITS, -100, LABELS)),
    "near.npy": NEAR,
    "bits.npy": BITS,
    "masks.npy": MASKS,
    "masked.npy": (MASKS + RNG.normal(0, 0.3, MASKS.shape) > 0.5).astype(np.uint8),
    "weights.npy": RNG.random(ROWS),
    "queries.npy": QUERIES,
    "grades.npy": RNG.integers(0, 4, ROWS),
    "left.npy": RNG.standard_normal((ROWS // 8, 8)).astype(np.float32),
    "right.npy": RNG.standard_normal((ROWS // 8, 8)).astype(np.float32),
    "many.npy": RNG.integers(0, 5, (200, 25)),
    "lists.npy": np.arange(len(np.unique(QUERIES))) % 3,
    "part1.npy": MASKS[:4],
    "part2.npy": MASKS[4:],
    "cut.npy": (MASKS > 0.4).astype(np.uint8),
    "marks.npy": np.arange(SAMPLES) % 3,
    "sentences.npy": np.arange(200) % 4,
    "late_holes.npy": np.where(np.arange(ROWS) < 2_000, 0.25, WITH_NAN),
    "tokens.npy": RNG.standard_normal((200, 25, CLASSES)).astype(np.float32),
}
VALUES, CLASS = ("values.npy", "true.npy"), ("scores.npy", "labels.npy")
BINARY, MASK = ("near.npy", "bits.npy"), ("masks.npy", "masked.npy")
PARTS = ("part*.npy", "cut.npy")
RANKED = ("values.npy", "grades.npy", "-l", "listnet", "--group", "queries.npy")
CASES: dict[str, tuple[str, ...]] = {
    "elementwise": (*VALUES, "-l", "mse", "-l", "huber:delta=0.5", "-l", "mae", "--interval"),
    "weighted": (*VALUES, "-l", "mse", "--weights", "weights.npy", "--interval"),
    "sum": (*VALUES, "-l", "mae", "--reduction", "sum", "--interval"),
    "NaN left out": ("holes.npy", "true.npy", "-l", "mse", "--nan", "omit", "--interval"),
    "binary": (*BINARY, "-l", "bce", "-l", "focal:gamma=2", "--interval", "--confidence", "0.9"),
    "a name of PyTorch": (*BINARY, "-l", "BCELoss"),
    "classes": (*CLASS, "-l", "cross_entropy", "--interval"),
    "ignored": ("scores.npy", "ignored.npy", "-l", "cross_entropy", "--interval"),
    "balanced": (*CLASS, "-l", "cross_entropy", "--class-weights", "balanced", "--interval"),
    "probabilities": ("softmax.npy", "labels.npy", "-l", "cross_entropy"),
    "pooled": (*MASK, "-l", "dice", "-l", "jaccard", "--interval"),
    "pooled by class": (
        *(*MASK, "-l", "dice", "--task", "multilabel", "--class-axis", "1", "--interval"),
    ),
    "by sample": (*MASK, "-l", "dice", "--pooling", "sample", "--interval"),
    "tokens": ("tokens.npy", "many.npy", "-l", "perplexity", "--interval"),
    "lists": ("values.npy", "grades.npy", "-l", "listnet", "--group", "queries.npy", "--interval"),
    "batches": ("left.npy", "right.npy", "-l", "info_nce", "--batch-size", "25", "--interval"),
    "records": ("values.npy", "true.npy", "-l", "bradley_terry", "--interval"),
    "metrics": (*BINARY, "--metric", "accuracy,f1,brier_score"),
    "metrics of classes": (*CLASS, "--metric", "accuracy,macro_f1"),
    "metrics of values": (*VALUES, "--metric", "mae,r2"),
}
TWICE: dict[str, tuple[str, ...]] = {  # intervals that take a second round of shards
    "functions of sums": (*BINARY, "--metric", "f1,mcc", "--threshold", "0.3", "--interval"),
    "of values": (*VALUES, "--metric", "r2,rmse", "-l", "mse", "--interval"),
    "of classes": (*CLASS, "--metric", "macro_f1", "--interval"),
    "weighted": (
        *(*BINARY, "--metric", "f1", "--threshold", "0.3", "--weights", "weights.npy"),
        "--interval",
    ),
    "items left out": ("holes.npy", "true.npy", "--metric", "rmse", "--nan", "omit", "--interval"),
}
GRADE = ("--by", "g=t.csv::g")
SLICED: dict[str, tuple[str, ...]] = {
    "means": (*BINARY, "-l", "bce", "-l", "focal", "--by", "q=t.csv::q", "--interval"),
    "weighted": (*VALUES, "-l", "mse", "--weights", "weights.npy", *GRADE),
    "functions of sums": (*BINARY, "--metric", "f1", *GRADE),
    "classes": (*CLASS, "-l", "cross_entropy", "--by-class", "--min-size", "40"),
    "worst": (*CLASS, "-l", "cross_entropy", "--worst", "7", *GRADE),
    "worst of a metric": (*BINARY, "--metric", "brier_score", "--worst", "3"),
    "worst by id": (
        *("--table", "t.csv", "--column", "predictions=w", "--column", "targets=g"),
        *("-l", "mse", "--id", "n", "--worst", "5"),
    ),
    "bins": (*VALUES, "-l", "mae", *GRADE, "--by", "w=t.csv::w", "--bins", "w=3"),
    "left out in some blocks": (
        *("late_holes.npy", "true.npy", "-l", "mse", "--nan", "omit", *GRADE, "--interval"),
    ),
    "labels left out in some blocks": (
        *("scores.npy", "ignored.npy", "-l", "cross_entropy", *GRADE, "--interval"),
    ),
    "left out, by class": ("scores.npy", "ignored.npy", "-l", "cross_entropy", "--by-class"),
    "lists": (*RANKED, "--by", "q=lists.npy", "--min-size", "2", "--worst", "4", "--interval"),
    "samples": (*MASK, "-l", "dice", "--by", "m=marks.npy", "--worst", "3", "--interval"),
    "samples apart": (
        *(*MASK, "-l", "dice", "--pooling", "sample", "--by", "m=marks.npy", "--worst", "3"),
        "--interval",
    ),
    "samples of pixels": (*MASK, "-l", "bce", "--by", "m=marks.npy", "--worst", "3", "--interval"),
    "sequences": (
        *("tokens.npy", "many.npy", "-l", "perplexity", "--by", "s=sentences.npy"),
        *("--worst", "3", "--interval"),
    ),
}
MANY = ("elementwise", "classes", "by sample", "lists", "records")  # in more shards, too


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a few thousand numbers be many blocks."""
    monkeypatch.setattr(layout, "BLOCK_ELEMENTS", 512)
    monkeypatch.setattr(layout, "LIST_ITEMS", 300)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    for name, array in FILES.items():
        np.save(folder / name, array)
    columns = [FILES[name].tolist() for name in ("queries.npy", "grades.npy", "weights.npy")]
    rows = enumerate(zip(*columns, strict=True))
    lines = [f"{query},{grade},{weight!r},r{at}" for at, (query, grade, weight) in rows]
    (folder / "t.csv").write_text("\n".join(["q,g,w,n", *lines]), encoding="utf-8")
    return folder


def shards(folder: Path, count: int, *args: str) -> list[str]:
    """Evaluate every shard; return the files of totals, the last first."""
    paths = []
    for number in range(count, 0, -1):
        path = str(folder / f"{count}-{number}.json")
        done = lossctl("compute", *args, "--shard", f"{number}/{count}", "--save-totals", path)
        assert (done.code, done.out) == (0, ""), done
        paths.append(path)
    return paths


@pytest.mark.parametrize("name", CASES)
def test_merged_shards_are_the_whole(
    name: str, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(data)
    whole = {form: lossctl("compute", *CASES[name], "-f", form) for form in ("json", "table")}
    assert whole["json"].code == 0, whole["json"]
    for count in (2, 3, 16) if name in MANY else (3,):
        files = shards(tmp_path, count, *CASES[name])
        for form, wanted in whole.items():
            assert lossctl("merge", *files, "-f", form) == wanted, (count, form)


@pytest.mark.parametrize("name", SLICED)
def test_merged_slices_are_those_of_the_whole(
    name: str, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(data)
    for form in ("json", "table"):
        whole = lossctl("compute", *SLICED[name], "-f", form)
        assert whole.code == 0, whole
        assert form == "table" or json.loads(whole.out)["results"][0].keys() & {"slices", "worst"}
        files = shards(tmp_path, 3, *SLICED[name])
        assert lossctl("merge", *files, "-f", form) == whole
    jsonschema.validate(json.loads(Path(files[0]).read_text(encoding="utf-8")), schema("totals"))


@pytest.mark.parametrize("name", TWICE)
def test_a_second_round_gives_intervals(
    name: str, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(data)
    args, second = TWICE[name], str(tmp_path / "second.json")
    whole = lossctl("compute", *args, "-f", "json")
    assert '"interval": {' in whole.out or '"interval": [' in whole.out, whole
    for count in (1, 3, 16):
        files = shards(tmp_path, count, *args)
        refused(lossctl("merge", *files), 3, "second round", "--second-round FILE")
        done = lossctl("merge", *files, "--second-round", second)
        assert (done.code, done.out) == (0, ""), done
        again = shards(tmp_path, count, *args, "--second-round", second)
        assert lossctl("merge", *again, "-f", "json") == whole, count
    jsonschema.validate(json.loads(Path(again[0]).read_text(encoding="utf-8")), schema("totals"))


def test_second_rounds_of_others(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(data)
    second, args = str(tmp_path / "second.json"), (*BINARY, "--metric", "f1", "--interval")
    first = shards(tmp_path, 2, *args)
    assert lossctl("merge", *first, "--second-round", second).code == 0
    place = ("--shard", "1/2", "--save-totals", str(tmp_path / "x.json"), "--second-round", second)
    refused(lossctl("compute", *BINARY, "--metric", "mcc", *place), 3, "is of f1", "mcc")
    (tmp_path / "others").mkdir()
    weighted = (*args, "--weights", "weights.npy")
    others = shards(tmp_path / "others", 2, *weighted, "--second-round", second)
    refused(lossctl("merge", *others), 3, "sums of other data")
    refused(lossctl("merge", first[0], others[1]), 3, "evaluated otherwise")
    refused(lossctl("compute", *args, *place[:-1], first[0]), 3, "nothing of a second round")
    refused(lossctl("merge", second), 3, "holds no totals")
    refused(lossctl("merge", *first, "--second-round", first[0]), 2, "would overwrite")
    refused(lossctl("compute", *args, "--second-round", second), 2, "--save-totals")


@pytest.mark.parametrize("form", ["plain", "jsonl", "csv", "markdown"])
def test_every_format(
    form: str, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(data)
    files = shards(tmp_path, 2, *CASES["binary"])
    assert lossctl("merge", *files, "-f", form) == lossctl("compute", *CASES["binary"], "-f", form)


def test_gates_and_baselines_of_all_data(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(data)
    args = (*BINARY, "-l", "bce", "--interval")
    earlier = str(tmp_path / "earlier.json")
    assert lossctl("compute", *args, "-o", earlier).code == 0
    files = shards(tmp_path, 3, *args)
    for gates, code in ((("--fail-over", "0.01"), 1), (("--baseline", earlier), 0)):
        done = lossctl("merge", *files, *gates)
        assert done == lossctl("compute", *args, *gates)
        assert done.code == code, done


def test_shards_read_their_own_part(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows of another shard may be wrong: those are not looked at."""
    monkeypatch.chdir(data)
    broken = FILES["values.npy"].copy()
    broken[-1] = np.nan
    np.save(tmp_path / "broken.npy", broken)
    args = ("compute", str(tmp_path / "broken.npy"), "true.npy", "-l", "mse", "--save-totals")
    assert lossctl(*args, str(tmp_path / "2.json"), "--shard", "2/4").code == 0
    last = lossctl(*args, str(tmp_path / "4.json"), "--shard", "4/4")
    assert last.code == 3
    assert "item 4999" in last.err or "NaN" in last.err
    assert not (tmp_path / "4.json").exists()


def refused(done: Outcome, code: int, *words: str) -> None:
    assert (done.code, done.out) == (code, ""), done
    assert len(done.err.strip().splitlines()) <= 2, done
    for word in words:
        assert word in done.err, done


def test_what_is_missing_doubled_or_of_others(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(data)
    files = shards(tmp_path, 4, *VALUES, "-l", "mse")[::-1]
    refused(lossctl("merge", *files[:1], files[3]), 3, "2, 3 of 4 missing")
    refused(lossctl("merge", *files, files[1]), 3, "shard 2/4", "as ")
    halves = shards(tmp_path, 2, *VALUES, "-l", "mse")
    refused(lossctl("merge", *files, *halves), 3, "overlap")
    (tmp_path / "mae").mkdir()
    mae = shards(tmp_path / "mae", 4, *VALUES, "-l", "mae")
    refused(lossctl("merge", *files[:3], mae[0]), 3, "totals of mae", "of mse")


def test_other_options_or_shapes(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(data)
    first, second = str(tmp_path / "1.json"), str(tmp_path / "2.json")

    def half(number: int, path: str, *args: str) -> None:
        place = ("--shard", f"{number}/2", "--save-totals", path)
        assert lossctl("compute", *args, *place).code == 0

    half(1, first, *VALUES, "-l", "huber")
    half(2, second, *VALUES, "-l", "huber:delta=2")
    refused(lossctl("merge", first, second), 3, "other params")
    half(2, second, *VALUES, "-l", "huber", "--nan", "omit")
    refused(lossctl("merge", first, second), 3, "other options")
    half(2, second, "weights.npy", "true.npy", "-l", "huber")
    refused(lossctl("merge", first, second), 3, "huber")
    half(2, second, *VALUES, "-l", "huber", "--worst", "3")
    refused(lossctl("merge", first, second), 3, "other slices or worst rows")
    half(2, second, *MASK, "-l", "huber")
    refused(lossctl("merge", first, second), 3, "huber", "shapes")


@pytest.mark.parametrize("name", ["values.npy", "true.npy"])
@pytest.mark.parametrize("changed", [slice(None), slice(1_600, 1_700)])
def test_data_that_was_changed_between_the_shards(
    name: str, changed: slice, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of it, or what a shard begins with, which the one before has seen, too."""
    monkeypatch.chdir(tmp_path)
    for file in VALUES:
        np.save(file, FILES[file])
    args, paths = (*VALUES, "-l", "mse"), [f"{number}.json" for number in (1, 2, 3)]
    for number, path in enumerate(paths, 1):
        if number == 2:
            array = FILES[name].copy()
            array[changed] += 1.0
            np.save(name, array)
        place = ("--shard", f"{number}/3", "--save-totals", path)
        assert lossctl("compute", *args, *place).code == 0
    input_name = "predictions" if name == "values.npy" else "targets"
    refused(lossctl("merge", *paths), 3, f"2.json: its {input_name}", "1.json", "changed")
    assert lossctl("compute", *args, "--shard", "1/3", "--save-totals", "1.json").code == 0
    assert lossctl("merge", *paths) == lossctl("compute", *args)


def test_files_that_are_no_totals(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(data)
    (path,) = shards(tmp_path, 1, *VALUES, "-l", "mse")
    text = Path(path).read_text(encoding="utf-8")
    wrong = tmp_path / "wrong.json"
    for content, words in (
        ("", "holds no totals"),
        ("[1, 2]", "holds no totals"),
        ('{"format": "other"}', "holds no totals"),
        (text[: len(text) // 2], "holds no totals"),
        (text.replace('"weight", 512.0', '"weight", 513.0', 1), "was changed"),
        (text.replace('"lossctl": "', '"lossctl": "9.', 1), "written with lossctl 9."),
        (text.replace('"numpy": "', '"numpy": "9.', 1), "written with numpy 9."),
    ):
        assert content != text
        wrong.write_text(content, encoding="utf-8")
        refused(lossctl("merge", str(wrong)), 3, words)
    refused(lossctl("merge", str(tmp_path / "none.json")), 2, "cannot read")
    refused(lossctl("merge"), 2, "say which files")
    jsonschema.validate(json.loads(text), schema("totals"))


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ((*VALUES, "-l", "mse", "--reduction", "none"), "a value of its own"),
        ((*BINARY, "--metric", "roc_auc"), "all rows together"),
        (("left.npy", "right.npy", "-l", "info_nce"), "--batch-size"),
        ((*PARTS, "-l", "bce", "--worst", "3"), "named by files"),
        ((*VALUES, "-l", "mse", "--second-round", "none.json"), "none.json"),
        ((*VALUES, "-l", "mse", "-f", "json"), "--format"),
        ((*VALUES, "-l", "mse", "--fail-over", "1"), "--fail-over"),
    ],
)
def test_what_cannot_be_split_says_so(
    args: tuple[str, ...], words: str, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(data)
    place = ("--shard", "1/2", "--save-totals", str(tmp_path / "1.json"))
    refused(lossctl("compute", *args, *place), 2, words)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("text", ["0/2", "3/2", "2", "1/0", "a/b", "1/9999999", "-1/2", "1//2"])
def test_shards_that_are_none(text: str, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(data)
    done = lossctl("compute", *VALUES, "-l", "mse", "--shard", text, "--save-totals", "x.json")
    refused(done, 2, "--shard", "expected K/N")
    refused(lossctl("compute", *VALUES, "-l", "mse", "--shard", "1/2"), 2, "--save-totals")


def test_an_input_is_not_overwritten(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(data)
    place = ("--shard", "1/2", "--save-totals", "true.npy")
    refused(lossctl("compute", *VALUES, "-l", "mse", *place), 2, "would overwrite")


def test_predictions_that_turn_out_otherwise(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the first block shows probabilities and a later one logits, the option must say it."""
    monkeypatch.chdir(data)
    scores = np.append(NEAR[:-5], np.full(5, 3.0))
    np.save(tmp_path / "late.npy", scores)
    args = (str(tmp_path / "late.npy"), "bits.npy", "-l", "focal")
    files = shards(tmp_path, 2, *args)
    refused(lossctl("merge", *files), 3, "--input")
    said = shards(tmp_path, 2, *args, "--input", "logits")
    assert lossctl("merge", *said) == lossctl("compute", *args, "--input", "logits")


def test_overflow_asks_for_double(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(data)
    np.save(tmp_path / "huge.npy", np.full(ROWS, 3e30, np.float32))
    args = (str(tmp_path / "huge.npy"), "true.npy", "-l", "mse")
    place = ("--shard", "1/2", "--save-totals", str(tmp_path / "1.json"))
    refused(lossctl("compute", *args, *place), 3, "--precision double")
    files = shards(tmp_path, 2, *args, "--precision", "double")
    assert lossctl("merge", *files) == lossctl("compute", *args, "--precision", "double")
