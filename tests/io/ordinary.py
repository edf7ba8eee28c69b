"""Ordinary ways in which people save predictions and targets, drawn by a seed.

Each way writes files as a library or a script would, says how they are given, and what the right
value is by plain NumPy. Where a file leaves something open, `advised` is what a reader of the error
would then say, and `named` a word of the error that tells them so.
"""

import gzip
import io
import json
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

Array = np.ndarray[Any, np.dtype[Any]]
Draw = np.random.Generator


class Saved(NamedTuple):
    """Files, how they are given, the right value, and what an error would have one say."""

    loss: str
    inputs: tuple[Any, ...]
    right: float
    said: Mapping[str, Any] = {}
    advised: Mapping[str, Any] = {}
    named: str = ""
    converted: tuple[Any, ...] = ()


Way = Callable[[Draw, Path], Saved]
WAYS: list[Way] = []


def way(function: Way) -> Way:
    """Register a way of saving."""
    WAYS.append(function)
    return function


def one_of(draw: Draw, *choices: Any) -> Any:
    return choices[int(draw.integers(len(choices)))]


# What is saved


def softmax(scores: Array) -> Array:
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: Array = powers / powers.sum(axis=-1, keepdims=True)
    return shares


def log_loss(rows: Array, labels: Array) -> float:
    """Mean −log of the probability of the label, of rows of probabilities."""
    picked = rows.astype(np.float64)[np.arange(len(labels)), labels]
    return float(-np.log(picked).mean())


def binary_log_loss(p: Array, y: Array) -> float:
    p = np.clip(p.astype(np.float64), 0.0, 1.0)
    return float(-np.where(y.astype(bool), np.log(p), np.log1p(-p)).mean())


def dice(p: Array, t: Array) -> float:
    p, t = p.astype(np.float64), t.astype(np.float64)
    return float(1.0 - (2.0 * (p * t).sum() + 1.0) / (p.sum() + t.sum() + 1.0))


def regression(draw: Draw) -> tuple[str, Array, Array, Callable[[Array, Array], float]]:
    n = int(draw.integers(5, 40))
    t = draw.normal(10.0, 5.0, n)
    p = t + draw.normal(0.0, 2.0, n)
    name = one_of(draw, "mse", "mae", "huber")
    rules: dict[str, Callable[[Array], Array]] = {
        "mse": np.square,
        "mae": np.abs,
        "huber": lambda d: np.where(abs(d) <= 1.0, 0.5 * d * d, abs(d) - 0.5),
    }
    return name, p, t, lambda a, b: float(rules[name](a.astype(float) - b.astype(float)).mean())


def classes(draw: Draw, least: int = 3) -> tuple[Array, Array]:
    """Logits of both signs in every row, and labels, each class at least once."""
    c = int(draw.integers(least, 13))
    labels = draw.permutation(np.concatenate([np.arange(c), draw.integers(0, c, 20)]))
    scores = draw.normal(0.0, 2.0, (len(labels), c))
    return scores, labels


def probabilities(draw: Draw) -> tuple[Array, Array]:
    n = int(draw.integers(8, 50))
    y = draw.permutation(np.concatenate([[0, 1], draw.integers(0, 2, n)]))
    return draw.uniform(0.02, 0.98, len(y)), y


# How arrays and tables are saved


def as_safetensors(array: Array) -> bytes:
    code = {"float32": "F32", "float64": "F64", "int64": "I64", "float16": "F16"}[array.dtype.name]
    data = np.ascontiguousarray(array).tobytes()
    entry = {"dtype": code, "shape": list(array.shape), "data_offsets": [0, len(data)]}
    header = json.dumps({"x": entry, "__metadata__": {"format": "pt"}}).encode()
    return struct.pack("<Q", len(header)) + header + data


