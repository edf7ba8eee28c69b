"""Well-formed files whose values no loss can be computed on, or only by misreading them."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from tests.io._case import DATA, USAGE, Case, npy

NAN, INF = float("nan"), float("inf")
P, T = [0.9, 0.2, 0.6, 0.4], [1, 0, 1, 0]
ROWS = [[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.2, 0.2, 0.6], [0.5, 0.3, 0.2]]
INDEX = [0, 1, 2, 1]


def bad(
    name: str, loss: str, p: Any, t: Any, *words: str, code: int = DATA, more: tuple[str, ...] = (),
    w: Any = None,
) -> Case:  # fmt: skip
    """Make a case of predictions, targets and perhaps weights."""
    files = {"p.npy": npy(p), "t.npy": npy(t)}
    if w is not None:
        files["w.npy"] = npy(w)
        more = (*more, "--weights", "w.npy")
    return Case(
        f"{loss}: {name}", ("compute", "p.npy", "t.npy", "-l", loss, *more), code, words, files
    )


def nan() -> Iterator[Case]:
    for loss in ("mse", "mae", "huber", "smooth_l1", "bce", "bce_with_logits", "focal", "dice"):
        yield bad("NaN in the predictions", loss, [0.9, NAN, 0.6, 0.4], T, "p.npy", "NaN", "1")
    for loss in ("mse", "bce", "focal", "tversky"):
        yield bad("NaN in the targets", loss, P, [1.0, 0.0, NAN, 0.0], "t.npy", "NaN", "2")
    rows = [*ROWS[:2], [0.2, NAN, 0.6], ROWS[3]]
    yield bad("NaN in a row of scores", "cross_entropy", rows, INDEX, "p.npy", "NaN", "2")
    yield bad("NaN as a class", "cross_entropy", ROWS, [0.0, NAN, 1.0, 2.0], "t.npy", "NaN")
    yield bad("NaN in the weights", "mse", P, T, "w.npy", "nan", w=[1, NAN, 1, 1])
    yield bad("inf in the weights", "mse", P, T, "w.npy", "inf", w=[1, INF, 1, 1])
    yield bad("negative weights", "mse", P, T, "w.npy", "-1", w=[1, 1, -1, 1])
    yield bad("weights of 0", "mse", P, T, "mse", w=[0.0] * 4)
    yield bad("weights of 0", "focal", P, T, "focal", w=[0, 0, 0, 0])
    yield bad("all NaN and omitted", "mse", [NAN] * 4, T, "omitted", more=("--nan", "omit"))
    yield bad("inf in the targets", "bce", P, [1, 0, INF, 0], "t.npy", "inf")
    yield bad("inf as a class", "cross_entropy", ROWS, [0, 1, INF, 1], "t.npy", "inf")


def swapped() -> Iterator[Case]:
    for loss in ("bce", "focal"):
        yield bad("swapped", loss, T, P, "swapped")
    yield bad("swapped with logits", "bce_with_logits", T, [2.0, -1.0, 0.5, -3.0], "[0, 1]")
    yield bad("swapped with indices", "cross_entropy", INDEX, ROWS, "swapped")
    yield bad("swapped with one-hot rows", "cross_entropy", np.eye(3)[INDEX], ROWS, "swapped")
    logits = np.log(ROWS)
    yield bad("swapped logits and one-hot rows", "cross_entropy", np.eye(3)[INDEX], logits, "t.npy")
    yield bad("swapped with indices", "focal", INDEX, ROWS, "swapped")


def shapes() -> Iterator[Case]:
    column = np.array(P)[:, None]
    for loss in ("mse", "bce"):
        yield bad("(N, 1) against (N,)", loss, column, T, "(4, 1)", "(4,)")
    yield bad("(N, 1) against (N,)", "focal", column, T, "(4, 1)")
    for loss in ("mae", "bce_with_logits", "dice"):
        yield bad("(N,) against (N, 1)", loss, P, np.array(T)[:, None], "(4,)", "(4, 1)")
    yield bad("another number of items", "mse", P, [1.0, 2.0, 3.0], "p.npy", "t.npy", "(3,)")
    yield bad("another number of items", "cross_entropy", ROWS, INDEX[:3], "(4, 3)", "(3,)")
    yield bad("a number against items", "mse", P, 1.0, "()")
    yield bad("class scores", "mse", ROWS, INDEX, "(4, 3)")
    yield bad("one score per item", "cross_entropy", P, T, "bce")
    yield bad("one class", "cross_entropy", column, [0, 0, 0, 0], "class")
    yield bad("transposed", "cross_entropy", np.transpose(ROWS), INDEX, "(3, 4)")
    cube = np.full((2, 3, 3), 0.25)
    yield bad(
        "two possible class axes", "cross_entropy", cube, np.zeros((2, 3), int), "--class-axis"
    )
    wrong = ("--class-axis", "0")
    yield bad("the wrong class axis", "cross_entropy", ROWS, INDEX, "axis 0", more=wrong)
    yield bad("one-hot of too few classes", "cross_entropy", ROWS, np.eye(2)[T], "(4, 2)")
    yield bad("weights of another length", "mse", P, T, "w.npy", "(3,)", w=[1, 1, 1])
    yield bad("weights of the last axis", "mse", ROWS, ROWS, "w.npy", "(3,)", w=[1, 1, 1])
    yield bad(
        "weights of two axes", "mse", P, T, "w.npy", "(4, 2)", w=[[1, 1], [1, 1], [1, 1], [1, 1]]
    )
    yield bad(
        "samples of a flat mask", "dice", P, T, "pooling", code=USAGE, more=("--pooling", "sample")
    )


def labels() -> Iterator[Case]:
    yield bad("labels of -1 and +1", "bce", P, [1, -1, 1, -1], "t.npy", "(t + 1) / 2")
    yield bad("labels of -1 and +1", "focal", P, [1, -1, 1, -1], "t.npy", "(t + 1) / 2")
    yield bad("labels 1 and 2", "bce", P, [1, 2, 1, 2], "t.npy", "2")
    yield bad("labels 0 and 255", "dice", P, [0, 255, 0, 255], "t.npy", "255")
    yield bad("a class too large", "cross_entropy", ROWS, [0, 1, 2, 3], "t.npy", "3", "0 to 2")
    yield bad("classes from 1", "cross_entropy", ROWS, [1, 2, 3, 1], "t.npy", "3")
    yield bad(
        "a negative class", "cross_entropy", ROWS, [0, 1, -1, 2], "t.npy", "-1", "ignore_index"
    )
    yield bad("a huge class", "cross_entropy", ROWS, np.array([0, 1, 2**63, 1], np.uint64), "t.npy")
    yield bad("half a class", "cross_entropy", ROWS, [0.0, 1.0, 0.5, 2.0], "t.npy", "0.5", "whole")
    yield bad("half a class", "focal", ROWS, [0.0, 1.0, 0.5, 2.0], "t.npy", "0.5", "whole")
    yield bad("all ignored", "cross_entropy", ROWS, [-100] * 4, "ignored")
    yield bad("all ignored", "bce", P, [-100] * 4, "ignored")
    every = ("--ignore-index", "1")
    yield bad("all ignored by option", "cross_entropy", ROWS, [1] * 4, "ignored", more=every)
    several = [[1, 1, 0], [0, 1, 0], [1, 0, 0], [0, 0, 1]]
    yield bad("rows of several labels", "cross_entropy", ROWS, several, "t.npy", "sum to 1", "2")
    outside = [[1.5, -0.5, 0], [0, 1, 0], [1, 0, 0], [0, 0, 1]]
    yield bad("rows outside [0, 1]", "cross_entropy", ROWS, outside, "t.npy", "[0, 1]")
    loose = [[0.7, 0.2, 0.3], [0.1, 0.8, 0.1], [0.2, 0.2, 0.6], [0.5, 0.3, 0.2]]
    yield bad("logits or probabilities", "cross_entropy", loose, INDEX, "--input")


def numbers() -> Iterator[Case]:
    huge = np.array([1, 2, 2**53 + 1, 4])
    yield bad("integers past 2^53", "mse", huge, T, "p.npy", "2^53", "2")
    yield bad("integers past 2^53 as targets", "mse", P, huge, "t.npy", "2^53")
    yield bad("integers below -2^53", "mse", -huge, T, "p.npy", "2^53")
    yield bad("unsigned past 2^53", "mae", np.array([2**64 - 1] * 4, np.uint64), T, "p.npy", "2^53")
    said = ("--input", "probabilities")
    yield bad("stated as probabilities", "bce", [0.5, 1.5, 0.2, 0.1], T, "1.5", more=said)
    said = ("--input", "labels")
    yield bad("stated as labels", "dice", P, T, "labels", more=said)
    said = ("--input", "log_probabilities")
    yield bad("stated as logarithms", "cross_entropy", ROWS, INDEX, "log-prob", more=said)
    yield bad(
        "no classes to weigh", "mse", P, T, "class", code=USAGE, more=("--class-weights", "1,2")
    )
    three = ("--class-weights", "1,2,3")
    yield bad("three weights for two labels", "bce", P, T, "class", "3", code=USAGE, more=three)
    two = ("--class-weights", "1,2")
    yield bad(
        "two weights for three classes",
        "cross_entropy",
        ROWS,
        INDEX,
        "2",
        "3",
        code=USAGE,
        more=two,
    )


def cases() -> Iterator[Case]:
    for part in (nan, swapped, shapes, labels, numbers):
        yield from part()


def nonfinite() -> Iterator[Case]:
    """Yield runs whose value is not finite: exit 3, null in JSON."""
    for loss in ("mse", "mae", "huber"):
        yield bad("inf in the predictions", loss, [0.9, INF, 0.6, 0.4], T)
    yield bad("-inf in the targets", "mse", P, [1.0, -INF, 0.0, 1.0])
    yield bad("values whose squares overflow", "mse", [1e200, 0.0], [0.0, 1.0])
    yield bad("a NaN kept", "mse", [0.9, NAN, 0.6, 0.4], T, more=("--nan", "propagate"))
    yield bad(
        "a NaN kept", "cross_entropy", [*ROWS[:3], [NAN] * 3], INDEX, more=("--nan", "propagate")
    )
    sure = "bce:epsilon=0"
    yield bad("a sure miss", sure, [1.0, 0.5], [0, 1])
