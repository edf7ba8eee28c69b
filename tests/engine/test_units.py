"""Rows, samples and lists as units: the worst, slices and intervals, by hand."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import lossctl
from lossctl.api import compute
from lossctl.core.errors import UsageError
from lossctl.core.loss import Array

RNG = np.random.default_rng(31)
SIDES = {"side": np.array(["left", "right"])[np.arange(8) % 2]}
MASKS = (RNG.random((8, 3, 5)) < 0.4).astype(float)
SCORES = np.clip(0.5 * MASKS + RNG.uniform(0.05, 0.45, size=MASKS.shape), 0.0, 1.0)
OPTIONS: dict[str, Any] = {"interval": True, "by": SIDES, "min_size": 2, "worst": 8}


def cross_entropy(scores: Array, labels: Array) -> Array:
    return -(labels * np.log(scores) + (1 - labels) * np.log1p(-scores))


def dice(scores: Array, labels: Array) -> Any:
    """Return the Dice loss of whole samples with its smoothing of 1e-6."""
    overlap = 2 * (scores * labels).sum((-2, -1)) + 1e-6
    return 1 - overlap / (scores.sum((-2, -1)) + labels.sum((-2, -1)) + 1e-6)


def check(result: Any, each: Array, noun: str, total: float = 1.0) -> None:
    """Check a mean of units (times `total`): its interval, its slices, its worst units."""
    half = stats.t.ppf(0.975, len(each) - 1) * stats.sem(each)
    assert result.value == pytest.approx(each.mean() * total, rel=1e-12)
    found = result.interval
    np.testing.assert_allclose(
        [found.low, found.high], (each.mean() + np.array([-half, half])) * total, rtol=1e-9
    )
    assert (found.units, found.unit) == (len(each), noun)
    worst_first = sorted(("left", "right"), key=lambda name: -each[SIDES["side"] == name].mean())
    assert [one.name for one in result.slices] == worst_first
    for one in result.slices:
        rows = SIDES["side"] == one.name
        share = total if total == 1.0 else float(rows.sum())
        assert one.value == pytest.approx(each[rows].mean() * share, rel=1e-12)
        wanted = stats.ttest_ind(each[rows], each[~rows], equal_var=False)
        if total == 1.0:
            assert one.p_value == pytest.approx(wanted.pvalue, rel=1e-8)
            assert one.difference == pytest.approx(each[rows].mean() - each[~rows].mean())
        assert one.share == pytest.approx(each[rows].sum() / each.sum(), rel=1e-12)


def check_worst(result: Any, each: Array) -> None:
    order = np.argsort(-each, kind="stable")
    assert [one.index for one in result.worst] == order.tolist()
    np.testing.assert_allclose([one.value for one in result.worst], each[order], rtol=1e-12)


def test_samples_of_several_rows_are_units() -> None:
    """Images (8, 3, 5): the mean of all pixels is that of the means of images."""
    each = cross_entropy(SCORES, MASKS).mean((1, 2))
    result = compute("bce", SCORES, MASKS, **OPTIONS)
    check(result, each, "sample")
    check_worst(result, each)
    assert {one.where for one in result.worst} == {f"item {n}" for n in range(8)}
    assert all(one.prediction is None for one in result.worst)


def test_samples_that_lie_in_several_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    from lossctl.engine.bind import layout

    whole = compute("bce", SCORES, MASKS, **OPTIONS)
    monkeypatch.setattr(layout, "BLOCK_ELEMENTS", 7)
    each = cross_entropy(SCORES, MASKS).mean((1, 2))
    result = compute("bce", SCORES, MASKS, **OPTIONS)
    check(result, each, "sample")
    check_worst(result, each)
    assert [one.where for one in result.worst] == [one.where for one in whole.worst]


def test_a_sum_of_samples() -> None:
    each = cross_entropy(SCORES, MASKS).sum((1, 2))
    result = compute("bce", SCORES, MASKS, reduction="sum", **OPTIONS)
    check(result, each, "sample", total=8.0)


def test_labels_of_a_row_are_one_unit() -> None:
    """Rows (8, 3) of three labels each, and the same with the labels along axis 1 of images."""
    each = cross_entropy(SCORES[..., 0], MASKS[..., 0]).mean(1)
    result = compute("bce", SCORES[..., 0], MASKS[..., 0], task="multilabel", **OPTIONS)
    check(result, each, "row")
    check_worst(result, each)
    assert [one.where for one in result.worst] == [f"item {one.index}" for one in result.worst]
    for one in result.worst:
        assert one.prediction == SCORES[one.index, :, 0].tolist()
        assert one.target == MASKS[one.index, :, 0].tolist()


def test_labels_along_the_second_axis() -> None:
    each = cross_entropy(SCORES, MASKS).mean((1, 2))
    options = OPTIONS | {"task": "multilabel", "class_axis": 1}
    result = compute("bce", SCORES, MASKS, **options)
    check(result, each, "sample")
    check_worst(result, each)
    assert [one.where for one in result.worst] == [f"item {one.index}" for one in result.worst]


def test_samples_by_their_own_dice() -> None:
    each = dice(SCORES, MASKS)
    result = compute("dice", SCORES, MASKS, pooling="sample", **OPTIONS | {"worst": 3})
    half = stats.t.ppf(0.975, 7) * stats.sem(each)
    assert result.value == pytest.approx(each.mean(), rel=1e-12)
    np.testing.assert_allclose(
        [result.interval.low, result.interval.high],
        [each.mean() - half, each.mean() + half],
        rtol=1e-9,
    )
    for one in result.slices:
        rows = SIDES["side"] == one.name
        assert one.value == pytest.approx(each[rows].mean(), rel=1e-12)
        wanted = stats.ttest_ind(each[rows], each[~rows], equal_var=False)
        assert one.p_value == pytest.approx(wanted.pvalue, rel=1e-8)
        assert one.share is None
    worst = np.argsort(-each)[:3]
    assert [one.index for one in result.worst] == worst.tolist()
    np.testing.assert_allclose([one.value for one in result.worst], each[worst], rtol=1e-12)
    assert result.worst[0].where == f"sample {worst[0]}"


def test_all_pixels_together_by_dice() -> None:
    result = compute("dice", SCORES, MASKS, **OPTIONS)
    above, below = 2 * (SCORES * MASKS).sum() + 1e-6, (SCORES + MASKS).sum() + 1e-6
    assert result.value == pytest.approx(1 - above / below, rel=1e-12)
    parts = -2 * SCORES * MASKS / below + above / below**2 * (SCORES + MASKS)
    by_image = parts.sum((1, 2)) - parts.sum() / 8
    half = stats.t.ppf(0.975, 7) * np.sqrt(8 / 7 * (by_image**2).sum())
    found = result.interval
    np.testing.assert_allclose(found.high - found.low, 2 * half, rtol=1e-6)
    for one in result.slices:
        rows = SIDES["side"] == one.name
        alone = dice(*(array[rows].reshape(1, -1, 5) for array in (SCORES, MASKS)))
        assert one.value == pytest.approx(float(alone[0]), rel=1e-12)
    check_worst(result, dice(SCORES, MASKS))


def test_sequences_by_perplexity() -> None:
    logits = RNG.normal(size=(8, 4, 3))
    tokens = RNG.integers(0, 3, size=(8, 4))
    nll = np.log(np.exp(logits).sum(-1)) - np.take_along_axis(logits, tokens[..., None], -1)[..., 0]
    together = compute("perplexity", logits, tokens, **OPTIONS)
    value = np.exp(nll.mean())
    assert together.value == pytest.approx(value, rel=1e-12)
    by_row = value * (nll.mean(1) - nll.mean()) / 8
    half = stats.t.ppf(0.975, 7) * np.sqrt(8 / 7 * (by_row**2).sum())
    found = together.interval
    assert (found.units, found.unit) == (8, "sequence")
    np.testing.assert_allclose([found.low, found.high], [value - half, value + half], rtol=1e-6)
    for one in together.slices:
        rows = SIDES["side"] == one.name
        assert one.value == pytest.approx(np.exp(nll[rows].mean()), rel=1e-12)
    each = np.exp(nll.mean(1))
    by_sequence = compute("perplexity", logits, tokens, pooling="sample", **OPTIONS)
    half = stats.t.ppf(0.975, 7) * stats.sem(each)
    assert by_sequence.value == pytest.approx(each.mean(), rel=1e-12)
    assert by_sequence.interval.high == pytest.approx(each.mean() + half, rel=1e-9)
    check_worst(by_sequence, each)


def test_slices_that_are_small_or_nearly_all() -> None:
    """One row alone has a value and no interval; fewer rows than asked for are left out."""
    p, t = SCORES[:, 0, 0], MASKS[:, 0, 0]
    each = cross_entropy(p, t)
    names = np.array(["one", *["rest"] * 7])
    result = compute("bce", p, t, by={"part": names}, interval=True, min_size=1)
    slices = {one.name: one for one in result.slices}
    assert slices["one"].value == pytest.approx(each[0], rel=1e-12)
    assert slices["one"].interval is None
    assert slices["rest"].interval is not None
    assert slices["one"].difference == pytest.approx(each[0] - each[1:].mean(), rel=1e-12)
    whole = compute("bce", p, t, by={"part": np.repeat("all", 8)}, interval=True, min_size=1)
    (only,) = whole.slices
    assert (only.value, only.difference, only.p_value) == (whole.value, None, None)
    small = compute("bce", p, t, by={"part": names}, min_size=2)
    assert [one.name for one in small.slices] == ["rest"]
    assert "part: 1 slice of fewer than 2 rows left out" in small.notes


@pytest.fixture
def table(tmp_path: Path) -> str:
    """Write eight rows with two columns of text and one of numbers, of which one is missing."""
    frame = pd.DataFrame({"p": SCORES[:, 0, 0], "y": MASKS[:, 0, 0], "side": SIDES["side"]})
    frame["half"] = np.repeat(["low", "high"], 4)
    frame["age"] = [30.0, 10.0, 20.0, 40.0, np.nan, 50.0, 60.0, 50.0]
    frame.to_csv(tmp_path / "t.csv", index=False)
    return str(tmp_path / "t.csv")


def by_column(table: str, **more: Any) -> Any:
    column = {"predictions": "p", "targets": "y"}
    return compute("bce", table=table, column=column, min_size=1, **more)


def test_crossed_columns(table: str) -> None:
    each = cross_entropy(SCORES[:, 0, 0], MASKS[:, 0, 0])
    result = by_column(table, by="side,half")
    assert [one.by for one in result.slices] == ["side,half"] * 4
    for one in result.slices:
        side, half = one.name.split(", ")
        rows = (SIDES["side"] == side) & (np.repeat(["low", "high"], 4) == half)
        assert one.n == rows.sum() == 2
        assert one.value == pytest.approx(each[rows].mean(), rel=1e-12)


def test_bins_are_cut_at_quantiles(table: str) -> None:
    """Of 10, 20, 30, 40, 50, 50, 60 the thirds are cut at 30 and 50; one row has no age."""
    each = cross_entropy(SCORES[:, 0, 0], MASKS[:, 0, 0])
    rows = {"≤ 30": [0, 1, 2], "30 to 50": [3, 5, 7], "> 50": [6], "(missing)": [4]}
    result = by_column(table, bins={"age": 3})
    assert {one.name: one.n for one in result.slices} == {n: len(r) for n, r in rows.items()}
    for one in result.slices:
        assert one.value == pytest.approx(each[rows[one.name]].mean(), rel=1e-12)
    crossed = by_column(table, by="half,age", bins={"age": 3})
    assert {one.name for one in crossed.slices} == {
        "low, ≤ 30", "low, 30 to 50", "high, 30 to 50", "high, > 50", "high, (missing)",
    }  # fmt: skip


def test_columns_that_make_no_slices(table: str) -> None:
    with pytest.raises(UsageError, match="the column side is text, which has no quantiles"):
        by_column(table, bins={"side": 3})
    with pytest.raises(UsageError, match="whole number of at least 2"):
        by_column(table, bins={"age": 1})


@pytest.mark.parametrize("more", [{}, {"pooling": "sample"}], ids=["items", "samples"])
def test_units_are_seen_again_when_the_data_is_not_what_it_looked(
    more: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first block looks like probabilities, the last number says that all are logits."""
    from lossctl.engine.bind import layout

    monkeypatch.setattr(layout, "BLOCK_ELEMENTS", 7)
    logits, labels = SCORES.copy(), MASKS
    logits[7, 2, 4] = -3.0
    if more:
        each = dice(1 / (1 + np.exp(-logits)), labels)
        result = compute("dice", logits, labels, **more, **OPTIONS)
        half = stats.t.ppf(0.975, 7) * stats.sem(each)
        assert result.value == pytest.approx(each.mean(), rel=1e-12)
        assert result.interval.high == pytest.approx(each.mean() + half, rel=1e-9)
        return
    each = (np.logaddexp(0.0, logits) - labels * logits).mean((1, 2))
    result = compute("bce", logits, labels, **OPTIONS)
    assert result.input.kind == "logits"
    check(result, each, "sample")
    check_worst(result, each)


