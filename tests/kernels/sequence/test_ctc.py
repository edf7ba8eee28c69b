"""The CTC kernel against listed alignments, a scalar recurrence and finite differences."""

import math
from collections.abc import Sequence

import numpy as np
import pytest

from lossctl.api import compute, gradient
from lossctl.core.errors import DataError, UsageError
from lossctl.kernels.sequence import ctc
from tests.kernels.sequence._ctc import batch
from tests.oracles.sequence import ctc as oracle

KINDS = ("logits", "log_probabilities")


def drawn(
    seed: int, shape: tuple[int, int, int], width: int, *, blank: int = 0, scale: float = 2.0
) -> tuple[np.ndarray, ctc.Batch]:
    """Draw scores, targets with many repeats, and lengths."""
    rng = np.random.default_rng(seed)
    frames, samples, classes = shape
    others = [label for label in range(classes) if label != blank]
    targets = rng.choice(others, (samples, width))
    inputs = rng.integers(1, frames + 1, samples)
    inputs[0] = frames
    labels = rng.integers(0, width + 1, samples)
    scores = rng.normal(size=shape, scale=scale)
    return scores, batch(shape, targets, inputs, labels, blank=blank)


def one(scores: np.ndarray, given: ctc.Batch, n: int) -> tuple[list[list[float]], list[int]]:
    """Take one sample out, without its padding."""
    frames, labels = given.input_lengths[n], given.target_lengths[n]
    return scores[:frames, n].tolist(), given.targets[n, :labels].tolist()


def scalar(rows: Sequence[Sequence[float]], target: Sequence[int], blank: int) -> float:
    """Run the textbook recurrence over log probabilities, one state at a time."""
    states = [blank]
    for label in target:
        states += [label, blank]
    sums = [rows[0][label] if s < 2 else -math.inf for s, label in enumerate(states)]
    for row in rows[1:]:
        past = sums
        sums = []
        for s, label in enumerate(states):
            terms = past[max(0, s - 1) : s + 1]
            if s > 1 and label not in (blank, states[s - 2]):
                terms = [*terms, past[s - 2]]
            sums.append(row[label] + summed(terms))
    return -summed(sums[-2:])


def summed(terms: Sequence[float]) -> float:
    """Add in log space."""
    top = max(terms)
    if top == -math.inf:
        return top
    return top + math.log(math.fsum(math.exp(term - top) for term in terms))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("blank", [0, 1, 2])
@pytest.mark.parametrize("seed", range(6))
def test_all_alignments(seed: int, blank: int, kind: str) -> None:
    scores, given = drawn(seed, (5, 4, 3), 3, blank=blank)
    scores[1, 1, (blank + 1) % 3] = -np.inf
    found = ctc.losses(scores, given, kind=kind)
    for n, value in enumerate(found.values):
        expected = float(oracle.value(*one(scores, given, n), kind=kind, blank=blank))
        assert value == pytest.approx(expected, rel=1e-13, abs=1e-15)
        assert found.infeasible[n] == math.isinf(expected)


@pytest.mark.parametrize("seed", range(3))
def test_long_samples_against_a_scalar_loop(seed: int) -> None:
    scores, given = drawn(seed, (120, 5, 6), 25, blank=3)
    scores -= np.log(np.exp(scores).sum(axis=2, keepdims=True))
    found = ctc.losses(scores, given, kind="log_probabilities").values
    for n, value in enumerate(found):
        assert value == pytest.approx(scalar(*one(scores, given, n), 3), rel=1e-13)


def test_states_of_one_frame_thousands_of_nats_apart() -> None:
    """The state that is all but impossible is the only one that survives the last frame."""
    scores = np.zeros((3, 1, 3))
    scores[0, 0] = [0.0, -1e4, -1e4]
    scores[1, 0] = [0.0, -1e4, -1e4]
    scores[2, 0] = [-np.inf, -np.inf, 0.0]
    given = batch((3, 1, 3), np.array([[1, 2]]), np.array([3]), np.array([2]))
    found = ctc.losses_and_gradient(scores, given, kind="log_probabilities")
    expected = oracle.value(scores[:, 0].tolist(), [1, 2], kind="log_probabilities")
    assert found.values[0] == pytest.approx(float(expected), rel=1e-13)
    # two paths, (1, blank, 2) and (blank, 1, 2), of e^−1e4 each; (1, 1, 2) has e^−2e4
    half = [[-0.5, -0.5, 0.0], [-0.5, -0.5, 0.0], [0.0, 0.0, -1.0]]
    assert found.gradient is not None
    assert found.gradient[:, 0] == pytest.approx(np.array(half), abs=1e-12)


def test_a_loss_near_zero_keeps_its_digits() -> None:
    scores = np.array([[[60.0, 0.0]], [[60.0, 0.0]]])
    given = batch((2, 1, 2), np.zeros((1, 0), int), np.array([2]), np.array([0]))
    assert ctc.losses(scores, given).values[0] == pytest.approx(2 * math.exp(-60), rel=1e-13)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(4))
