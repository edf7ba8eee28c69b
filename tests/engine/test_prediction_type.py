"""What predictions are: decided from evidence, said out loud, overridden explicitly."""

import math
from typing import Any

import numpy as np
import pytest

from lossctl.api import compute
from lossctl.core.errors import DataError, UsageError

LOGITS = [2.0, -1.0, 0.5, -3.0]
PROBABILITIES = [0.9, 0.2, 0.8, 0.1]
LABELS = [1.0, 0.0, 1.0, 0.0]
ROWS = [[0.5, 0.25, 0.25], [0.1, 0.2, 0.7]]
LOG2 = math.log(2.0)


@pytest.mark.parametrize("loss", ["bce", "bce_with_logits", "focal", "dice", "tversky"])
def test_a_value_outside_the_unit_makes_logits(loss: str) -> None:
    reading = compute(loss, LOGITS, LABELS).input
    assert (reading.kind, reading.decided_by) == ("logits", "data")
    assert "outside [0, 1]" in reading.evidence
    said = compute(loss, LOGITS, LABELS, input="logits")
    assert said.input.decided_by == "option"
    assert said.value == compute(loss, LOGITS, LABELS).value


@pytest.mark.parametrize("loss", ["bce", "focal", "dice", "tversky"])
def test_values_in_the_unit_are_probabilities(loss: str) -> None:
    reading = compute(loss, PROBABILITIES, LABELS).input
    assert (reading.kind, reading.decided_by) == ("probabilities", "data")


def test_bce_with_logits_reads_logits_in_the_unit_and_warns() -> None:
    result = compute("bce_with_logits", PROBABILITIES, LABELS)
    assert (result.input.kind, result.input.decided_by) == ("logits", "declared")
    assert any("every prediction lies in [0, 1]" in note for note in result.notes)
    wanted = sum(
        math.log1p(math.exp(-z if t else z)) for z, t in zip(PROBABILITIES, LABELS, strict=True)
    )
    assert result.value == pytest.approx(wanted / 4, rel=1e-14)
    said = compute("bce_with_logits", PROBABILITIES, LABELS, input="probabilities")
    assert said.value == pytest.approx(0.164252033486018, rel=1e-14)
    assert not said.notes


def test_probabilities_that_something_took_out_of_the_unit_are_asked_about() -> None:
    """They may be logits as well; the message shows all their digits."""
    for stray in (1.0005, 1.00002, -0.0001):
        predictions = np.array(PROBABILITIES)
        predictions[0] = stray
        with pytest.raises(DataError, match=rf"such as {stray!r}, .*clip_predictions=True"):
            compute("bce", predictions, LABELS)
        with pytest.raises(DataError, match=rf"but {float(stray)!r} lies outside"):
            compute("bce", predictions, LABELS, input="probabilities")
    assert not compute("bce", LOGITS, LABELS).notes


def test_a_target_just_outside_is_shown_with_all_its_digits() -> None:
    with pytest.raises(DataError, match=r"targets must lie in \[0, 1\], got 1\.0000001 at"):
        compute("bce", PROBABILITIES, [1.0, 0.0, 1.0000001, 0.0])


def test_one_value_far_away_decides_for_all() -> None:
    """The first block looks like probabilities; the last value says otherwise."""
    predictions = np.full(200_000, 0.5)
    targets = np.zeros(200_000)
    assert compute("bce", predictions, targets).value == pytest.approx(LOG2, rel=1e-14)
    predictions[-1] = -0.5
    result = compute("bce", predictions, targets)
    assert result.input.kind == "logits"
    wanted = (199_999 * math.log1p(math.exp(0.5)) + math.log1p(math.exp(-0.5))) / 200_000
    assert result.value == pytest.approx(wanted, rel=1e-14)


def test_rows_that_sum_to_one_are_probabilities() -> None:
    result = compute("cross_entropy", ROWS, [0, 2])
    assert result.input.kind == "probabilities"
    assert result.value == pytest.approx(-(math.log(0.5) + math.log(0.7)) / 2, rel=1e-14)


def test_rows_in_the_unit_that_do_not_sum_to_one_are_ambiguous() -> None:
    rows = [[0.5, 0.4, 0.3], [0.1, 0.2, 0.7]]
    with pytest.raises(DataError, match=r"1 rows? .*1\.2.*input") as caught:
        compute("cross_entropy", rows, [0, 2])
    assert "cross_entropy" in str(caught.value)
    for kind in ("logits", "probabilities"):
        result = compute("cross_entropy", rows, [0, 2], input=kind)
        assert result.input.kind == kind
        assert result.input.decided_by == "option"
    assert any("sum to 1" in note for note in result.notes)