@pytest.mark.parametrize("policy", ["omit", "propagate"])
def test_values_without_an_interval_say_why(policy: str) -> None:
    p, t = SCORES[:, 0, 0].copy(), MASKS[:, 0, 0]
    p[2:] = np.nan
    p[0] = np.nan
    result = compute("bce", p, t, interval=True, nan=policy)
    why = {"omit": "only one item counts", "propagate": "the value is not finite"}[policy]
    assert result.interval is None
    assert f"no interval: {why}" in result.notes


def test_a_slice_has_a_sum_where_all_together_are_infinite() -> None:
    """Squares of 1e153: 200 of them are beyond all floats, 120 and 80 are not."""
    part = np.repeat(["most", "rest"], [120, 80])
    p = np.full(200, 1e153)
    result = compute("mse", p, np.zeros(200), by={"part": part}, reduction="sum", interval=True)
    assert result.value == np.inf
    found = {one.name: one.value for one in result.slices}
    assert found == pytest.approx({"most": 1.2e308, "rest": 8e307}, rel=1e-12)
    mean = compute("mse", p, np.zeros(200), by={"part": part})
    assert mean.value == pytest.approx(1e306, rel=1e-12)
    assert [one.value for one in mean.slices] == pytest.approx([1e306, 1e306], rel=1e-12)


