"""`lossctl.bind`: the same bits as `value_and_gradient`, planned once, of one meaning."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lossctl
from lossctl.core.loss import Loss
from lossctl.engine.bind import arguments
from lossctl.losses.catalogue import CATALOGUE, get

N = 200
RNG = np.random.default_rng(0)
LABELS, LOGITS = (RNG.uniform(size=N) < 0.3).astype(int), RNG.normal(size=N)
CLASSES, ROWS = RNG.integers(0, 4, N), RNG.normal(size=(N, 4))


def differentiable() -> list[Loss]:
    """Return the losses whose first example names arrays of a differentiable input."""
    return [loss for name in CATALOGUE if (loss := get(name)).predicted and loss.page.examples]


@pytest.mark.parametrize("loss", [pytest.param(one, id=one.id) for one in differentiable()])
def test_every_loss_gives_the_same_bits(loss: Loss) -> None:
    example = loss.page.examples[0]
    arrays = {"predictions": example.predictions, "targets": example.targets, **example.others}
    given = {e.name: arrays[e.name] for e in loss.inputs if arrays.get(e.name) is not None}
    names = [name for name in given if name in loss.predicted]
    predicted = [given.pop(name) for name in names]
    f = lossctl.bind(loss, **given, **example.params)
    for factor in (1.0, 0.5):
        arrays = [factor * np.asarray(one, dtype=float) for one in predicted]
        by_name = {**dict(zip(names, arrays, strict=True)), **given}
        value, gradient = f(*arrays)
        read = {} if f.input == "values" else {"input": f.input}
        expected, slopes = lossctl.value_and_gradient(loss, **by_name, **(example.params | read))
        assert value == expected.value or (np.isnan(value) and np.isnan(expected.value))
        gradients = gradient if isinstance(gradient, tuple) else (gradient,)
        for name, one in zip(names, gradients, strict=True):
            assert np.array_equal(one, slopes[name], equal_nan=True)


def test_how_predictions_are_read_does_not_change() -> None:
    """All-zero logits are logits, and so are those that all lie between 0 and 1."""
    f = lossctl.bind("focal", LABELS, gamma=2.0)
    alpha = np.where(LABELS == 1, 0.25, 0.75)
    expected = np.mean(alpha * 0.25 * np.log(2.0))  # α·(1 − ½)²·log 2
    value, gradient = f(np.zeros(N))
    assert value == pytest.approx(expected, rel=1e-14)
    slope = alpha * 0.5**2 * (2 * 0.5 * np.log(2.0) + 0.5)  # of the focal loss at p = ½, by hand
    assert gradient == pytest.approx(np.where(LABELS == 1, -slope, slope) / N)
    inside = np.full(N, 0.9)
    expected_inside = lossctl.compute("focal", inside, LABELS, gamma=2.0, input="logits").value
    assert f(inside)[0] == expected_inside
    assert f.input == "logits"
    chances = lossctl.bind("focal", LABELS, gamma=2.0, input="probabilities")
    assert chances(np.full(N, 0.5))[0] == pytest.approx(expected, rel=1e-14)
    with pytest.raises(lossctl.DataError, match="probabilities"):
        chances(np.full(N, 2.0))


@pytest.mark.parametrize("loss", ["logit_adjusted_cross_entropy", "cross_entropy"])
def test_priors_and_weights_are_measured_once(loss: str, monkeypatch: pytest.MonkeyPatch) -> None:
    measured: list[Any] = []
    bind = arguments.bind

    def counted(*given: Any) -> Any:
        measured.append(given)
        return bind(*given)

    monkeypatch.setattr(arguments, "bind", counted)
    f = lossctl.bind(loss, CLASSES, **({} if "logit" in loss else {"class_weights": "balanced"}))
    values = [f(factor * ROWS)[0] for factor in (0.1, 1.0, 3.0)]
    assert len(measured) == 1
    assert len(set(values)) == 3


def test_the_arrays_of_the_caller_stay_his() -> None:
    targets, predictions = CLASSES.copy(), ROWS.copy()
    f = lossctl.bind("cross_entropy", targets)
    before, gradient = f(predictions)
    targets[:] = 0
    kept = gradient.copy()
    assert f(predictions)[0] == before
    f(2 * predictions)
    assert np.array_equal(gradient, kept)
    assert np.array_equal(predictions, ROWS)


def test_weights_files_and_lists(tmp_path: Path) -> None:
    weights = RNG.uniform(0.5, 2, N)
    np.save(tmp_path / "y.npy", LABELS)
    f = lossctl.bind("bce_with_logits", tmp_path / "y.npy", weights=weights)
    (tmp_path / "y.npy").unlink()
    expected = np.sum(weights * np.logaddexp(0, np.where(LABELS == 1, -LOGITS, LOGITS)))
    assert f(LOGITS.tolist())[0] == pytest.approx(expected / weights.sum(), rel=1e-12)
    assert lossctl.bind("mse", [0.0, 2.0])([1.0, 2.0])[0] == 0.5
    words = np.array(["no", "yes"])[LABELS]
    plain = lossctl.bind("bce_with_logits", LABELS)(LOGITS)[0]
    assert lossctl.bind("bce_with_logits", words, positive="yes")(LOGITS)[0] == plain


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: lossctl.bind("segmentation", LABELS), "recipe"),
        (lambda: lossctl.bind("focal", LABELS, gama=2.0), "did you mean gamma"),
        (lambda: lossctl.bind("focal", LABELS, gamma=-1.0), "gamma"),
        (lambda: lossctl.bind("mse", LOGITS, reduction="none"), "reduction"),
        (lambda: lossctl.bind("mse", LOGITS, LOGITS), "bind takes targets"),
        (lambda: lossctl.bind("mse", LOGITS, predictions=LOGITS), "not bind"),
        (lambda: lossctl.bind("mse", LOGITS, interval=True), "interval"),
        (lambda: lossctl.bind("mse", LOGITS)(LOGITS, LOGITS), "a call takes predictions"),
        (lambda: lossctl.bind("mse", LOGITS)(LOGITS[1:]), "shape"),
        (lambda: lossctl.bind("mse", LOGITS, per_item="x.npy"), "per_item"),
    ],
)
def test_mistakes(call: Any, message: str) -> None:
    with pytest.raises(lossctl.LossctlError, match=message):
        call()


def test_other_shapes_and_types_are_refused() -> None:
    f = lossctl.bind("mse", LOGITS)
    f(LOGITS)
    with pytest.raises(lossctl.DataError, match=r"float32 of shape \(200,\), but the first call"):
        f(LOGITS.astype(np.float32))
    with pytest.raises(lossctl.DataError, match=r"shape \(199,\)"):
        f(LOGITS[1:])
    assert f(LOGITS)[0] == 0.0  # it goes on as it was


def test_gradient_descent_reaches_the_class_shares() -> None:
    """Bound cross-entropy of constant scores is minimal at the shares of the classes."""
    f, scores = lossctl.bind("cross_entropy", CLASSES), np.zeros((N, 4))
    for _ in range(300):
        gradient = f(scores)[1]
        scores = scores - 4.0 * gradient.sum(axis=0)
    chances = np.exp(scores[0]) / np.exp(scores[0]).sum()
    assert chances == pytest.approx(np.bincount(CLASSES) / N, abs=1e-6)