def saved_array(draw: Draw, path: Path, array: Array) -> str:
    """Save an array in one of the ways of NumPy and of others; return its place."""
    how = one_of(draw, "npy", "fortran", "swapped", "npz", "zipped", "gzip", "text", "safetensors")
    if how == "safetensors" and array.dtype.name in {"float32", "float64", "int64"}:
        path.with_suffix(".safetensors").write_bytes(as_safetensors(array))
        return f"{path.with_suffix('.safetensors')}::x"
    if how == "text" and array.ndim <= 2:
        fmt = "%d" if array.dtype.kind in "iu" else "%.18e"
        with_comma = bool(draw.integers(2))
        suffix = ".csv" if with_comma else ".txt"
        header = one_of(draw, "", "saved by a script") if array.ndim == 1 else ""
        np.savetxt(
            path.with_suffix(suffix),
            array,
            fmt,
            delimiter="," if with_comma else " ",
            header=header,
        )
        return str(path.with_suffix(suffix))
    if how in {"npz", "zipped"}:
        save = np.savez if how == "npz" else np.savez_compressed
        name = one_of(draw, "arr_0", "x")
        save(path.with_suffix(".npz"), **{name: array, "other": np.zeros(3)})
        return f"{path.with_suffix('.npz')}::{name}"
    if how == "fortran":
        array = np.asfortranarray(array)
    if how == "swapped":
        array = array.astype(array.dtype.newbyteorder(">"))
    stream = io.BytesIO()
    np.save(stream, array)
    content = stream.getvalue()
    if how == "gzip":
        place = path.with_suffix(one_of(draw, ".npy.gz", ".npy"))
        place.write_bytes(gzip.compress(content))
        return str(place)
    path.with_suffix(".npy").write_bytes(content)
    return str(path.with_suffix(".npy"))


TABLES = ("csv", "index", "tsv", "semicolon", "gzip", "bom", "crlf", "quoted", "utf-16", "parquet",
          "feather", "jsonl", "json", "comments")  # fmt: skip


def saved_table(draw: Draw, path: Path, frame: pd.DataFrame, how: str = "") -> str:
    """Save a frame in one of the ways of pandas and of spreadsheets; return the file."""
    how = how or one_of(draw, *TABLES)
    if how in {"parquet", "feather"}:
        place = path.with_suffix("." + how)
        getattr(frame, f"to_{how}")(place)
        return str(place)
    if how in {"jsonl", "json"}:
        place = path.with_suffix("." + how)
        frame.to_json(place, orient="records", lines=how == "jsonl", double_precision=15)
        return str(place)
    content = frame.to_csv(
        index=how == "index",
        sep={"tsv": "\t", "semicolon": ";"}.get(how, ","),
        lineterminator="\r\n" if how == "crlf" else "\n",
        quoting=1 if how == "quoted" else 0,
    )
    if how == "comments":
        content = f"# model: a\n# split: test\n{content}"
    encoded = content.encode({"bom": "utf-8-sig", "utf-16": "utf-16"}.get(how, "utf-8"))
    place = path.with_suffix(".tsv" if how == "tsv" else ".csv")
    if how == "gzip":
        place, encoded = Path(f"{place}.gz"), gzip.compress(encoded)
    place.write_bytes(encoded)
    return str(place)


def numbered(rows: Array, draw: Draw, stem: str = "p") -> pd.DataFrame:
    """Columns p_0, p_1, …; often in the order of strings, as pivots and sorted keys leave them."""
    names = [f"{stem}_{c}" for c in range(rows.shape[1])]
    order = sorted(names) if draw.integers(2) else names
    return pd.DataFrame(rows, columns=names)[order]


# Regression


@way
def arrays_of_values(draw: Draw, folder: Path) -> Saved:
    loss, p, t, rule = regression(draw)
    dtype = one_of(draw, np.float32, np.float64)
    p = p.astype(dtype)
    t = t.round().astype(np.int64) if draw.integers(2) else t.astype(dtype)
    places = saved_array(draw, folder / "preds", p), saved_array(draw, folder / "targets", t)
    return Saved(loss, places, rule(p, t))


@way
def table_of_values(draw: Draw, folder: Path) -> Saved:
    loss, p, t, rule = regression(draw)
    frame = pd.DataFrame({"id": np.arange(len(p)), "y_true": t, "y_pred": p})
    path = saved_table(draw, folder / "preds", frame)
    return Saved(loss, (f"{path}::y_pred", f"{path}::y_true"), rule(p, t))


@way
def missing_values(draw: Draw, folder: Path) -> Saved:
    loss, p, t, rule = regression(draw)
    gone = draw.integers(0, len(t), 2)
    t = t.copy()
    t[gone] = np.nan
    path = saved_table(draw, folder / "preds", pd.DataFrame({"t": t, "p": p}))
    kept = ~np.isnan(t)
    right = rule(p[kept], t[kept])
    return Saved(loss, (f"{path}::p", f"{path}::t"), right, {}, {"nan": "omit"}, "omit")