def test_columns_of_pairs_keep_the_order_of_slices() -> None:
    """Scores of which more is better: the worst slice is that of the lowest."""
    score = np.array([0.9, 0.1, 0.8, 0.2, 0.7, 0.3, 0.9, 0.4])
    slices = lossctl.compare(
        score, score + 0.1 * SCORES[:, 0, 0], items=True, higher_is_better=True, by=SIDES,
        min_size=2,
    ).slices[0]  # fmt: skip
    differences = {one.name: one.comparison.difference for one in slices}
    for name, value in differences.items():
        wanted = 0.1 * SCORES[:, 0, 0][SIDES["side"] == name].mean()
        assert value == pytest.approx(wanted, rel=1e-9)


def test_weights_of_slices() -> None:
    """Rows of weight 0 are in no slice; the others weigh what they weigh."""
    p, t = SCORES[:, 0, 0], MASKS[:, 0, 0]
    each, weights = cross_entropy(p, t), np.array([1.0, 0.5, 0.0, 2.0, 3.0, 0.0, 1.0, 4.0])
    result = compute("bce", p, t, weights=weights, by=SIDES, min_size=1)
    assert result.value == pytest.approx(np.average(each, weights=weights), rel=1e-12)
    for one in result.slices:
        rows = SIDES["side"] == one.name
        assert one.value == pytest.approx(np.average(each[rows], weights=weights[rows]), rel=1e-12)
        assert one.n == ((weights > 0) & rows).sum() == 3
        share = (each * weights)[rows].sum() / (each * weights).sum()
        assert one.share == pytest.approx(share, rel=1e-12)