def test_an_ambiguous_row_in_the_last_block_is_found() -> None:
    rows = np.tile([0.25, 0.75], (100_000, 1))
    rows[-1] = [0.25, 0.5]
    with pytest.raises(DataError, match=r"1 rows? .*0\.75"):
        compute("cross_entropy", rows, np.zeros(100_000, int))


def test_log_probabilities_are_normalised_logits() -> None:
    logs = np.log(ROWS)
    result = compute("cross_entropy", logs, [0, 2], input="log_probabilities")
    assert result.input.kind == "log_probabilities"
    assert result.value == pytest.approx(-(math.log(0.5) + math.log(0.7)) / 2, rel=1e-14)
    with pytest.raises(DataError, match="log-probabilities"):
        compute("cross_entropy", [[0.5, -1.0]], [0], input="log_probabilities")


@pytest.mark.parametrize("loss", ["dice", "tversky"])
def test_hard_masks_are_labels(loss: str) -> None:
    masks = [1.0, 1.0, 0.0, 0.0]
    result = compute(loss, masks, LABELS)
    assert result.input.kind == "labels"
    said = compute(loss, masks, LABELS, input="labels")
    as_probabilities = compute(loss, masks, LABELS, input="probabilities")
    assert result.value == said.value == as_probabilities.value
    with pytest.raises(DataError, match="labels"):
        compute(loss, PROBABILITIES, LABELS, input="labels")


def test_hard_predictions_of_bce_warn() -> None:
    result = compute("bce", [1.0, 0.0, 1.0], [1.0, 0.0, 1.0])
    assert result.value == 0.0
    assert any("labels rather than probabilities" in note for note in result.notes)


def test_hard_predictions_and_soft_targets_look_swapped() -> None:
    with pytest.raises(DataError, match="swapped"):
        compute("bce", [1.0, 0.0, 1.0], [0.9, 0.2, 0.7])
    result = compute("bce", [1.0, 0.0, 1.0], [0.9, 0.2, 0.7], input="probabilities")
    assert result.input.decided_by == "option"


@pytest.mark.parametrize("loss", ["bce", "focal", "dice", "bce_with_logits"])
def test_what_is_said_must_be_possible(loss: str) -> None:
    with pytest.raises(DataError, match=r"to be read as probabilities.*outside \[0, 1\].*logits"):
        compute(loss, LOGITS, LABELS, input="probabilities")


@pytest.mark.parametrize(
    ("loss", "kind"),
    [
        ("mse", "logits"),
        ("huber", "probabilities"),
        ("bce", "labels"),
        ("bce", "log_probabilities"),
    ],
)
def test_a_kind_the_loss_cannot_read_is_refused(loss: str, kind: str) -> None:
    with pytest.raises(UsageError, match=f"input: {loss}"):
        compute(loss, PROBABILITIES, LABELS, input=kind)


def test_an_unknown_kind_gets_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean logits"):
        compute("bce", LOGITS, LABELS, input="logit")


def test_items_left_out_are_no_evidence() -> None:
    """A masked value outside [0, 1] does not make logits of probabilities."""
    given: dict[str, Any] = {"weights": [1.0, 1.0, 0.0]}
    result = compute("bce", [0.9, 0.2, 7.0], [1.0, 0.0, 1.0], **given)
    assert result.input.kind == "probabilities"
    result = compute("bce", [0.9, 0.2, 7.0], [1.0, 0.0, -100.0])
    assert result.input.kind == "probabilities"
    result = compute("cross_entropy", [[0.5, 0.5], [3.0, 9.0]], [0, -100])
    assert result.input.kind == "probabilities"
    assert result.value == pytest.approx(LOG2, rel=1e-15)


def test_float16_rows_may_be_looser() -> None:
    rows = np.array([[1 / 3, 1 / 3, 1 / 3]] * 4, np.float16)
    assert compute("cross_entropy", rows, [0, 1, 2, 0]).input.kind == "probabilities"


def test_truth_values_outside_the_usual_get_a_note() -> None:
    assert not compute("rule_satisfaction", [0.5, 1.0]).notes
    (note,) = compute("rule_satisfaction", [0.5, 1.25]).notes
    assert "1.25" in note


