"""Calls on small arrays again and again: planned no more, of the same bits, words and errors."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

import lossctl
from lossctl import api, small_calls
from lossctl.core.loss import Loss
from lossctl.core.options import OPTIONS
from lossctl.engine.bind import layout
from lossctl.losses.catalogue import CATALOGUE, get
from tests.conformance.cases import Case, draw, each_case

N = 10
RNG = np.random.default_rng(0)
LABELS, LOGITS, SHARES = RNG.integers(0, 2, N), 3.0 * RNG.normal(size=N), RNG.uniform(size=N)
HARD = (SHARES > 0.5).astype(float)


def with_examples() -> list[Loss]:
    return [loss for name in CATALOGUE if (loss := get(name)).page.examples]


def answer(function: Any, *arguments: Any, **keywords: Any) -> Any:
    """Return all that is said of a value and its gradients, or the error."""
    try:
        found = function(*arguments, **keywords)
    except lossctl.LossctlError as error:
        return f"{type(error).__name__}: {error}"
    if isinstance(found, tuple):
        result, gradients = found
        bits = {name: (one.dtype, one.shape, one.tobytes()) for name, one in gradients.items()}
        return result.to_dict() | {"bits": np.asarray(result.value).tobytes(), "gradients": bits}
    (result,) = found if isinstance(found, list) else [found]
    return result.to_dict() | {"bits": np.asarray(result.value).tobytes()}


@pytest.fixture
def planned(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return a list that grows with every call that is planned."""
    calls: list[Any] = []

    def counting(function: Any) -> Any:
        def counted(*arguments: Any) -> Any:
            calls.append(arguments)
            return function(*arguments)

        return counted

    for name in ("evaluate_specs", "differentiate"):
        monkeypatch.setattr(api, name, counting(getattr(api, name)))
    return calls


@pytest.mark.parametrize("loss", [pytest.param(one, id=one.id) for one in with_examples()])
def test_every_loss_answers_the_same_again(loss: Loss) -> None:
    """`evaluate` of one loss, which remembers nothing, gives the same of other data too."""
    example = loss.page.examples[0]
    arrays = {"predictions": example.predictions, "targets": example.targets, **example.others}
    given = {
        entry.name: np.asarray(arrays[entry.name])
        for entry in loss.inputs
        if arrays.get(entry.name) is not None
    }
    halved = given | {
        name: 0.5 * array
        for name, array in given.items()
        if name in loss.predicted and array.dtype.kind == "f"
    }
    params = {name: value for name, value in example.params.items() if name not in OPTIONS}
    options = {name: value for name, value in example.params.items() if name in OPTIONS}
    for _ in range(3):
        for inputs in (given, halved):
            found = answer(lossctl.compute, loss.id, **inputs, **example.params)
            expected = answer(lossctl.evaluate, [(loss.id, params)], **inputs, **options)
            assert found == expected
    if not loss.predicted:
        return
    for inputs in (given, halved):
        small_calls.forget()
        expected = answer(lossctl.value_and_gradient, loss.id, **inputs, **example.params)
        for _ in range(3):
            found = answer(lossctl.value_and_gradient, loss.id, **inputs, **example.params)
            assert found == expected


@pytest.mark.parametrize("loss", ["mse", "bce_with_logits", "focal", "dice"])
def test_the_third_call_plans_nothing(loss: str, planned: list[Any]) -> None:
    calls: list[Mapping[str, Any]] = [
        {"predictions": SHARES, "targets": LABELS, "weights": SHARES + 1.0},
        {"predictions": SHARES, "targets": LABELS, "reduction": "sum"},
    ]
    for keywords in calls:
        del planned[:]
        for _ in range(4):
            lossctl.compute(loss, **keywords)
        assert len(planned) == 2


@pytest.mark.parametrize("loss", ["mse", "bce_with_logits", "focal", "dice"])
def test_the_third_gradient_plans_nothing(loss: str, planned: list[Any]) -> None:
    for reduction in ("mean", "sum", "none"):
        del planned[:]
        for scores in (LOGITS, SHARES, LOGITS[::-1], 0.5 * SHARES):
            lossctl.value_and_gradient(loss, scores, LABELS, reduction=reduction)
        assert len(planned) == 2


def test_gradients_of_other_values_are_other_gradients() -> None:
    huge = np.float32(3e20) * np.ones(2, np.float32)  # whose square float32 does not hold
    for predictions in (huge / huge, huge, 0.0 * huge, huge):
        result, slopes = lossctl.value_and_gradient("mse", predictions, np.zeros(2, np.float32))
        assert result.value == pytest.approx(float(predictions[0]) ** 2, rel=1e-6)
        assert slopes["predictions"] == pytest.approx(predictions, rel=1e-6)
    for labels in ([0, 1, -100], [0, -100, -100], [0, 1, 1]):  # which of them count
        rows = np.full((3, 2), -3.0)
        _, slopes = lossctl.value_and_gradient("cross_entropy", rows, labels, input="logits")
        counted = np.array(labels) >= 0
        assert np.abs(slopes["predictions"]).max(axis=1) == pytest.approx(
            0.5 * counted / counted.sum()
        )