def test_gradient_against_finite_differences(seed: int, kind: str) -> None:
    scores, given = drawn(seed, (5, 3, 4), 2, blank=seed % 4, scale=1.0)
    slopes = np.array([1.0, -2.5, 0.75])
    found = ctc.losses_and_gradient(scores, given, kind=kind, slopes=slopes, zero_infinity=True)

    def total(moved: np.ndarray) -> float:
        return float(slopes @ ctc.losses(moved, given, kind=kind, zero_infinity=True).values)

    assert found.gradient is not None
    step = 1e-5
    for place in np.ndindex(scores.shape):
        up, down = scores.copy(), scores.copy()
        up[place] += step
        down[place] -= step
        slope = (total(up) - total(down)) / (2 * step)
        assert found.gradient[place] == pytest.approx(slope, abs=2e-9)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_same_bits_for_any_chunks(
    monkeypatch: pytest.MonkeyPatch, dtype: type, kind: str
) -> None:
    scores, given = drawn(7, (40, 13, 9), 12)
    scores = scores.astype(dtype)
    whole = ctc.losses_and_gradient(scores, given, kind=kind)
    assert whole.gradient is not None
    assert whole.gradient.dtype == whole.values.dtype == dtype
    # 40 frames hold 40 · (9 + 38) numbers a sample
    for samples in (1, 3, 5):
        room = samples * 40 * 47 * scores.itemsize
        monkeypatch.setattr(ctc, "WORK_BYTES", room)
        monkeypatch.setattr(ctc, "BLOCK_ELEMENTS", 100 * samples)
        parts = ctc.losses_and_gradient(scores, given, kind=kind)
        assert parts.values.tobytes() == whole.values.tobytes()
        assert parts.gradient is not None
        assert parts.gradient.tobytes() == whole.gradient.tobytes()
        assert ctc.losses(scores, given, kind=kind).values.tobytes() == whole.values.tobytes()


def test_a_sample_alone_has_the_same_bits() -> None:
    scores, given = drawn(8, (30, 6, 7), 9)
    whole = ctc.losses_and_gradient(scores, given)
    assert whole.gradient is not None
    for n in range(6):
        rows, target = one(scores, given, n)
        frames = len(rows)
        alone = batch((frames, 1, 7), np.array(target), np.array([frames]), np.array([len(target)]))
        found = ctc.losses_and_gradient(scores[:frames, n : n + 1], alone)
        assert found.values[0] == whole.values[n]
        assert found.gradient is not None
        assert np.array_equal(found.gradient[:, 0], whole.gradient[:frames, n])


@pytest.mark.parametrize("kind", KINDS)
def test_infeasible(kind: str) -> None:
    scores = np.full((2, 3, 3), -0.5)
    scores[:, 2] = -np.inf  # no class at all
    given = batch((2, 3, 3), np.array([[1, 1], [1, 2], [1, 2]]), np.full(3, 2), np.full(3, 2))
    found = ctc.losses_and_gradient(scores, given, kind=kind)
    assert found.infeasible.tolist() == [True, False, True]  # 1, 1 needs a blank between
    assert np.isposinf(found.values).tolist() == [True, False, True]
    assert found.gradient is not None
    assert not found.gradient[:, [0, 2]].any()
    assert found.gradient[:, 1].any()
    softened = ctc.losses_and_gradient(scores, given, kind=kind, zero_infinity=True)
    assert softened.values[[0, 2]].tolist() == [0.0, 0.0]
    assert softened.infeasible.tolist() == [True, False, True]


def test_padding_may_hold_anything() -> None:
    scores, given = drawn(3, (6, 4, 5), 4)
    clean = ctc.losses_and_gradient(scores, given)
    targets = given.targets.copy()
    for n in range(4):
        scores[given.input_lengths[n] :, n] = np.nan
        targets[n, given.target_lengths[n] :] = -100
    dirty = batch(scores.shape, targets, given.input_lengths, given.target_lengths)
    found = ctc.losses_and_gradient(scores, dirty)
    assert found.gradient is not None
    assert np.array_equal(found.values, clean.values)
    assert np.array_equal(found.gradient, clean.gradient)


@pytest.mark.parametrize(
    ("frames", "target", "expected"),
    [(1, [1], math.log(2)), (1, [], math.log(2)), (3, [], math.log(8)), (0, [], 0.0)],
)
def test_small_ends(frames: int, target: list[int], expected: float) -> None:
    scores = np.zeros((frames, 1, 2))
    given = batch(
        scores.shape, np.array([target], int), np.array([frames]), np.array([len(target)])
    )
    assert ctc.losses_and_gradient(scores, given).values[0] == pytest.approx(expected, rel=1e-15)


def test_only_the_blank() -> None:
    given = batch((4, 2, 1), np.zeros((2, 0), int), np.array([4, 1]), np.array([0, 0]))
    assert ctc.losses(np.full((4, 2, 1), -7.0), given).values.tolist() == [0.0, 0.0]


def test_frames_first_or_samples_first() -> None:
    scores, given = drawn(5, (6, 4, 5), 3)
    turned = np.ascontiguousarray(scores.transpose(1, 0, 2)).transpose(1, 0, 2)
    turned.flags.writeable = False
    first, second = (ctc.losses_and_gradient(each, given) for each in (scores, turned))
    assert np.array_equal(first.values, second.values)
    assert np.array_equal(first.gradient, second.gradient)