@way
def decimal_commas(draw: Draw, folder: Path) -> Saved:
    loss, p, t, rule = regression(draw)
    path = folder / "preds.csv"
    pd.DataFrame({"t": t, "p": p}).to_csv(path, sep=";", decimal=",", index=False)
    places = f"{path}::p", f"{path}::t"
    return Saved(loss, places, rule(p, t), {}, {"decimal": ","}, "decimal")


@way
def two_tables_in_other_order(draw: Draw, folder: Path) -> Saved:
    loss, p, t, rule = regression(draw)
    ids = draw.permutation(1000)[: len(p)]
    first = pd.DataFrame({"id": ids, "p": p})
    second = pd.DataFrame({"id": ids, "t": t}).sample(frac=1.0, random_state=int(draw.integers(99)))
    one = saved_table(draw, folder / "preds", first)
    two = saved_table(draw, folder / "targets", second)
    return Saved(loss, (f"{one}::p", f"{two}::t"), rule(p, t), {}, {"id": "id"}, "id")


@way
def frames_with_shuffled_labels(draw: Draw, folder: Path) -> Saved:
    loss, p, t, rule = regression(draw)
    order = draw.permutation(len(p))
    predictions = pd.Series(p)
    targets = pd.Series(t).iloc[order]
    aligned = targets.sort_index()
    return Saved(loss, (predictions, targets), rule(p, t), {}, {}, "index", (predictions, aligned))


@way
def tables_with_a_saved_index(draw: Draw, folder: Path) -> Saved:
    """Tables in other orders, saved with the index that pandas gave them, or by file names."""
    loss, p, t, rule = regression(draw)
    name, how = one_of(draw, ("", "csv"), ("__index_level_0__", "parquet"), ("filename", "tsv"),
                       ("PassengerId", "jsonl"), ("__index_level_0__", "json"))  # fmt: skip
    places = []
    for column, values in (("p", p), ("t", t)):
        frame = pd.DataFrame({column: values}).sample(frac=1.0, random_state=draw.integers(99))
        path = folder / f"{column}.{how}"
        if how in {"csv", "tsv"}:
            frame.to_csv(path, sep="\t" if how == "tsv" else ",", index_label=name)
        elif how == "parquet":
            frame.to_parquet(path)
        elif how == "jsonl":
            frame = frame.reset_index(names=name)
            frame.to_json(path, orient="records", lines=True, double_precision=15)
        else:
            frame.to_json(path, double_precision=15, orient=one_of(draw, "columns", "split"))
        places.append(f"{path}::{column}")
    return Saved(loss, tuple(places), rule(p, t), {}, {"id": name}, "another order")


@way
def masked_arrays(draw: Draw, folder: Path) -> Saved:
    loss, p, t, rule = regression(draw)
    hidden = draw.random(len(t)) < 0.2
    hidden[0], hidden[1] = True, False
    masked = np.ma.masked_array(np.where(hidden, 9999.0, t), hidden)  # type: ignore[no-untyped-call]
    right = rule(p[~hidden], t[~hidden])
    return Saved(
        loss,
        (p, masked),
        right,
        {"nan": "omit"},
        {"nan": "omit"},
        "filled",
        (p, masked.filled(np.nan)),
    )


@way
def nullable_columns(draw: Draw, folder: Path) -> Saved:
    loss, p, t, rule = regression(draw)
    frame = pd.DataFrame({"p": p, "t": pd.array(t.round().astype(int), dtype="Int64")})
    frame.loc[[0, 3], "t"] = pd.NA
    kept = np.arange(len(p))
    kept = kept[(kept != 0) & (kept != 3)]
    right = rule(p[kept], t.round()[kept])
    given: tuple[Any, ...] = (frame["p"], frame["t"])
    if draw.integers(2):
        path = saved_table(draw, folder / "preds", frame, one_of(draw, "parquet", "csv", "jsonl"))
        given = (f"{path}::p", f"{path}::t")
    return Saved(loss, given, right, {}, {"nan": "omit"}, "omit")


# Two classes