def test_numbers_of_a_remembered_plan(planned: list[Any]) -> None:
    for predictions in ([3.0, 4.0], [0.0, 0.0], [1.0, -1.0]):
        mean = sum(one * one for one in predictions) / 2.0
        assert lossctl.compute("mse", predictions, [0.0, 0.0]).value == mean
    assert len(planned) == 2


def test_each_call_decides_what_its_predictions_are() -> None:
    for _ in range(2):
        for predictions in (LOGITS, SHARES, HARD, -SHARES, 100.0 * SHARES):
            for loss in ("focal", "bce_with_logits", "dice"):
                found = answer(lossctl.compute, loss, predictions, LABELS)
                assert found == answer(lossctl.evaluate, [loss], predictions, LABELS)


def test_each_call_finds_the_faults_of_its_values() -> None:
    faults = [LOGITS, np.where(SHARES > 0.5, np.nan, LOGITS), np.where(SHARES > 0.5, 2e308, LOGITS)]
    for _ in range(2):
        for predictions in (LOGITS, *faults):
            for targets in (LABELS, LABELS + 0.5, 2 * LABELS):
                found = answer(lossctl.compute, "bce_with_logits", predictions, targets)
                expected = answer(lossctl.evaluate, ["bce_with_logits"], predictions, targets)
                assert found == expected


def test_what_follows_from_values_is_planned_every_time(planned: list[Any]) -> None:
    rows = RNG.normal(size=(6, 3))
    for targets in ([0, 1, 2, 0, 1, 2], [0, 0, 0, 0, 1, 2], [2, 2, 2, 0, 1, 2]):
        found = lossctl.compute("cross_entropy", rows, targets, class_weights="balanced")
        counts = np.bincount(targets)
        weights = (6.0 / (3.0 * counts))[targets]
        nll = np.log(np.exp(rows).sum(axis=1)) - rows[np.arange(6), targets]
        assert found.value == pytest.approx((weights * nll).sum() / weights.sum(), rel=1e-13)
    assert len(planned) == 3


def test_equal_numbers_of_other_types_are_other_calls() -> None:
    for gamma in (2, 2.0, True, 2, 2.0, True, 2, 2.0, True):
        found = answer(lossctl.compute, "focal", SHARES, LABELS, gamma=gamma)
        assert found == answer(lossctl.evaluate, [("focal", {"gamma": gamma})], SHARES, LABELS)


def test_results_do_not_share_what_they_hold() -> None:
    for _ in range(4):
        result = lossctl.compute("huber", LOGITS, SHARES, delta=2.0)
        assert result.params == {"delta": 2.0}
        result.params["delta"] = 9.0  # type: ignore[index]


def test_few_plans_are_kept() -> None:
    for size in range(1, 2 * small_calls.MOST_KNOWN):
        for _ in range(2):
            lossctl.compute("mae", np.ones(size), np.zeros(size))
    assert len(small_calls._known) <= small_calls.MOST_KNOWN


@pytest.mark.parametrize("threads", [1, 2])
def test_calls_of_several_blocks_plan_no_more(planned: list[Any], threads: int) -> None:
    ones = np.ones((300_000, 2), np.float32)
    for _ in range(4):
        assert lossctl.compute("mse", ones, 0.0 * ones, threads=threads).value == 1.0
    assert len(planned) == 2


@each_case("items", "pooled", "set", "record", "batch", "lists", defaults=True)
def test_several_blocks_answer_the_same_again(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the first time, and as `evaluate`, which remembers nothing."""
    monkeypatch.setattr(layout, "BLOCK_ELEMENTS", 64)
    size = 12 if case.sort in {"batch", "lists", "set"} else 120
    drawn = [draw(case, size, seed) for seed in (0, 1)]
    params, options = dict(case.params), case.options

    def answers(given: Any) -> Any:
        return [
            answer(function, case.loss, *given, **params, **options)
            for function in (lossctl.compute, lossctl.value_and_gradient)
        ]

    wanted = []
    for given in drawn:
        small_calls.forget()
        value, gradient = answers(given)
        assert value == answer(lossctl.evaluate, [(case.loss, params)], *given, **options)
        wanted.append([value, gradient])
    small_calls.forget()
    for _ in range(3):
        assert [answers(given) for given in drawn] == wanted


def test_no_bounds_of_many_groups_are_kept(planned: list[Any]) -> None:
    scores, relevance = RNG.normal(size=(40_000, 2)), RNG.integers(0, 3, (40_000, 2))
    for _ in range(3):
        lossctl.compute("listnet", scores, relevance)
    assert len(planned) == 3
