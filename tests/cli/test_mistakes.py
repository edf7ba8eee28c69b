"""Eighty mistakes: the words that must stand in the message, and the mend, which must work."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lossctl
from tests.cli.run import Answer

RNG = np.random.default_rng(80)
P, Z = RNG.uniform(0.1, 0.9, 30), RNG.normal(size=30)
T = RNG.integers(0, 2, 30)
ROWS, K = RNG.dirichlet(np.ones(3), size=30), RNG.integers(0, 3, 30)
LOGITS, HOT = RNG.normal(size=(30, 3)), np.eye(3)[K]
SEVERAL = RNG.integers(0, 2, (30, 3))
IMAGES, MAPS = RNG.normal(size=(2, 3, 4, 5)), RNG.integers(0, 3, (2, 4, 5))
MASK, TRUTH = RNG.uniform(0.1, 0.9, (2, 6, 6)), RNG.integers(0, 2, (2, 6, 6))
LISTS, GRADES = RNG.normal(size=(4, 5)), RNG.integers(0, 4, (4, 5))
PADDED = np.where(np.arange(5) > 3, -1, GRADES)
Y, F = RNG.normal(size=30), RNG.normal(size=30)
HOLES = np.where(np.arange(30) == 3, np.nan, F)
WORDS = np.where(T == 1, "yes", "no")
PETS = np.array(["cat", "dog", "eel"])[K]
VOID = np.where(np.arange(30) == 3, 255, K)
ROUNDED = np.array([[0.333, 0.333, 0.333], [0.2, 0.3, 0.5]])
ONE_HOT_IMAGES = np.moveaxis(np.eye(3)[MAPS], -1, 1)

# the loss, its inputs and options; the words; what is put right, over what was given
MISTAKES: list[tuple[str, Any, Any, dict[str, Any], list[str], dict[str, Any]]] = [
    ("bce", P[:, None], T, {}, ["(30, 1)", "reshape the predictions to (30,)"], {"p": P}),
    ("bce", P, T[:, None], {}, ["reshape the targets to (30,)"], {"t": T}),
    ("mse", F[:, None], Y, {}, ["(30, 1)", "reshape the predictions"], {"p": F}),
    ("mse", F[:29], Y, {}, ["29 and 30 items", "same data set"], {"p": F}),
    ("bce", P[:29], T, {}, ["29 and 30 items"], {"p": P}),
    ("bce", ROWS, K, {}, ["scores of each class", "cross_entropy"], {"loss": "cross_entropy"}),
    ("mse", ROWS, K, {}, ["one number per target", "cross_entropy"], {"loss": "cross_entropy"}),
    ("cross_entropy", P[:, None], T, {}, ["use bce", "reshape the predictions to (30,)"],
     {"loss": "bce", "p": P}),
    ("cross_entropy", P[:, None], T[:, None], {}, ["use bce"], {"loss": "bce"}),
    ("cross_entropy", K, ROWS, {}, ["swapped"], {"p": ROWS, "t": K}),
    ("focal", K, ROWS, {}, ["swapped"], {"p": ROWS, "t": K}),
    ("bce", T, P, {}, ["swapped"], {"p": P, "t": T}),
    ("bce", P * 100, T, {}, ["percentages", "divide by 100"], {"p": P}),
    ("focal", P * 100, T, {}, ["percentages", "divide by 100"], {"p": P}),
    ("dice", P * 100, T, {}, ["divide by 100"], {"p": P}),
    ("bce", np.round(P * 255).astype(np.uint8), T, {}, ["8-bit", "divide by 255"], {"p": P}),
    ("dice", TRUTH * 255, TRUTH, {}, ["8-bit masks", "divide by 255"], {"p": TRUTH}),
    ("dice", MASK, TRUTH * 255, {}, ["t / 255"], {"t": TRUTH}),
    ("bce", P, T * 255, {}, ["t / 255"], {"t": T}),
    ("hinge", Z, T * 255, {}, ["t / 255"], {"t": T}),
    ("cross_entropy", ROWS * 100, K, {}, ["rows that sum to 100", "divide by 100"], {"p": ROWS}),
    ("brier", ROWS * 100, K, {}, ["rows that sum to 100"], {"p": ROWS}),
    ("bce", np.log(P), T, {}, ["log-probabilities", "exponentials"], {"p": P}),
    ("brier", np.log(P), T, {}, ["log-probabilities", "exponentials"], {"p": P}),
    ("bce", P, np.where(T == 1, 1, -1), {}, ["-1 and +1", "(t + 1) / 2"], {"t": T}),
    ("dice", MASK, np.where(TRUTH == 1, 1, -1), {}, ["(t + 1) / 2"], {"t": TRUTH}),
    ("bce", P, T + 1, {}, ["got 2", "t - 1"], {"t": T}),
    ("hinge", Z, T + 1, {}, ["got 2", "t - 1"], {"t": T}),
    ("dice", MASK, TRUTH + 1, {}, ["got 2", "t - 1"], {"t": TRUTH}),
    ("cross_entropy", LOGITS, K + 1, {}, ["got 3", "from 1 to 3", "t - 1"], {"t": K}),
    ("focal", LOGITS, K + 1, {}, ["got 3", "t - 1"], {"t": K}),
    ("poly1", LOGITS, K + 1, {}, ["got 3", "t - 1"], {"t": K}),
    ("cross_entropy", LOGITS, VOID, {}, ["got 255", "item 3", "ignore_index=255"],
     {"ignore_index": 255}),
    ("cross_entropy", LOGITS, np.where(VOID == 255, -1, VOID), {}, ["got -1", "ignore_index=-1"],
     {"ignore_index": -1}),
    ("brier", LOGITS, VOID, {}, ["got 255", "ignore_index=255"], {"ignore_index": 255}),
    ("bce", P, np.where(np.arange(30) == 3, 255, T), {}, ["got 255", "ignore_index=255"],
     {"ignore_index": 255}),
    ("cross_entropy", LOGITS, K * 2, {}, ["got 4", "scores of 3 classes"],
     {"t": K}),
    ("bce", P, K, {}, ["got 2", "cross_entropy"], {"loss": "cross_entropy", "p": ROWS}),
    ("bce_with_logits", Z, K, {}, ["got 2", "class indices"], {"t": T}),
    ("dice", MAPS, MAPS, {}, ["label maps", "input='labels'"], {"input": "labels"}),
    ("jaccard", MAPS, MAPS, {}, ["label maps", "input='labels'"], {"input": "labels"}),
    ("dice", MAPS[:, None], MAPS, {}, ["label maps", "input='labels'"], {"input": "labels"}),
    ("cross_entropy", MAPS[:, :, :4], MAPS[:, :, :4], {}, ["label maps", "one score per class"],
     {"p": IMAGES[..., :4]}),
    ("cross_entropy", K[:6], K[:6], {}, ["class indices", "one score per class"],
     {"p": LOGITS[:6]}),
    ("cross_entropy", LOGITS, SEVERAL, {}, ["rows must sum to 1", "bce"],
     {"loss": "bce_with_logits"}),
    ("focal", LOGITS, SEVERAL, {"class_axis": 1}, ["task='multilabel'"],
     {"task": "multilabel", "class_axis": 1}),
    ("kl_divergence", ROWS, SEVERAL, {}, ["rows must sum to 1", "bce"], {"loss": "bce"}),
    ("js_divergence", ROWS, SEVERAL, {}, ["rows must sum to 1", "bce"], {"loss": "bce"}),
    ("cross_entropy", LOGITS, np.round(ROWS, 2) * 0.98, {}, ["rounded", "by its sum"],
     {"t": ROWS}),
    ("cross_entropy", LOGITS, HOT * 0.5, {}, ["divide each row by its sum"], {"t": HOT}),
    ("cross_entropy", ROUNDED * 1.01, K[:2], {}, ["rounded", "by its sum"],
     {"input": "probabilities"}),
    ("cross_entropy", ROWS * 0.5, K, {}, ["input='logits' or input='probabilities'"],
     {"input": "logits"}),
    ("focal", IMAGES, ONE_HOT_IMAGES, {}, ["class_axis=1"], {"class_axis": 1}),
    ("dice", IMAGES, ONE_HOT_IMAGES, {}, ["class_axis=1", "task='multilabel'"],
     {"class_axis": 1, "task": "multilabel"}),
    ("cross_entropy", RNG.normal(size=(3, 4, 5)), MAPS[0], {}, ["class_axis=0"],
     {"class_axis": 0}),
    ("cross_entropy", RNG.normal(size=(4, 4, 4)), RNG.integers(0, 4, (4, 4)), {},
     ["axis 1 or axis 2", "class_axis"], {"class_axis": 1}),
    ("bce_with_logits", IMAGES, SEVERAL[:1, :, None, None] + 0 * IMAGES,
     {"pos_weight": [1, 2, 3]}, ["pos_weight has 3 entries", "class_axis=1"], {"class_axis": 1}),
    ("focal", IMAGES, (IMAGES > 0) * 1, {"alpha": [0.2, 0.3, 0.5]}, ["class_axis=1"],
     {"class_axis": 1, "task": "multilabel"}),
    ("mse", HOLES, Y, {}, ["NaN", "item 3", "nan='omit'"], {"nan": "omit"}),
    ("mae", F, HOLES, {}, ["NaN", "targets", "item 3"], {"nan": "propagate"}),
    ("bce", np.where(np.isnan(HOLES), np.nan, P), T, {}, ["NaN", "nan='omit'"], {"nan": "omit"}),
    ("mse", F + 1j, Y, {}, ["complex", "array.real"], {"p": F}),
    ("mse", F.astype(str), np.where(T, "a", "b"), {}, ["is not a number"], {"p": F, "t": Y}),
    ("mse", [[1.0], [1.0, 2.0]], [1.0, 2.0], {}, ["different lengths"], {"p": [1.0, 2.0]}),
    ("mse", None, Y, {}, ["None is no array"], {"p": F}),
    ("bce", P, WORDS, {}, ["which label is positive", "positive='yes'"], {"positive": "yes"}),
    ("hinge", Z, WORDS, {}, ["which label is positive"], {"positive": "yes"}),
    ("cross_entropy", RNG.normal(size=(30, 4)), PETS, {}, ["3 labels", "class_names"],
     {"class_names": ["cat", "dog", "eel", "fox"]}),
    ("cross_entropy", LOGITS, PETS, {"class_names": ["cat", "dog"]}, ["2 names for 3 classes"],
     {"class_names": ["cat", "dog", "eel"]}),
    ("cross_entropy", LOGITS, K, {"class_axis": 5}, ["class_axis 5", "(30, 3)"],
     {"class_axis": 1}),
    ("bce", P, T, {"ignore_index": "x"}, ["ignore_index"], {"ignore_index": -1}),
    ("mse", F, Y, {"input": "logits"}, ["input", "mse takes none"], {"input": "auto"}),
    ("mse", F, Y, {"reduction": "avg"}, ["reduction must be one of mean"], {"reduction": "mean"}),
    ("mse", F, Y, {"nan": "skip"}, ["nan must be one of", "omit"], {"nan": "omit"}),
    ("ranknet", LISTS, PADDED, {}, ["relevance -1", "ignore_index=-1"], {"ignore_index": -1}),
    ("lambda_rank", LISTS, PADDED, {}, ["got -1", "ignore_index=-1"], {"ignore_index": -1}),
    ("ranknet", LISTS, GRADES, {"class_axis": 1}, ["ranknet takes none"], {"class_axis": None}),
    ("bce", P, T, {"clip_predictions": True, "input": "logits"}, ["give one of them"],
     {"input": "auto"}),
    ("bce", np.where(np.arange(300) == 3, 1.02, np.tile(P, 10)), np.tile(T, 10), {},
     ["1.02", "clip_predictions=True"], {"clip_predictions": True}),
    ("huber", F, Y, {"detla": 2}, ["did you mean delta"], {"detla": None, "delta": 2}),
    ("focall", P, T, {}, ["did you mean focal"], {"loss": "focal"}),
    ("total_variation", RNG.uniform(size=(2, 16, 16, 3)), None, {}, ["axes="],
     {"axes": {"images": "item height width channel"}}),
]  # fmt: skip


def call(loss: str, p: Any, t: Any, options: dict[str, Any]) -> lossctl.Result:
    given = {name: value for name, value in options.items() if value is not None}
    return lossctl.compute(loss, p, **given) if t is None else lossctl.compute(loss, p, t, **given)


def test_they_are_eighty() -> None:
    assert len(MISTAKES) + len(TYPED) >= 80


@pytest.mark.parametrize("row", MISTAKES, ids=[f"{n}-{row[0]}" for n, row in enumerate(MISTAKES)])
def test_a_mistake_its_message_and_its_mend(row: Any) -> None:
    loss, p, t, options, words, mend = row
    with pytest.raises(lossctl.LossctlError) as caught:
        call(loss, p, t, options)
    said = str(caught.value)
    assert len(said) <= 200
    mended = options | {name: one for name, one in mend.items() if name not in {"loss", "p", "t"}}
    result = call(mend.get("loss", loss), mend.get("p", p), mend.get("t", t), mended)
    assert np.all(np.isfinite(result.value)) or mended.get("nan") == "propagate"
    missing = [word for word in words if word not in said]
    assert not missing, said


FILES = ("p.npy", "t.npy")
TYPED: list[tuple[list[str], list[str], list[str]]] = [
    ([*FILES, "-l", "bce,focal"], ["-l bce -l focal"], [*FILES, "-l", "bce", "-l", "focal"]),
    (["x.csv:p", "x.csv:t", "-l", "bce"], ["did you mean x.csv::p?"],
     ["x.csv::p", "x.csv::t", "-l", "bce"]),
    ([*FILES, "-l", "focal", "--gamma", "2"], ["--loss focal:gamma=VALUE"],
     [*FILES, "--loss", "focal:gamma=2"]),
    ([*FILES, "-l", "focal:alpha=0.5", "--gamma=2"], ["--loss focal:alpha=0.5,gamma=VALUE"],
     [*FILES, "-l", "focal:alpha=0.5,gamma=2"]),
    ([*FILES, "--focal"], ["--loss focal"], [*FILES, "--loss", "focal"]),
    ([*FILES, "-l", "custom:abs(p-t)"], ["custom:formula=abs(p-t)"],
     [*FILES, "-l", "custom:formula=abs(p-t)"]),
    ([*FILES], ["--loss"], [*FILES, "--loss", "bce"]),
    (["q.npy", "t.npy", "-l", "bce"], ["no file q.npy"], [*FILES, "-l", "bce"]),
    (["x.csv", "t.npy", "-l", "bce"], ["x.csv::p", "--table and --column"],
     ["x.csv::p", "t.npy", "-l", "bce"]),
    (["p.npy", "void.npy", "-l", "bce"], ["--ignore-index 255"],
     ["p.npy", "void.npy", "-l", "bce", "--ignore-index", "255"]),
    (["p.npy", "holes.npy", "-l", "mse"], ["--nan omit"],
     ["p.npy", "holes.npy", "-l", "mse", "--nan", "omit"]),
    ([*FILES, "-l", "mse", "--class-axis", "1"], ["--class-axis: mse takes none"],
     [*FILES, "-l", "mse"]),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "words", "mended"), TYPED, ids=[" ".join(r[0]) for r in TYPED])
def test_a_mistake_at_the_shell(
    typed: list[str], words: list[str], mended: list[str], answer: Answer
) -> None:
    np.save("p.npy", P)
    np.save("t.npy", T)
    np.save("void.npy", np.where(np.arange(30) == 3, 255, T))
    np.save("holes.npy", HOLES)
    rows = "\n".join(f"{p},{t}" for p, t in zip(P, T, strict=True))
    Path("x.csv").write_text(f"p,t\n{rows}\n")
    refused = answer("compute", *typed)
    assert refused.code in {2, 3}
    assert not [word for word in words if word not in refused.err], refused.err
    assert answer("compute", *mended).code == 0