@way
def sums_of_float32_probabilities(draw: Draw, folder: Path) -> Saved:
    scores, labels = classes(draw)
    shares = softmax(scores).astype(np.float32)
    p = shares[:, 1:].sum(axis=1) + np.float32(one_of(draw, 0.0, 1.2e-7))
    p = np.minimum(p, np.float32(1.0000001))
    y = (labels > 0).astype(one_of(draw, np.int64, np.uint8, np.float32))
    y[p >= 1.0] = 1
    if draw.integers(2):
        frame = pd.DataFrame({"label": y, "p": p})
        path = saved_table(draw, folder / "preds", frame)
        return Saved("bce", (f"{path}::p", f"{path}::label"), binary_log_loss(p, y))
    places = saved_array(draw, folder / "p", p), saved_array(draw, folder / "y", y)
    return Saved("bce", places, binary_log_loss(p, y))


@way
def booleans(draw: Draw, folder: Path) -> Saved:
    p, y = probabilities(draw)
    frame = pd.DataFrame({"score": p, "churned": y.astype(bool)})
    right = binary_log_loss(p, y)
    if draw.integers(3) == 0:
        return Saved("bce", (frame["score"], frame["churned"].astype(object)), right)
    path = saved_table(draw, folder / "preds", frame)
    return Saved("bce", (f"{path}::score", f"{path}::churned"), right)


@way
def labels_in_words(draw: Draw, folder: Path) -> Saved:
    p, y = probabilities(draw)
    negative, positive = one_of(draw, ("no", "yes"), ("benign", "malignant"), ("spam", "ham"))
    words = np.where(y, positive, negative)
    right = binary_log_loss(p, y)
    said = {"positive": positive}
    if draw.integers(3) == 0:
        given = one_of(draw, words, words.astype(object), pd.Categorical(words), words.tolist())
        return Saved("bce", (p, given), right, {}, said, "positive")
    path = saved_table(draw, folder / "preds", pd.DataFrame({"p": p, "label": words}))
    return Saved("bce", (f"{path}::p", f"{path}::label"), right, {}, said, "positive")


@way
def percentages(draw: Draw, folder: Path) -> Saved:
    p, y = probabilities(draw)
    places = saved_array(draw, folder / "p", 100.0 * p), saved_array(draw, folder / "y", y)
    return Saved("bce", places, binary_log_loss(p, y), {}, {}, "100", (p, y))


@way
def all_logits_of_one_sign(draw: Draw, folder: Path) -> Saved:
    p, y = probabilities(draw)
    logits = np.abs(np.log(p / (1.0 - p))) + 1.5
    right = float((np.logaddexp(0.0, logits) - y * logits).mean())
    places = saved_array(draw, folder / "p", logits), saved_array(draw, folder / "y", y)
    return Saved("focal:gamma=0,alpha=none", places, right, {}, {"input": "logits"}, "logits")


@way
def log_probabilities_of_one_class(draw: Draw, folder: Path) -> Saved:
    p, y = probabilities(draw)
    places = saved_array(draw, folder / "p", np.log(p)), saved_array(draw, folder / "y", y)
    return Saved("bce", places, binary_log_loss(p, y), {}, {}, "exp", (p, y))


# Several classes


@way
def numbered_columns(draw: Draw, folder: Path) -> Saved:
    scores, labels = classes(draw)
    shares = softmax(scores)
    values = one_of(draw, scores, shares)
    frame = numbered(values, draw).assign(label=labels)
    path = saved_table(draw, folder / "preds", frame)
    return Saved("cross_entropy", (f"{path}::p_*", f"{path}::label"), log_loss(shares, labels))


@way
def frames_of_scores(draw: Draw, folder: Path) -> Saved:
    scores, labels = classes(draw)
    given: Any = numbered(scores, draw)
    target: Any = pd.Series(labels)
    return Saved("cross_entropy", (given, target), log_loss(softmax(scores), labels))


@way
def classes_in_words(draw: Draw, folder: Path) -> Saved:
    scores, labels = classes(draw)
    words = np.array([f"{letter}class" for letter in "qwertyuiopasdfg"])[: scores.shape[1]]
    shares = softmax(scores)
    frame = pd.DataFrame(shares, columns=[f"p_{word}" for word in words])
    path = saved_table(draw, folder / "preds", frame.assign(label=words[labels]))
    right = log_loss(shares, labels)
    return Saved("cross_entropy", (f"{path}::p_*", f"{path}::label"), right)


