"""Random arrays, files and texts: what is ordinary, what is odd, and what is hostile."""

import json
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

TEXTS = (
    *(
        "",
        " ",
        "null",
        "~",
        "true",
        "no",
        "nan",
        ".nan",
        "inf",
        "-.inf",
        "1e999",
        "-1e-400",
        "None",
    ),
    *("-0", "007", "1_000", "+.5", "0x10", "2024-13-45", "2024-12-05", "12:30:45", "3%", "1/0"),
    *("[", "]" * 9, "{", "}", "[" * 50, "{a: " * 40, "- - - -", "a: b: c", "'", '"', "`", "|", ">"),
    *("&a", "*a", "<<", "!!python/name:os.system", "!!binary aGk=", "!!set {a}", "? x", "---", "%"),
    *(
        "\x00",
        "\x1b[2J",
        "\x9b",
        "\r",
        "\u202e",
        "\u2028",
        "\ufeff",
        "\udc80",
        "\u65e5",
        "\U0001f600",
    ),
    *("a" * 5000, "9" * 5000, "9" * 400 + "." + "9" * 400, "1e" + "9" * 50, "::error::x", "=1+1"),
    *("focal", "mse", "predictions", "targets", "unknown", "none", "mean", "0.5", "7", "-3", "..."),
)
LETTERS = "\x00\t\n\r !\"#%&'*,-.:;<=>?@[\\]^_`{|}~0159aenN\x80\u2028"


def text(rng: Random) -> str:
    """Return one of the texts, or a few random letters."""
    if rng.random() < 0.8:
        return rng.choice(TEXTS)
    return "".join(rng.choices(LETTERS, k=rng.randrange(1, 12)))


def argument(rng: Random) -> str:
    """Return a text that a command line can hold."""
    return text(rng).replace("\x00", "0").encode("utf-8", "replace").decode()


# Arrays

COUNTS = (0, 1, 2, 3, 19, 20, 21, 50, 64, 100)
LENGTHS = (0, 1, 1, 2, 2, 3, 4, 5, 8)


CONSTANTS = (0.0, 1.0, -100.0, 255.0, np.nan, np.inf, -np.inf, 1e308)


def shape(rng: Random) -> tuple[int, ...]:
    """Return the shape of targets: mostly a row of items."""
    axes = rng.choice((0, 1, 1, 1, 1, 2, 2, 3, 4))
    items = rng.choice(COUNTS) if rng.random() < 0.4 else rng.choice(COUNTS[4:])
    return (items, *rng.choices(LENGTHS, k=axes - 1))[:axes] if axes else ()


