"""Where a rule of the engine ends: the value at its edge, and the one beside it."""

import math

import numpy as np
import pytest

from lossctl.api import compute
from lossctl.core.errors import DataError, UsageError
from lossctl.engine.bind.class_axis import BY_CHANCE, one_hot_axis
from lossctl.engine.digests import Digested, digest, partial_hash
from lossctl.engine.sources import ArraySource
from lossctl.engine.text_labels import not_a_number
from lossctl.losses.builders.embeddings import unit_vector
from lossctl.losses.segmentation.dice_cross_entropy import nll_of_probabilities

ONE_HOT = np.eye(3)[np.arange(32) % 3].reshape(2, 4, 4, 3)


@pytest.mark.parametrize(("pixels", "wanted"), [(BY_CHANCE, 0), (BY_CHANCE - 1, None)])
def test_the_first_axis_holds_classes_where_pixels_are_many(
    pixels: int, wanted: int | None
) -> None:
    """Few pixels may sum to one along the axis of items by chance."""
    first = np.eye(3)[np.arange(pixels) % 3].T  # (3, pixels)
    assert one_hot_axis(ArraySource(first, "t"), None) == wanted


@pytest.mark.parametrize("high", [1.5, 2.0])
def test_scores_above_one_are_no_probabilities(high: float) -> None:
    """Sums over elements and over classes agree for probabilities alone."""
    scores = np.linspace(0.0, high, ONE_HOT.size).reshape(ONE_HOT.shape)
    with pytest.raises(DataError, match="class_axis=3"):
        compute("dice", scores, ONE_HOT)
    units = scores / high
    wanted = 1 - 2 * (units * ONE_HOT).sum() / (units.sum() + ONE_HOT.sum())
    assert compute("dice", units, ONE_HOT, smooth=0.0).value == pytest.approx(wanted, rel=1e-12)


def test_names_with_numbers_of_several_sorts_are_sorted_as_text() -> None:
    """Only names that differ in nothing but a number have another order than that of text."""
    rows = np.array([[0.75, 0.25], [0.5, 0.5]])
    found = compute("cross_entropy", rows, ["a2", "b1"], input="probabilities")
    assert found.value == pytest.approx(-(math.log(0.75) + math.log(0.5)) / 2, rel=1e-12)
    with pytest.raises(DataError, match="class_names"):
        compute("cross_entropy", rows, ["a10", "a9"], input="probabilities")


def test_options_of_classes_beside_rows_that_are_one_mask() -> None:
    scores = np.array([[0.5, 0.25], [0.75, 0.5], [0.25, 0.25]])
    with pytest.raises(UsageError, match="class_axis"):
        compute("dice", scores, np.array([[1, 1], [0, 1], [1, 0]]), average="macro")
    with pytest.raises(UsageError, match="have no class axis"):
        compute("dice", scores[0], np.array([1, 1]), average="macro")


def test_scores_whose_highest_is_zero_are_no_logarithms() -> None:
    """As rows are after their maximum was taken from them; their exponentials sum to more."""
    scores = np.random.default_rng(2).normal(size=(6, 1, 4))
    shifted = scores - scores.max(axis=-1, keepdims=True)
    inputs = np.array([[1, 2]]), np.array([6]), np.array([2])
    found = compute("ctc", shifted, *inputs)
    assert found.input.kind == "logits"
    assert found.value == pytest.approx(compute("ctc", scores, *inputs).value, rel=1e-12)


def test_what_is_read_twice_in_part_counts_once() -> None:
    """Ranges that overlap several that were read before, up to the middle of the last."""
    values = np.arange(50.0) ** 2
    source = Digested(ArraySource(values, "t"))
    for start, stop in ((10, 20), (30, 40), (15, 35), (35, 42), (0, 12)):
        assert np.array_equal(source.read(start, stop), values[start:stop])
    assert source.digest() == digest(partial_hash(values, 0), 50)


def test_only_a_number_is_a_percentage() -> None:
    percentage = str(not_a_number("t.csv", "row 1", "12 %", "."))
    assert "p / 100" in percentage
    assert "p / 100" not in str(not_a_number("t.csv", "row 1", "a%b", "."))
    assert "p / 100" not in str(not_a_number("t.csv", "row 1", "abc", "."))


def test_what_is_said_to_be_probabilities_and_is_not() -> None:
    """Scores on both sides of [0, 1] may be logits, whole numbers too."""
    with pytest.raises(DataError, match="input='logits'"):
        compute("bce", np.array([-5, 3, 5]), [0, 1, 1], input="probabilities")


def test_weights_of_lists_as_large_as_floats_are() -> None:
    """Alike they change nothing, though their sum is no float."""
    scores = np.array([[1.0, 2.0, 0.5], [0.0, 1.0, 3.0]])
    relevance = np.array([[1.0, 0.0, 2.0], [0.0, 1.0, 1.0]])
    plain = compute("listnet", scores, relevance).value
    for size in (1e308, 1e-320):
        found = compute("listnet", scores, relevance, weights=[size, size])
        assert found.value == pytest.approx(plain, rel=1e-3 if size < 1e-300 else 1e-14)


def test_one_row_that_is_no_distribution() -> None:
    rows = np.log([[0.5, 0.5], [0.25, 0.25], [0.75, 0.25]])
    assert any("1 row " in note for note in compute("nll", rows, [0, 1, 0]).notes)
    more = np.log([[0.5, 0.25], [0.25, 0.25], [0.75, 0.25]])
    assert any("2 rows" in note for note in compute("nll", more, [0, 1, 0]).notes)


def test_probabilities_at_epsilon_are_not_clipped() -> None:
    p, masks = np.array([0.25, 0.75, 0.2, 0.9]), np.array([1.0, 0.0, 1.0, 0.0])
    found = nll_of_probabilities(p, masks, 0.25)
    assert found["clipped"].tolist() == [False, False, True, True]
    assert found["nll"] == pytest.approx([-math.log(0.25)] * 4, rel=1e-14)


@pytest.mark.parametrize("cosine", [-1.0, -0.6, 0.0, 0.8, 1.0])
def test_a_vector_by_its_cosine(cosine: float) -> None:
    assert math.hypot(*unit_vector(cosine)) == pytest.approx(1.0, rel=1e-15)
    assert unit_vector(cosine)[0] == cosine
