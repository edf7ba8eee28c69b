"""Probabilities a hair outside [0, 1]: clipped and counted; rare strays are asked about."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lossctl
from lossctl.core.errors import DataError, UsageError
from lossctl.core.loss import Array
from lossctl.losses.catalogue import every_loss, get
from tests.cli.run import lossctl as shell

BOTH = [loss for loss in every_loss() if loss.has_classes and "logits" in loss.kinds]
BOTH = [loss for loss in BOTH if "probabilities" in loss.kinds]
DECLARED = [loss for loss in BOTH if loss.kinds[0] == "probabilities"]
HAIR = {np.float16: 9e-4, np.float32: 1.2e-7, np.float64: 1e-7}


def data(loss: Any, items: int = 40) -> tuple[Array, Array]:
    """Draw probabilities of one label or rows of three classes, some of them exactly 0 and 1."""
    rng = np.random.default_rng(4)
    if "item" in loss.form_axes and not loss.joint_classes:
        labels = (rng.random(items) < 0.5).astype(float)
        scores = np.where(labels > 0, 0.9, 0.2) + rng.uniform(-0.1, 0.1, items)
        scores[:4], labels[:4] = [1.0, 0.0, 1.0, 0.0], [1.0, 0.0, 1.0, 0.0]
        shape = (items // 2, 2) if loss.grouped == "grid" else (items,)
        return scores.reshape(shape), labels.reshape(shape)
    rows = rng.dirichlet(np.ones(3), items)
    rows[:2] = np.eye(3)[:2]
    return rows, np.append([0, 1], rng.integers(0, 3, items - 2))


def nudged(scores: Array, dtype: Any) -> Array:
    """Move what is 0 or 1 a hair outside."""
    hair = HAIR[dtype]
    moved = np.where(scores == 1.0, 1.0 + hair, np.where(scores == 0.0, -hair, scores))
    assert moved.astype(dtype).max() > 1.0
    return moved.astype(dtype)


@pytest.mark.parametrize("loss", BOTH, ids=lambda loss: loss.id)
@pytest.mark.parametrize("dtype", HAIR, ids=lambda dtype: dtype.__name__)
def test_a_hair_outside_is_a_probability(loss: Any, dtype: Any) -> None:
    scores, labels = data(loss)
    said: dict[str, Any] = {"input": "probabilities"}
    more = {"total_bytes": 64.0} if loss.id == "bits_per_byte" else {}
    said |= more
    right = lossctl.compute(loss.id, scores.astype(dtype), labels, **said)
    again = lossctl.compute(loss.id, nudged(scores, dtype), labels, **said)
    assert again.value == right.value
    assert any("outside [0, 1]" in note and "clipped" in note for note in again.notes)
    if loss in DECLARED or (loss.strict and loss.form_axes[0] == "item class"):
        read = lossctl.compute(loss.id, nudged(scores, dtype), labels, **more)
        assert read.value == right.value
    gradient = lossctl.gradient(loss.id, nudged(scores, dtype), labels, **said)
    assert np.isfinite(gradient["predictions"]).all()


def test_scikit_learn_s_numbers() -> None:
    """Values of sklearn.metrics.log_loss on the clipped probabilities."""
    value = lossctl.compute("bce", [0.1, 0.9, 1.0000001, 0.3], [0, 1, 1, 0]).value
    assert value == pytest.approx(-(2 * np.log(0.9) + np.log(0.7)) / 4, rel=1e-9)
    rows = lossctl.compute("cross_entropy", [[1, -1e-9, 0], [0.2, 0.3, 0.5]], [0, 2])
    assert rows.value == pytest.approx(np.log(2.0) / 2, rel=1e-9)


@pytest.mark.parametrize("loss", DECLARED, ids=lambda loss: loss.id)
def test_rare_strays_are_an_error_that_names_both_ways_out(loss: Any) -> None:
    scores, labels = data(loss, 400)
    scores.flat[7] = 1.01
    with pytest.raises(DataError, match=r"1 of \d+ .* outside \[0, 1\], such as 1\.01"):
        lossctl.compute(loss.id, scores, labels)
    clipped = lossctl.compute(loss.id, scores, labels, clip_predictions=True)
    right = lossctl.compute(loss.id, np.clip(scores, 0.0, 1.0), labels, input="probabilities")
    assert clipped.value == right.value
    assert "clip_predictions:true" in clipped.signature
    assert lossctl.compute(loss.id, scores, labels, input="logits").input.kind == "logits"


def test_many_or_far_strays_of_both_signs_are_logits() -> None:
    rng = np.random.default_rng(1)
    labels = (rng.random(1000) < 0.5).astype(float)
    for scores in (rng.uniform(-0.04, 1.04, 1000), np.append(rng.random(998), [-2.0, 3.0])):
        assert lossctl.compute("bce", scores, labels).input.kind == "logits"
    with pytest.raises(DataError, match="none negative"):
        lossctl.compute("bce", np.append(rng.random(999), 3.0), labels)


@pytest.mark.parametrize("dtype", HAIR)
@pytest.mark.parametrize(
    "loss", ["bce", "focal", "dice", "brier", "cross_entropy", "kl_divergence"]
)
def test_last_bits_never_change_the_reading(loss: str, dtype: Any) -> None:
    """Values nudged by last bits cost what they cost clipped, or are asked about."""
    draw = np.random.default_rng(0)
    rows = draw.dirichlet(np.ones(4), 30)
    rows[:2] = [1, 0, 0, 0], [0, 0, 0, 1]
    scores, labels = draw.uniform(0.0, 1.0, 40), draw.integers(0, 2, 40)
    scores[:3] = 1, 0, 1
    given = {
        "cross_entropy": (rows, rows.argmax(axis=1)),
        "kl_divergence": (rows, np.eye(4)[rows.argmax(axis=1)]),
    }
    p, t = given.get(loss, (scores, labels))
    p = p.astype(dtype)
    for ulps in (1, 2, 4, 8, 16, 32, 64):
        for moved in (ulps, -ulps, draw.integers(-ulps, ulps + 1, p.shape)):
            q = (p + moved * np.spacing(p)).astype(dtype)
            clipped = np.clip(q.astype(float), 0.0, 1.0)
            right = lossctl.compute(loss, clipped, t, input="probabilities").value
            try:
                value = lossctl.compute(loss, q, t).value
            except DataError:
                value = lossctl.compute(loss, q, t, clip_predictions=True).value
            assert value == pytest.approx(right, rel=1e-5)


def test_strays_in_a_later_block() -> None:
    scores, labels = np.full(600_000, 0.5), np.ones(600_000)
    scores[550_000] = 1.0000001
    result = lossctl.compute("bce", scores, labels)
    assert result.value == pytest.approx(np.log(2.0) * 599_999 / 600_000, rel=1e-12)
    assert "1 prediction lies outside [0, 1], such as 1.0000001: clipped" in result.notes


def test_clip_is_for_probabilities() -> None:
    with pytest.raises(UsageError, match="clip_predictions: is for probabilities, but input"):
        lossctl.compute("bce", [0.5], [1.0], clip_predictions=True, input="logits")
    with pytest.raises(UsageError, match="clip"):
        lossctl.compute("hinge", [0.5], [1.0], clip_predictions=True)


def test_text_files_and_the_shell(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("p,y\n0.1,0\n0.9,1\n1.0000001,1\n0.3,0\n", encoding="utf-8")
    done = shell("compute", f"{table}::p", f"{table}::y", "--loss", "bce", "--value-only")
    assert float(done.out) == pytest.approx(-(2 * np.log(0.9) + np.log(0.7)) / 4, rel=1e-9)
    table.write_text("p,y\n" + "0.5,1\n" * 150 + "1.02,1\n", encoding="utf-8")
    refused = shell("compute", f"{table}::p", f"{table}::y", "--loss", "bce")
    assert refused.code == 3
    assert "such as 1.02" in refused.err
    clipped = shell(
        "compute", f"{table}::p", f"{table}::y", "--loss", "bce", "--clip", "--value-only"
    )
    assert float(clipped.out) == pytest.approx(np.log(2.0) * 150 / 151, rel=1e-9)


def test_a_loss_may_read_probabilities_of_some_shapes_only() -> None:
    """Focal loss whose rows of classes are logits alone, as one's own loss may be."""
    focal = get("focal")
    forms = [f for f in focal.forms if (f.axes, f.kind) != ("item class", "probabilities")]
    of_logits = replace(focal, forms=tuple(forms))
    rows = [[0.2, 0.8], [0.3, 0.7]]
    with pytest.raises(UsageError, match="clip_predictions: focal reads no probabilities here"):
        lossctl.compute(of_logits, rows, [0, 1], clip_predictions=True)
    with pytest.raises(UsageError, match="focal cannot read probabilities here; it reads logits"):
        lossctl.compute(of_logits, rows, [0, 1], input="probabilities")
    said = lossctl.compute(of_logits, [0.2, 1.01], [0, 1], clip_predictions=True)
    assert said.value == pytest.approx(-0.75 * 0.2**2 * np.log(0.8) / 2, rel=1e-12)


def test_many_logits_that_may_be_rounded_probabilities_are_warned_of() -> None:
    """Half of them lie up to 0.04 above 1, too many for strays: logits, as is declared."""
    scores = np.append(np.linspace(1.01, 1.04, 20), np.linspace(0.03, 0.97, 20))
    labels = np.repeat([1.0, 0.0], 20)
    result = lossctl.compute("bce_with_logits", scores, labels)
    wanted = np.mean(np.logaddexp(0.0, scores) - labels * scores)
    assert result.value == pytest.approx(wanted, rel=1e-14)
    (note,) = [note for note in result.notes if "read as logits" in note]
    assert "probabilities with rounding errors? clip them with clip_predictions=True" in note
