"""Law 1: values agree with the oracle on the nasty grid, item by item, to the last digits."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import pytest
from mpmath import mpf

from lossctl.core.loss import Array, Loss
from lossctl.losses.catalogue import every_loss
from lossctl.testing.cases import RECORDS
from lossctl.testing.oracles import agrees_with_the_oracle, nested, units
from tests.conformance._allowances import distance, distance_of_record
from tests.conformance._exact import exact_items, exact_pool, nasty, nasty_groups, oracle
from tests.conformance._records import (
    accepted,
    exact_values,
    nasty_records,
    oracle_of,
    sensitivity,
)
from tests.conformance.cases import Case, each_case, run, slopes, with_measured


def compare(
    case: Case, found: Sequence[float], exact: Sequence[mpf], items: Sequence[tuple[Any, ...]]
) -> None:
    """Require every value within the limits of the case; name the worst."""
    together = zip(found, exact, items, strict=True)
    distances = [distance(case, one, true, item) for one, true, item in together]
    worst = int(np.argmax(distances))
    assert distances[worst] == 0.0, (
        f"{case.name}: {found[worst]!r} is {distances[worst]:.3g} ulp from "
        f"{float(exact[worst])!r} at number {worst}, inputs {items[worst]}; "
        f"{np.count_nonzero(distances)} of {len(distances)} are too far"
    )


def items_of(case: Case, arrays: Sequence[Array]) -> list[tuple[Any, ...]]:
    return [item for item, _ in units(case, arrays)]


@pytest.mark.parametrize("loss", [pytest.param(loss, id=loss.id) for loss in every_loss()])
def test_the_loss_has_an_oracle(loss: Loss) -> None:
    assert callable(oracle(loss.id))


@each_case("items", branches=True)
def test_items_of_the_whole_grid_agree(case: Case) -> None:
    """Parameters other than the defaults take every other item, odd or even by their name."""
    kept = slice(None) if case.is_default else slice(len(case.name) % 2, None, 2)
    arrays = [array[kept] for array in nasty(case)]
    found = run(case, arrays, reduction="none").value.ravel()
    compare(case, found, exact_items(case, arrays), items_of(case, arrays))


@each_case("items", defaults=True)
def test_items_agree_alone(case: Case) -> None:
    """An item alone in its block takes other paths than one beside a logit of 1e150."""
    case = with_measured(case)
    step = 3 if case.form.axes == "item class" else 7
    some = [array[::step] for array in nasty(case)]
    alone = [[array[at : at + 1] for array in some] for at in range(len(some[0]))]
    found = [run(case, one, reduction="none").value.ravel() for one in alone]
    exact = [value for one in alone for value in exact_items(case, one)]
    compare(case, np.concatenate(found).tolist(), exact, items_of(case, some))


@each_case("pooled")
def test_samples_agree(case: Case) -> None:
    """Every item of the grid as a sample of its own."""
    if case.params.get("total_bytes"):
        pytest.skip("a total of all tokens says nothing of a sequence")
    arrays = nasty(case)
    options: dict[str, Any] = {"class_axis": 1} if case.form.axes == "item class" else {}
    samples = [array[..., None] for array in arrays]
    found = run(case, samples, reduction="none", pooling="sample", **options).value
    alone = [[array[at : at + 1] for array in arrays] for at in range(len(arrays[0]))]
    exact = [exact_pool(case, one) for one in alone]
    compare(case, found, exact, [item for one in alone for item in items_of(case, one)])


@each_case("pooled")
def test_one_pool_of_much_of_the_grid_agrees(case: Case) -> None:
    some = [array[::5] for array in nasty(case)]
    compare(case, [run(case, some).value], [exact_pool(case, some)], items_of(case, some))


@each_case("set")
def test_sets_agree(case: Case) -> None:
    """Each sample is a set."""
    arrays = nasty_groups(case)
    options: dict[str, Any] = {"class_axis": 2} if case.form.axes == "item class" else {}
    found = run(case, arrays, reduction="none", pooling="sample", **options).value
    alone = [[array[at] for array in arrays] for at in range(len(arrays[0]))]
    exact = [value for one in alone for value in exact_items(case, one)]
    compare(case, found, exact, [item for one in alone for item in items_of(case, one)])


@each_case("grid")
def test_images_agree(case: Case) -> None:
    arrays = nasty_groups(case)
    found = run(case, arrays, reduction="none").value
    compare(case, found, exact_items(case, arrays), items_of(case, arrays))


@each_case(*RECORDS)
def test_ordinary_records_agree(case: Case) -> None:
    """On inputs of three sizes, closer than on the grid."""
    agrees_with_the_oracle(case, oracle_of(case))


@each_case(*RECORDS)
def test_records_agree(case: Case) -> None:
    """Items, or groups of them, whose inputs have axes of their own."""
    arrays = accepted(case, nasty_records(case))
    found = run(case, arrays, reduction="none").value.reshape(len(arrays[0]), -1)
    exact = np.reshape(np.array(exact_values(case, arrays), object), found.shape)
    for number, unit in enumerate(zip(*map(nested, arrays), strict=True)):
        one = [array[number : number + 1] for array in arrays]
        for value, true in zip(found[number].tolist(), exact[number], strict=True):
            off = (
                0.0
                if true is None
                else distance_of_record(case, value, true, unit, partial(sensitivity, case, one))
            )
            assert off == 0.0, (
                f"{case.name}: {value!r} is {off:.3g} roundings from {float(true)!r} "
                f"at number {number}, inputs {unit}"
            )


@each_case(*RECORDS, defaults=True)
def test_records_agree_alone(case: Case) -> None:
    """A unit alone has the value it has in company."""
    arrays = accepted(case, nasty_records(case))
    found = run(case, arrays, reduction="none").value.reshape(len(arrays[0]), -1)
    for number in range(0, len(arrays[0]), 7):
        alone = run(case, [a[number : number + 1] for a in arrays], reduction="none").value
        np.testing.assert_array_equal(np.ravel(alone), found[number])


@each_case(*RECORDS, defaults=True)
def test_a_finite_value_has_no_gradient_that_is_not_a_number(case: Case) -> None:
    arrays = accepted(case, nasty_records(case))
    for number in range(len(arrays[0])):
        one = [array[number : number + 1] for array in arrays]
        if np.isfinite(run(case, one, reduction="sum").value):
            for name, gradient in slopes(case, one, reduction="sum").items():
                assert not np.isnan(gradient).any(), (name, one)