@way
def one_hot_columns_in_another_order(draw: Draw, folder: Path) -> Saved:
    """Scores in the order of the classes, one-hot labels in that of the text or the other way."""
    scores, labels = classes(draw)
    words = [f"{letter}class" for letter in "qwertyuiopasdfg"[: scores.shape[1]]]
    shares = softmax(scores)
    hot = np.eye(len(words), dtype=int)[labels]
    right = log_loss(shares, labels)
    if draw.integers(3) == 0:
        p = pd.DataFrame(shares, columns=words)
        t = pd.DataFrame(hot, columns=words)
        given = (p, t[sorted(words)])
        return Saved("cross_entropy", given, right, {}, {}, "another order", (p, t))
    p = pd.DataFrame(shares, columns=[f"p_{word}" for word in words])
    t = pd.DataFrame(hot, columns=[f"y_{word}" for word in words])
    path = saved_table(draw, folder / "preds", p.join(t[sorted(t)]), one_of(draw, *TABLES[:10]))
    places = f"{path}::p_*", f"{path}::y_*"
    named = f"{path}::p_*", f"{path}::{','.join(t)}"
    return Saved("cross_entropy", places, right, {}, {}, "another order", named)


@way
def words_with_numbers(draw: Draw, folder: Path) -> Saved:
    """Labels that text sorts otherwise than their numbers: LABEL_0, LABEL_1, LABEL_10, …."""
    labels = draw.permutation(np.repeat(np.arange(12), 2))
    scores = draw.normal(0.0, 2.0, (24, 12))
    stem = one_of(draw, "LABEL_", "class ", "c")
    names = [f"{stem}{c}" for c in range(12)]
    place = saved_array(draw, folder / "scores", scores)
    given = (place, [names[label] for label in labels])
    advised = {"class_names": names}
    right = log_loss(softmax(scores), labels)
    return Saved("cross_entropy", given, right, {}, advised, "class_names")


@way
def labels_without_a_header(draw: Draw, folder: Path) -> Saved:
    """Words alone or before their scores, as savetxt and shell scripts write them."""
    scores, labels = classes(draw)
    shares = softmax(scores)
    words = np.array(sorted(f"{letter}class" for letter in "qwertyuiopasdfg"[: scores.shape[1]]))
    right = log_loss(shares, labels)
    if draw.integers(2):
        np.savetxt(folder / "labels.txt", words[labels], "%s")
        place = saved_array(draw, folder / "scores", shares)
        return Saved("cross_entropy", (place, str(folder / "labels.txt")), right)
    frame = pd.DataFrame(shares).assign(label=words[labels])
    last = shares.shape[1]
    path = folder / "preds.csv"
    frame[["label", *range(last)]].to_csv(path, header=False, index=False)
    return Saved("cross_entropy", (f"{path}::1:{last}", f"{path}::0"), right)


@way
def choices_of_an_evaluation(draw: Draw, folder: Path) -> Saved:
    """Samples of a language model's evaluation: [log-likelihood, is greedy] of every choice."""
    scores, labels = classes(draw)
    likelihoods = -np.abs(scores) - 0.1
    as_text = bool(draw.integers(2))
    path = folder / "samples_task.jsonl"
    with path.open("w") as file:
        for number, (row, label) in enumerate(zip(likelihoods.tolist(), labels, strict=True)):
            pairs = [[value, value == max(row)] for value in row]
            kept = [[str(value), str(flag)] for value, flag in pairs] if as_text else pairs
            record = {"doc_id": number, "target": int(label), "resps": [[one] for one in kept]}
            file.write(json.dumps(record | {"filtered_resps": kept}) + "\n")
    key = one_of(draw, "filtered_resps[*][0]", "resps[*][0][0]")
    places = f"{path}::{key}", f"{path}::target"
    right = log_loss(softmax(likelihoods), labels)
    return Saved("cross_entropy", places, right)