@pytest.mark.parametrize("loss", ["listnet", "listmle", "ranknet", "lambda_rank"])
def test_slices_of_lists(loss: str) -> None:
    """A list is a unit, whatever else is counted of it, such as lists without an order."""
    scores = RNG.normal(size=(8, 4))
    relevance = np.array([RNG.permutation([0, 1, 2, 3]) for _ in range(8)])
    each = compute(loss, scores, relevance, reduction="none").value
    result = compute(loss, scores, relevance, **OPTIONS)
    assert each.shape == (8,)
    check(result, each, "list")
    check_worst(result, each)


def test_slices_of_lists_of_one_item() -> None:
    """They have a loss of 0 and no order; nothing differs."""
    result = compute("listnet", SCORES[:, :1, 0], np.ones((8, 1)), **OPTIONS)
    assert result.value == 0.0
    assert [(one.value, one.n, one.difference) for one in result.slices] == [(0.0, 4, 0.0)] * 2


def test_a_slice_in_which_nothing_counts() -> None:
    weights = np.where(SIDES["side"] == "left", 0.0, 1.0)
    p, t = SCORES[:, 0, 0], MASKS[:, 0, 0]
    (only,) = compute("bce", p, t, weights=weights, by=SIDES, min_size=1, interval=True).slices
    assert only.name == "right"
    assert (only.difference, only.p_value) == (None, None)


def test_many_numbers_of_a_row_are_not_shown() -> None:
    """Of a hundred scores per row nothing is shown, of three all."""
    for width, shown in ((3, True), (100, False)):
        rows = RNG.normal(size=(8, width))
        result = compute("cross_entropy", rows, np.arange(8) % 3, worst=2)
        for one in result.worst:
            assert one.prediction == (rows[one.index].tolist() if shown else None)
            assert one.target == one.index % 3