def beside(rng: Random, targets: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape of predictions for targets: one that fits, nearly fits, or does not."""
    kind = rng.randrange(8)
    if kind < 3 or not targets:
        return targets
    if kind < 5:
        at = rng.randrange(1, len(targets) + 1)
        return (*targets[:at], rng.choice(LENGTHS), *targets[at:])
    if kind == 5:
        return (*targets, 1)
    return shape(rng) if kind == 6 else targets[::-1]


def numbers(rng: Random, size: tuple[int, ...]) -> Array:
    """Return numbers of some kind: scores, labels, counts, huge, tiny, not finite, all the same."""
    draw = np.random.default_rng(rng.randrange(2**32))
    classes, scale = rng.choice((1, 2, 2, 3, 5, 40)), rng.choice((1e-320, 1e-30, 10, 1e30, 1e308))
    kinds = (
        lambda: draw.normal(size=size),
        lambda: draw.uniform(size=size),
        lambda: draw.integers(0, classes, size),
        lambda: draw.integers(1, classes + 1, size),
        lambda: draw.choice([-1, 1], size=size),
        lambda: draw.poisson(3, size),
        lambda: np.full(
            size, rng.choice((0.0, 1.0, -100.0, 255.0, np.nan, np.inf, -np.inf, 1e308))
        ),
        lambda: draw.uniform(-1, 1, size) * scale,
        lambda: draw.integers(-(2**63), 2**63 - 1, size),
        lambda: np.exp(draw.normal(size=size) * 3),
        lambda: np.arange(np.prod(size, dtype=int)).reshape(size),
        lambda: np.abs(draw.normal(size=size)) + draw.integers(0, 2, size),
    )
    array = np.asarray(rng.choice(kinds)())
    if rng.random() < 0.3 and array.size:
        odd = rng.choice((np.nan, np.inf, -np.inf, -100, 255, -1, 1e308, 0, 5e-324, 2**53 + 2))
        array = np.where(draw.uniform(size=size) < rng.choice((0.02, 0.5, 0.98)), odd, array)
    return _as_type(rng, array)


def _as_type(rng: Random, array: Array) -> Array:
    kind = rng.choice(("", "", "", "", "f4", "f2", ">f8", "i1", "u1", "i4", "u8", "?", "U8"))
    if not kind:
        return array
    with np.errstate(all="ignore"):
        return np.asarray(array).astype(kind)


def write(rng: Random, folder: Path, name: str, array: Array) -> str:
    """Write an array in one of the formats; return what the command line calls it."""
    form = rng.choice(("npy", "npy", "npy", "npz", "csv", "tsv", "jsonl"))
    width = array.size // (len(array) or 1) if array.ndim else 1
    if form in {"npy", "npz"} or not array.size or width > 64:
        if form == "npz":
            np.savez(folder / f"{name}.npz", **{name: array})
            return f"{name}.npz" + rng.choice(("", f"::{name}"))
        np.save(folder / f"{name}.npy", array)
        return f"{name}.npy"
    rows, columns = array.reshape(-1, width), [f"c_{at}" for at in range(width)]
    chosen = rng.choice(("", "::c_0", "::c_*", "::c_0:c_1", "::id"))
    if form == "jsonl":
        lines = [json.dumps(dict(zip(columns, row, strict=True))) for row in rows.tolist()]
    else:
        mark = "," if form == "csv" else "\t"
        cells = [[str(cell) for cell in row] for row in rows.tolist()]
        if rng.random() < 0.1:
            rng.choice(cells)[0] = text(rng).encode("utf-8", "replace").decode()
        lines = [mark.join(row) for row in [columns, *cells]]
    (folder / f"{name}.{form}").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return f"{name}.{form}{chosen}"


# Documents


def altered(rng: Random, document: str) -> bytes:
    """Return a text with a few places changed: values exchanged, lines lost, doubled or mixed."""
    for _ in range(rng.choice((1, 1, 1, 2, 5))):
        at, kind = rng.randrange(len(document) + 1), rng.randrange(6)
        end = at + rng.choice((1, 1, 3, 20))
        lines = document.splitlines()
        if kind == 0:
            document = document[:at] + document[end:]
        elif kind == 1:
            document = document[:at] + text(rng) + document[end:]
        elif kind == 2 and lines:
            lines.insert(rng.randrange(len(lines)), rng.choice(lines))
            document = "\n".join(lines)
        elif kind == 3 and lines:
            del lines[rng.randrange(len(lines))]
            document = "\n".join(lines)
        elif kind == 4 and lines:
            line = rng.randrange(len(lines))
            name, colon, _ = lines[line].partition(":")
            lines[line] = f"{name}{colon} {text(rng)}"
            document = "\n".join(lines)
        else:
            document = document[:at] + document[at:end] * 3 + document[end:]
    return document.encode("utf-8", "surrogateescape" if "\udc80" in document else "replace")


def with_other_values(rng: Random, value: Any) -> Any:
    """Return JSON data with some entries replaced, dropped or of another kind."""
    if rng.random() < 0.06:
        others = (None, True, 0, -1, 2**80, 1e308, 0.5, "", [], {}, [[]], [None], {"": {}}, "1e9")
        return rng.choice((*others, text(rng)))
    if isinstance(value, dict):
        kept = {key: entry for key, entry in value.items() if rng.random() > 0.02}
        return {key: with_other_values(rng, entry) for key, entry in kept.items()}
    if isinstance(value, list):
        return [with_other_values(rng, entry) for entry in value]
    return value