@way
def words_beside_an_array(draw: Draw, folder: Path) -> Saved:
    scores, labels = classes(draw)
    words = np.array([f"{letter}class" for letter in "qwertyuiopasdfg"])[: scores.shape[1]]
    np.save(folder / "labels.npy", words[labels])
    place = saved_array(draw, folder / "scores", scores)
    target = one_of(draw, str(folder / "labels.npy"), words[labels].astype(object))
    right = log_loss(softmax(scores), labels)
    return Saved("cross_entropy", (place, target), right, {"class_names": words.tolist()})


@way
def sorted_words(draw: Draw, folder: Path) -> Saved:
    """Columns in the order of sorted classes, as predict_proba of scikit-learn returns them."""
    scores, labels = classes(draw)
    words = np.array(sorted(f"{letter}class" for letter in "qwertyuiopasdfg"[: scores.shape[1]]))
    place = saved_array(draw, folder / "scores", softmax(scores))
    right = log_loss(softmax(scores), labels)
    return Saved("cross_entropy", (place, words[labels]), right)


@way
def one_hot_rows(draw: Draw, folder: Path) -> Saved:
    scores, labels = classes(draw)
    rows = np.eye(scores.shape[1], dtype=one_of(draw, np.float32, np.int64, np.float64))[labels]
    places = saved_array(draw, folder / "scores", scores), saved_array(draw, folder / "rows", rows)
    return Saved("cross_entropy", places, log_loss(softmax(scores), labels))


@way
def log_softmax_rows(draw: Draw, folder: Path) -> Saved:
    scores, labels = classes(draw)
    logs = np.log(softmax(scores)).astype(one_of(draw, np.float32, np.float64))
    places = saved_array(draw, folder / "logs", logs), saved_array(draw, folder / "y", labels)
    loss = one_of(draw, "nll", "cross_entropy")
    return Saved(loss, places, log_loss(np.exp(logs), labels), {}, {"input": "logits"}, "logits")


@way
def labels_from_one(draw: Draw, folder: Path) -> Saved:
    scores, labels = classes(draw)
    places = (
        saved_array(draw, folder / "scores", scores),
        saved_array(draw, folder / "y", labels + 1),
    )
    right = log_loss(softmax(scores), labels)
    return Saved("cross_entropy", places, right, {}, {}, "t - 1", (scores, labels))


@way
def void_labels(draw: Draw, folder: Path) -> Saved:
    scores, labels = classes(draw)
    void = one_of(draw, 255, -1)
    marked = labels.copy()
    marked[:4] = void
    places = saved_array(draw, folder / "scores", scores), saved_array(draw, folder / "y", marked)
    right = log_loss(softmax(scores[4:]), labels[4:])
    return Saved("cross_entropy", places, right, {}, {"ignore_index": void}, "ignore")


@way
def class_columns_of_a_pipeline(draw: Draw, folder: Path) -> Saved:
    """Lists of {label, score} by falling score, as text-classification pipelines return them."""
    scores, labels = classes(draw)
    shares = softmax(scores)
    names = [f"LABEL_{c}" for c in range(scores.shape[1])]
    with (folder / "out.jsonl").open("w") as file:
        for row, label in zip(shares, labels, strict=True):
            best = sorted(zip(names, row.tolist(), strict=True), key=lambda pair: -pair[1])
            entries = [{"label": name, "score": score} for name, score in best]
            file.write(json.dumps({"scores": entries, "label": names[label]}) + "\n")
    path = folder / "out.jsonl"
    return Saved("cross_entropy", (f"{path}::scores", f"{path}::label"), log_loss(shares, labels))


@way
def nested_records(draw: Draw, folder: Path) -> Saved:
    scores, labels = classes(draw)
    with (folder / "samples.jsonl").open("w") as file:
        for number, (row, label) in enumerate(zip(scores, labels, strict=True)):
            extra = {} if number % 3 else {"doc": {"text": "a, b"}, "tags": ["x"] * number}
            record = {"id": number, "out": {"scores": row.tolist()}, "y": int(label), **extra}
            file.write(json.dumps(record) + "\n")
    path = folder / "samples.jsonl"
    right = log_loss(softmax(scores), labels)
    return Saved("cross_entropy", (f"{path}::out.scores", f"{path}::y"), right)


