"""What lies outside [0, 1] and is no logit: refused with a conversion that reads it right."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lossctl
from lossctl.core.errors import DataError
from lossctl.core.loss import Array
from lossctl.losses.catalogue import every_loss
from tests.cli.run import lossctl as shell

RNG = np.random.default_rng(5)
LABELS = (RNG.random((8, 8)) < 0.4).astype(int)
PROBABILITIES = np.clip(0.55 * LABELS + 0.4 * RNG.random((8, 8)), 0.01, 0.99)
BOTH = [loss for loss in every_loss() if loss.has_classes and len(loss.kinds) > 1]
OF_ELEMENTS = [loss.id for loss in BOTH if loss.kinds_in("item")[:1] == ("probabilities",)]
DECLARED = ["bce_with_logits", "poly1", "hinge", "soft_margin", "lovasz_hinge"]

# what is saved, what the message says of it, and the conversion it names
SAVED: dict[str, tuple[Array, str, Callable[[Array], Array]]] = {
    "mask": (255 * LABELS.astype("uint8"), "divide by 255", lambda a: a / 255),
    "float mask": (255.0 * LABELS, "divide by 255", lambda a: a / 255),
    "8 bits": (np.round(255 * PROBABILITIES).astype("uint8"), "divide by 255", lambda a: a / 255),
    "whole percent": (np.round(100 * PROBABILITIES), "divide by 100", lambda a: a / 100),
    "percent": (100 * PROBABILITIES, "divide by 100", lambda a: a / 100),
    "log-probabilities": (np.log(PROBABILITIES), "give their exponentials", np.exp),
    "single": (np.log(PROBABILITIES).astype("f4"), "give their exponentials", np.exp),
}
READS_BINARY = [loss for loss in OF_ELEMENTS if loss not in {"generalized_dice"}]


@pytest.mark.parametrize("loss", READS_BINARY)
@pytest.mark.parametrize("saved", SAVED)
def test_refused_with_a_conversion_that_works(loss: str, saved: str) -> None:
    scores, advice, convert = SAVED[saved]
    with pytest.raises(DataError, match=advice) as caught:
        lossctl.compute(loss, scores, LABELS, task="binary")
    assert len(str(caught.value)) < 200
    assert "input='logits'" in str(caught.value)
    read = lossctl.compute(loss, convert(scores), LABELS, task="binary")
    assert read.input.kind in {"probabilities", "labels"}
    said = lossctl.compute(loss, scores, LABELS, task="binary", input="logits")
    assert (said.input.kind, said.input.decided_by) == ("logits", "option")


def test_the_values_are_those_of_the_definitions() -> None:
    """Binary cross-entropy and Dice, each in one line."""
    bce = -np.log(np.where(LABELS == 1, PROBABILITIES, 1 - PROBABILITIES)).mean()
    overlap = 2 * (PROBABILITIES * LABELS).sum() / (PROBABILITIES.sum() + LABELS.sum())
    for saved in ("percent", "log-probabilities"):
        scores, _, convert = SAVED[saved]
        found = lossctl.compute("bce", convert(scores), LABELS)
        assert found.value == pytest.approx(bce, rel=1e-9)
        found = lossctl.compute("dice", convert(scores), LABELS, smooth=0.0)
        assert found.value == pytest.approx(1 - overlap, rel=1e-9)
    assert lossctl.compute("dice", SAVED["mask"][0] / 255, LABELS, smooth=0.0).value == 0.0


@pytest.mark.parametrize("loss", DECLARED)
@pytest.mark.parametrize("saved", ["mask", "float mask", "8 bits", "whole percent"])
def test_whole_numbers_are_no_logits_of_losses_that_declare_them(loss: str, saved: str) -> None:
    scores, advice, _ = SAVED[saved]
    with pytest.raises(DataError, match=advice):
        lossctl.compute(loss, scores, LABELS, task="binary")
    said = lossctl.compute(loss, scores, LABELS, task="binary", input="logits")
    assert said.input.kind == "logits"


@pytest.mark.parametrize("loss", ["bce_with_logits", "poly1"])
def test_logits_of_one_sign_are_read_where_they_are_declared(loss: str) -> None:
    for saved in ("percent", "log-probabilities"):
        found = lossctl.compute(loss, SAVED[saved][0], LABELS, task="binary")
        assert found.input.kind == "logits"
        assert any(SAVED[saved][1] in note for note in found.notes)
    assert not lossctl.compute(loss, [2.0, 3.5], [1, 0], task="binary").notes


@pytest.mark.parametrize("loss", [*OF_ELEMENTS, *DECLARED, "squared_hinge", "exponential"])
def test_logits_of_both_signs_are_read_in_quiet(loss: str) -> None:
    logits = np.log(PROBABILITIES / (1 - PROBABILITIES))
    for scores in (logits, logits.astype("f4"), np.round(logits)):
        found = lossctl.compute(loss, scores, LABELS, task="binary")
        assert found.input.kind == "logits"
        assert not any("logits" in note for note in found.notes)


def test_integers_are_no_logits() -> None:
    whole = np.array([-3, 2, 4, -1])
    labels = [0, 1, 1, 0]
    with pytest.raises(DataError, match=r"stored as whole numbers: .*convert them to floats"):
        lossctl.compute("bce", whole, labels)
    wanted = np.log1p(np.exp(whole * (1 - 2 * np.array(labels)))).mean()
    assert lossctl.compute("bce", whole.astype(float), labels).value == pytest.approx(wanted)
    assert lossctl.compute("bce", whole, labels, input="logits").value == pytest.approx(wanted)
    assert lossctl.compute("bce_with_logits", whole, labels).value == pytest.approx(wanted)
    with pytest.raises(DataError, match=r"labels -1 and \+1\? \(p \+ 1\) / 2"):
        lossctl.compute("bce", [-1, 1, 1, -1], labels)


ROWS = RNG.dirichlet(np.ones(3), 20)
CLASSES = RNG.integers(0, 3, 20)
NLL = float(-np.log(ROWS[np.arange(20), CLASSES]).mean())


@pytest.mark.parametrize(
    ("loss", "by_hand"),
    [
        ("cross_entropy", NLL),
        ("kl_divergence", NLL),
        ("focal", None),
        ("brier", None),
        ("dice", None),
        ("symmetric_cross_entropy", None),
        ("multi_margin", None),
        ("ldam", None),
    ],
)
def test_rows_of_percentages(loss: str, by_hand: float | None) -> None:
    for scale, scores in ((100, 100 * ROWS), (255, np.round(255 * ROWS)), (255, 255 * ROWS)):
        with pytest.raises(DataError, match=f"rows that sum to {scale}. divide by {scale}"):
            lossctl.compute(loss, scores, CLASSES)
        assert lossctl.compute(loss, scores, CLASSES, input="logits").input.kind == "logits"
    if by_hand is not None:
        scaled = lossctl.compute(loss, (100 * ROWS) / 100, CLASSES)
        assert scaled.value == pytest.approx(by_hand, rel=1e-9)


@pytest.mark.parametrize("loss", ["cross_entropy", "kl_divergence", "focal", "brier", "dice"])
def test_log_probabilities_of_rows_are_logits_too(loss: str) -> None:
    """The softmax of the logarithms of a row are its probabilities."""
    right = lossctl.compute(loss, ROWS, CLASSES, input="probabilities").value
    logs = lossctl.compute(loss, np.log(ROWS), CLASSES)
    assert logs.value == pytest.approx(right, rel=1e-9)
    assert not any("logits" in note for note in logs.notes)


def test_rows_of_one_sign() -> None:
    """A shift changes no softmax: cross-entropy reads them, what declares probabilities asks."""
    logits = RNG.normal(size=(20, 3))
    for scores in (logits - 9.0, logits + 9.0):
        wanted = lossctl.compute("cross_entropy", logits, CLASSES).value
        found = lossctl.compute("cross_entropy", scores, CLASSES)
        assert found.value == pytest.approx(wanted, rel=1e-9)
        assert not found.notes
        with pytest.raises(DataError, match="input='logits'"):
            lossctl.compute("focal", scores, CLASSES)


def test_label_maps_name_their_option() -> None:
    truth = RNG.integers(0, 4, (2, 8, 8))
    with pytest.raises(DataError, match=r"label maps.*input='labels'"):
        lossctl.compute("dice", truth, (truth == 1).astype(int))
    with pytest.raises(DataError, match="two label maps are read with input='labels'"):
        lossctl.compute("dice", truth, truth)
    with pytest.raises(DataError, match=r"label maps\? set input='labels'"):
        lossctl.compute("dice", truth[:, None], truth)
    assert lossctl.compute("dice", truth[:, None], truth, input="labels").value == 0.0
    with pytest.raises(DataError, match="divide by 100") as caught:
        lossctl.compute("bce", truth, (truth == 1).astype(int))
    assert "input='labels'" not in str(caught.value)


def test_what_is_left_out_is_no_evidence() -> None:
    scores, labels = np.log(PROBABILITIES), LABELS.copy()
    labels[0, 0] = -100
    with pytest.raises(DataError, match="log-probabilities"):
        lossctl.compute("bce", scores, labels)
    scores[0, 0] = 3.0
    with pytest.raises(DataError, match="log-probabilities"):
        lossctl.compute("bce", scores, labels)


def test_one_block_among_several() -> None:
    """The first blocks of a mask may be empty, or hold no more than 0 and 1."""
    mask = np.zeros(900_000)
    mask[800_000:] = 255.0
    with pytest.raises(DataError, match="divide by 255"):
        lossctl.compute("dice", mask, (mask > 0).astype(int))
    mask[0] = -1.5
    assert lossctl.compute("dice", mask, (mask > 0).astype(int)).input.kind == "logits"


LABELS_READ = [
    loss.id for loss in BOTH if "item" in loss.form_axes and loss.id not in {"generalized_dice"}
]


@pytest.mark.parametrize("loss", LABELS_READ)
def test_masks_of_0_and_255_as_targets(loss: str) -> None:
    mask = (255 * LABELS).astype("uint8")
    with pytest.raises(DataError, match=r"t / 255"):
        lossctl.compute(loss, PROBABILITIES, mask, task="binary", input="probabilities")
    read = lossctl.compute(loss, PROBABILITIES, mask / 255, task="binary", input="probabilities")
    right = lossctl.compute(loss, PROBABILITIES, LABELS, task="binary", input="probabilities")
    assert read.value == right.value


@pytest.mark.parametrize("loss", ["hinge", "soft_margin", "lovasz_hinge"])
def test_masks_of_0_and_255_as_signs(loss: str) -> None:
    logits = np.log(PROBABILITIES / (1 - PROBABILITIES))
    with pytest.raises(DataError, match=r"t / 255"):
        lossctl.compute(loss, logits, 255 * LABELS)


def test_a_mark_beside_0_and_1() -> None:
    marked = LABELS.copy()
    marked[0] = 255
    with pytest.raises(DataError, match="ignore_index=255"):
        lossctl.compute("bce", PROBABILITIES, marked)
    left = lossctl.compute("bce", PROBABILITIES, marked, ignore_index=255)
    assert left.value == pytest.approx(
        lossctl.compute("bce", PROBABILITIES[1:], LABELS[1:]).value, rel=1e-12
    )


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "npy", "npz"])
def test_every_format_and_door(tmp_path: Path, suffix: str) -> None:
    scores, labels = 100 * PROBABILITIES.ravel(), LABELS.ravel()
    places = [tmp_path / f"{name}.{suffix}" for name in ("p", "y")]
    for place, values in zip(places, (scores, labels), strict=True):
        if suffix == "npy":
            np.save(place, values)
        elif suffix == "npz":
            np.savez(place, values=values)
        elif suffix == "csv":
            place.write_text("v\n" + "\n".join(map(str, values.tolist())), encoding="utf-8")
        else:
            lines = [f'{{"v": {value}}}' for value in values.tolist()]
            place.write_text("\n".join(lines), encoding="utf-8")
    asked = ("compute", *places, "--loss", "bce")
    assert shell(*asked).code == 3
    assert "percentages? divide by 100" in shell(*asked).err
    assert shell(*asked, "--input", "logits").code == 0
    config = tmp_path / "run.yaml"
    text = f"version: 1\ndata: {{predictions: p.{suffix}, targets: y.{suffix}}}\n"
    config.write_text(text + "supervised: {loss: bce}\n", encoding="utf-8")
    done = shell("run", config)
    assert done.code == 3
    assert "percentages? divide by 100" in done.err


def test_recommend_leaves_them_out(tmp_path: Path) -> None:
    np.save(tmp_path / "y.npy", LABELS.ravel())
    for saved, (scores, advice, _) in SAVED.items():
        np.save(tmp_path / "p.npy", scores.ravel())
        files = ("--targets", tmp_path / "y.npy", "--predictions", tmp_path / "p.npy")
        said = shell("recommend", "--task", "classification", *files, "--no-input").out
        flat = re.sub(r"\s+", " ", said)
        assert advice in flat, saved
        # The command reads no such predictions; of broken ones there is none.
        assert "PREDICTIONS" in flat or "lossctl compute" not in flat


def test_one_number_is_enough(tmp_path: Path) -> None:
    for value, advice in ((7.5, "divide by 100"), (-0.5, "exponentials"), (255, "255")):
        scores: Any = [value]
        with pytest.raises(DataError, match=advice):
            lossctl.compute("bce", scores, [1])