FRAMES = np.log(np.full((2, 5, 4), 0.25))
FINE = {"targets": [[1, 2], [3, 0]], "input_lengths": [5, 4], "target_lengths": [2, 1]}


def test_packed_targets_are_the_padded_ones() -> None:
    padded = compute("ctc", FRAMES, *FINE.values())
    packed = compute("ctc", FRAMES, [1, 2, 3], [5, 4], [2, 1])
    assert packed.value == padded.value
    assert "targets are read as packed, target_lengths" in packed.notes
    turned = compute("ctc", FRAMES.swapaxes(0, 1), *FINE.values())
    assert turned.value == padded.value
    ended = compute("ctc", FRAMES, [[1, 2], [3, -1]], [5, 4])
    assert ended.value == padded.value


def test_the_mean_divides_by_the_symbols() -> None:
    each = compute("ctc", FRAMES, *FINE.values(), reduction="none").value
    assert compute("ctc", FRAMES, *FINE.values()).value == pytest.approx(
        (each[0] / 2 + each[1]) / 2, rel=1e-14
    )
    assert compute("ctc", FRAMES, *FINE.values(), reduction="sum").value == pytest.approx(
        each.sum(), rel=1e-14
    )


def test_what_no_alignment_fits_is_counted() -> None:
    given = [[1, 1], [3, 2]], [2, 5], [2, 2]
    result = compute("ctc", FRAMES, *given)
    assert math.isinf(result.value)
    assert "1 target fit no alignment and make the loss infinite (see zero_infinity)" in (
        result.notes
    )
    zero = compute("ctc", FRAMES, *given, zero_infinity=True)
    alone = compute("ctc", FRAMES[1:], [[3, 2]], [5], [2])
    assert zero.value == pytest.approx(alone.value / 2, rel=1e-14)
    slopes = gradient("ctc", FRAMES, *given, zero_infinity=True)["predictions"]
    assert not slopes[0].any()
    assert slopes[1].any()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"targets": [[1, 2], [4, 0]]}, "targets must be classes from 0 to 3; .* item 1"),
        ({"targets": [[1, 0], [3, 0]]}, "targets must not hold the blank, 0; one does at item 0"),
        ({"targets": [[1, -1], [3, 0]]}, "targets must be classes from 0 to 3; .* item 0"),
        ({"targets": [[1, 2.5], [3, 0]]}, r"targets must be whole numbers, got 2\.5 at item 0"),
        ({"targets": [[1, 2]]}, r"predictions \(2, 5, 4\).*targets \(1, 2\)"),
        ({"targets": [1, 2]}, r"holds 2 entries, but the lengths .* sum to 3"),
        ({"input_lengths": [5, 6]}, "input_lengths must be at most the 5 frames; .* item 1"),
        ({"input_lengths": [5]}, r"predictions \(2, 5, 4\).*input_lengths \(1,\)"),
        ({"target_lengths": [3, 1]}, "target_lengths must be at most the 2 symbols .* item 0"),
        ({"target_lengths": [2, -1]}, r"target_lengths must lie in \[0, inf\), got -1 at item 1"),
        ({"target_lengths": [2, float("nan")]}, "NaN in the target_lengths at item 1"),
    ],
)
def test_refusals(change: dict[str, list], message: str) -> None:
    with pytest.raises(DataError, match=message):
        compute("ctc", FRAMES, *(FINE | change).values())


def test_a_blank_outside_the_classes() -> None:
    with pytest.raises(UsageError, match="blank must be a class from 0 to 3, got 4"):
        compute("ctc", FRAMES, *FINE.values(), blank=4)


def test_probabilities_are_not_taken_for_logits() -> None:
    with pytest.raises(DataError, match="as probabilities do; give their logarithms"):
        compute("ctc", np.exp(FRAMES), *FINE.values())
    logits = compute("ctc", np.exp(FRAMES), *FINE.values(), input="logits")
    assert logits.input.decided_by == "option"


def test_scores_of_any_level_have_the_same_loss() -> None:
    """The lattice adds in log space from the greater of two sums: no level of scores matters."""
    scores, given = drawn(11, (7, 3, 4), 3)
    wanted = ctc.losses_and_gradient(scores, given)
    for level in (-1e4, -700.0, 700.0, 1e4):
        found = ctc.losses_and_gradient(scores + level, given)
        np.testing.assert_allclose(found.values, wanted.values, rtol=1e-9)
        np.testing.assert_allclose(found.gradient, wanted.gradient, atol=1e-9)


def test_log_probabilities_far_below_what_powers_hold() -> None:
    """A level a frame is one level more in every alignment: e^−2000 a frame is 0 as a number."""
    scores, given = drawn(12, (6, 3, 4), 2)
    wanted = ctc.losses(scores, given, kind="log_probabilities").values
    found = ctc.losses(scores - 2000.0, given, kind="log_probabilities").values
    np.testing.assert_allclose(found, wanted + 2000.0 * given.input_lengths, rtol=1e-13)