@way
def lists_in_cells(draw: Draw, folder: Path) -> Saved:
    scores, labels = classes(draw)
    cells = [json.dumps(row.tolist()) for row in softmax(scores)]
    path = folder / "preds.csv"
    pd.DataFrame({"scores": cells, "label": labels}).to_csv(path, index=bool(draw.integers(2)))
    right = log_loss(softmax(scores), labels)
    return Saved("cross_entropy", (f"{path}::scores", f"{path}::label"), right)


# Masks


@way
def masks_of_bytes(draw: Draw, folder: Path) -> Saved:
    t = (draw.random((3, 8, 9)) < 0.3).astype(np.uint8)
    p = draw.random(t.shape).astype(np.float32)
    np.save(folder / "p.npy", p)
    np.save(folder / "t.npy", 255 * t)
    places = str(folder / "p.npy"), str(folder / "t.npy")
    return Saved("dice:smooth=1", places, dice(p, t), {}, {}, "255", (p, t))


@way
def maps_of_bytes(draw: Draw, folder: Path) -> Saved:
    t = (draw.random((3, 8, 9)) < 0.3).astype(np.uint8)
    p = draw.integers(0, 256, t.shape).astype(np.uint8)
    return Saved("dice:smooth=1", (p, t), dice(p / 255, t), {}, {}, "255", (p / 255, t))


@way
def hard_masks(draw: Draw, folder: Path) -> Saved:
    shape = one_of(draw, (3, 8, 9), (3, 1, 8, 9))
    dtype = one_of(draw, np.uint8, np.bool_, np.float32, np.int64)
    t = (draw.random(shape) < 0.3).astype(dtype)
    p = (draw.random(shape) < 0.3).astype(dtype)
    places = saved_array(draw, folder / "p", p), saved_array(draw, folder / "t", t)
    return Saved("dice:smooth=1", places, dice(p, t))


@way
def label_maps(draw: Draw, folder: Path) -> Saved:
    c = int(draw.integers(3, 6))
    t = draw.integers(0, c, (2, 7, 8))
    p = np.where(draw.random(t.shape) < 0.7, t, draw.integers(0, c, t.shape))
    t[0, 0, :c], p[0, 1, :c] = np.arange(c), np.arange(c)
    right = float(np.mean([dice(p == k, t == k) for k in range(c)]))
    given = (p[:, None] if draw.integers(2) else p, t)
    said = {"average": "macro"}
    return Saved("dice:smooth=1", given, right, said, {**said, "input": "labels"}, "labels")


@way
def class_logits_and_index_masks(draw: Draw, folder: Path) -> Saved:
    c = int(draw.integers(3, 6))
    scores = draw.normal(0.0, 2.0, (2, 7, 8, c))
    t = draw.integers(0, c, (2, 7, 8))
    flat, labels = scores.reshape(-1, c), t.ravel()
    scores = np.moveaxis(scores, -1, 1) if draw.integers(2) else scores
    dtype = one_of(draw, np.float32, np.float64)
    places = (
        saved_array(draw, folder / "p", scores.astype(dtype)),
        saved_array(draw, folder / "t", t),
    )
    return Saved("cross_entropy", places, log_loss(softmax(flat), labels))


@way
def one_hot_masks(draw: Draw, folder: Path) -> Saved:
    c = 5
    scores = draw.normal(0.0, 2.0, (2, c, 7, 8))
    t = draw.integers(0, c, (2, 7, 8))
    hot = np.moveaxis(np.eye(c)[t], -1, 1)
    shares = np.moveaxis(softmax(np.moveaxis(scores, 1, -1)), -1, 1)
    return Saved(
        "dice:smooth=1", (scores, hot), dice(shares, hot), {}, {"class_axis": 1}, "class_axis"
    )


# Rankings


@way
def padded_lists(draw: Draw, folder: Path) -> Saved:
    n, k = 6, 7
    s, t = draw.normal(0.0, 1.0, (n, k)), draw.integers(0, 4, (n, k))
    pad = one_of(draw, -1, -100)
    lengths = draw.integers(2, k + 1, n)
    per_list = []
    for row, length in enumerate(lengths):
        t[row, length:] = pad
        weights = np.exp(t[row, :length].astype(float) - t[row, :length].max())
        shares = weights / weights.sum()
        per_list.append(float(-(shares * np.log(softmax(s[row, :length]))).sum()))
    right = float(np.mean(per_list))
    return Saved("listnet", (s, t), right, {}, {"ignore_index": pad}, "ignore")