def test_a_kind_that_a_loss_cannot_read_is_refused_with_those_it_can() -> None:
    with pytest.raises(
        UsageError, match="lovasz_hinge cannot read probabilities here; it reads lo"
    ):
        compute("lovasz_hinge", [0.25, 0.75], [0, 1], input="probabilities")


@pytest.mark.parametrize("times", [1, 100_000])
def test_whole_numbers_may_be_label_maps_in_any_number_of_blocks(times: int) -> None:
    maps = np.tile([0.0, 1.0, 2.0, 3.0], times)
    with pytest.raises(DataError, match="all whole numbers: label maps"):
        compute("dice", maps, maps % 2)


@pytest.mark.parametrize(("dtype", "refused"), [(np.float16, False), (np.float32, True)])
def test_half_precision_may_miss_one_by_more(dtype: type, refused: bool) -> None:
    """By 0.004: within 0.005, which three digits leave, and not within 0.001."""
    rows = np.array([[0.5, 0.496], [0.25, 0.75]], dtype)
    if refused:
        with pytest.raises(DataError, match="sum to 1"):
            compute("cross_entropy", rows, [0, 1])
    else:
        assert compute("cross_entropy", rows, [0, 1]).input.kind == "probabilities"


def test_sixteen_positive_logits_are_many() -> None:
    """Fifteen may all be positive by chance; of sixteen that is said."""
    scores, labels = np.linspace(1.5, 7.0, 16), np.arange(16.0) % 2
    few = compute("bce_with_logits", scores[:15], labels[:15])
    assert few.notes == ()
    (note,) = compute("bce_with_logits", scores, labels).notes
    assert "none negative" in note
    assert note.endswith(": read as logits")


def test_logits_that_look_like_probabilities_are_told_how_to_be_given() -> None:
    """A loss that reads probabilities too names the option, another the conversion."""
    (both,) = compute("bce_with_logits", PROBABILITIES, LABELS).notes
    assert "for probabilities set input='probabilities'" in both
    (alone,) = compute("soft_margin", PROBABILITIES, [1.0, -1.0, 1.0, -1.0]).notes
    assert "of probabilities give log(p / (1 - p))" in alone


def test_log_probabilities_of_classes_are_logits() -> None:
    """Their softmax is what they are; a loss of log-probabilities alone reads no logits."""
    rows = np.log(ROWS)
    wanted = -(rows[0, 0] + rows[1, 2]) / 2
    for loss in ("cross_entropy", "nll"):
        result = compute(loss, rows, [0, 2], input="log_probabilities")
        assert result.value == pytest.approx(wanted, rel=1e-14)
        assert (result.input.kind, result.input.decided_by) == ("log_probabilities", "option")
    with pytest.raises(UsageError, match="nll cannot read logits here; it reads log_prob"):
        compute("nll", rows, [0, 2], input="logits")
    with pytest.raises(UsageError, match="bce cannot read log_probabilities here; it reads"):
        compute("bce", PROBABILITIES, LABELS, input="log_probabilities")


@pytest.mark.parametrize(
    "loss",
    [
        *("cross_entropy", "poly1", "kl_divergence", "js_divergence"),
        *("generalized_cross_entropy", "symmetric_cross_entropy"),
    ],
)
def test_rows_that_may_be_logits_or_probabilities_are_asked_about(loss: str) -> None:
    """In [0, 1] and of another sum than 1: the two readings have other values."""
    rows, labels = [[0.2, 0.3], [0.1, 0.4]], [0, 1]
    with pytest.raises(DataError, match="so they may be logits or probabilities; choose with"):
        compute(loss, rows, labels)
    values = {compute(loss, rows, labels, input=kind).value for kind in ("logits", "probabilities")}
    assert len(values) == 2


def test_targets_that_were_rounded_are_told_apart_from_others() -> None:
    rows = np.log(ROWS)
    with pytest.raises(
        DataError, match=r"got 0.99 at item 0; rounded\? divide each row by its sum"
    ):
        compute("cross_entropy", rows, np.full((2, 3), 0.33), input="logits")
    with pytest.raises(DataError, match=r"got 0.75 at item 0; divide each row by its sum"):
        compute("cross_entropy", rows, np.full((2, 3), 0.25), input="logits")
