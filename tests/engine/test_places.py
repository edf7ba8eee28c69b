"""An error names the item as the user numbers it, however the data is read."""

from typing import Any

import numpy as np
import pytest

from lossctl.api import compute, evaluate
from lossctl.core.errors import DataError, UsageError
from lossctl.core.loss import Array

RNG = np.random.default_rng(41)


def with_nan(array: Any, *index: int) -> Array:
    """Return a copy that holds NaN at one place."""
    holed = np.array(array, np.float64)
    holed[index] = np.nan
    return holed


FRAMES = RNG.normal(size=(7, 6, 4))  # time, item, class
SYMBOLS = RNG.integers(1, 4, (6, 2))
MAPS = RNG.dirichlet(np.ones(3), (2, 4, 5))  # classes last
ONE_HOT = np.eye(3)[RNG.integers(0, 3, (2, 4, 5))]
GROUP = [0, 1, 0, 1, 1, 0]
SHADES = RNG.integers(0, 3, (2, 4, 5)).astype(float)
ROWS = RNG.normal(size=(3, 4))


@pytest.mark.parametrize(
    ("loss", "arrays", "options", "message"),
    [
        ("ctc", (with_nan(FRAMES, 2, 3, 1), SYMBOLS), {}, "NaN in the predictions at item 3;"),
        (
            "ctc",
            (FRAMES[:, :2], np.array([1, 2, 9])),
            {"target_lengths": np.array([2, 1])},
            "targets must be classes from 0 to 3; one is not at item 1",
        ),
        (
            "ranknet",
            (with_nan(RNG.normal(size=6), 4), [1, 0, 2, 0, 1, 0]),
            {"group": GROUP},
            "NaN in the predictions at item 4;",
        ),
        (
            "mse",
            (ROWS, ROWS),
            {"weights": [1, 1, -1]},
            r"weights must be finite and at least 0, got -1 at item 2 \(4 items",
        ),
        (
            "cross_entropy",
            (MAPS, with_nan(ONE_HOT, 1, 2, 3, 0)),
            {"class_axis": 3},
            r"NaN in the targets at item \[1, 2, 3\];",
        ),
        (
            "lovasz_softmax",
            (np.moveaxis(MAPS, 3, 1), np.moveaxis(with_nan(ONE_HOT, 1, 2, 3, 0), 3, 1)),
            {"class_axis": 1},
            r"NaN in the targets at item \[1, 2, 3\];",
        ),
        (
            "dice",
            (with_nan(SHADES, 1, 2, 3)[:, None], SHADES),
            {"input": "labels"},
            r"NaN in the predictions at item \[1, 0, 2, 3\];",
        ),
    ],
)
def test_the_place_of_what_is_wrong(
    loss: str, arrays: Any, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        compute(loss, *arrays, **options)


def test_the_place_in_a_batch_of_groups_that_are_gathered() -> None:
    """A loss that is no number is named by the group; a NaN that is kept, by its item."""
    scores = with_nan(RNG.normal(size=6), 4)
    result = compute("listnet", scores, [1, 0, 2, 0, 1, 0], group=GROUP, nan="propagate")
    assert np.isnan(result.value)
    assert "the loss of group 1 is nan" in result.notes


def test_shapes_that_fit_no_variant() -> None:
    with pytest.raises(DataError, match=r"input 1\) and negative_distance \(5,\) .* differ in"):
        compute("triplet", np.zeros((4, 3)), np.zeros(5))


def test_tokens_of_named_sequences_have_their_classes_last() -> None:
    """Sequences that must be gathered, with the vocabulary along axis 1 and along the last."""
    logits, tokens = RNG.normal(size=(4, 2, 3)), RNG.integers(0, 3, size=(4, 2))
    group = np.array([[0, 1], [0, 1], [1, 0], [0, 0]])
    with pytest.raises(DataError, match=r"tokens of shape \(4, 2\) are not contiguous; put the"):
        compute("perplexity", logits.swapaxes(1, 2), tokens, group=group, pooling="sample")
    nll = np.log(np.exp(logits).sum(-1)) - np.take_along_axis(logits, tokens[..., None], -1)[..., 0]
    result = compute("perplexity", logits, tokens, group=group, pooling="sample")
    wanted = np.mean([np.exp(nll[group == number].mean()) for number in (0, 1)])
    assert result.value == pytest.approx(wanted, rel=1e-12)


def test_a_label_of_a_row_whose_loss_is_no_number() -> None:
    labels = np.zeros((4, 3))
    scores = with_nan(np.full((4, 3), 0.5), 2, 1)
    result = compute("bce", scores, labels, task="multilabel", nan="propagate")
    assert np.isnan(result.value)
    assert "the loss is nan at item [2, 1]" in result.notes


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (None, "None is not an array of numbers"),
        ({"a": 1.0}, "a dict is not an array of numbers"),
        (object(), "a object is not an array of numbers"),
    ],
)
def test_what_is_no_array_is_called_what_it_is(given: Any, words: str) -> None:
    with pytest.raises(DataError) as caught:
        compute("mse", given, [1.0])
    assert words in str(caught.value)


def test_each_of_several_losses_takes_the_inputs_that_it_names() -> None:
    p, t, variance = ROWS[0], ROWS[1], np.array([1.0, 2.0, 0.5, 4.0])
    found = evaluate(["mse", "gaussian_nll"], predictions=p, targets=t, variance=variance)
    squares = (p - t) ** 2
    assert found[0].value == pytest.approx(squares.mean(), rel=1e-14)
    nll = (np.log(variance) + squares / variance) / 2
    assert found[1].value == pytest.approx(nll.mean(), rel=1e-12)
    with pytest.raises(UsageError, match="bytes"):
        evaluate(["mse", "mae"], p, t, bytes=variance)
