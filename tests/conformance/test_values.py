"""Law 1: values agree with the oracle on the nasty grid, item by item, to the last digits."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from mpmath import mpf

from lossctl.core.loss import Array, Loss
from tests.conformance._allowances import distance
from tests.conformance._exact import exact_items, exact_pool, nasty, oracle
from tests.conformance.cases import Case, each_case, each_loss, run


def compare(case: Case, found: Sequence[float], exact: Sequence[mpf], inputs: Array) -> None:
    """Require every value within the limits of the case; name the worst."""
    distances = [distance(case, one, true) for one, true in zip(found, exact, strict=True)]
    worst = int(np.argmax(distances))
    place = inputs.reshape(len(found), -1)[worst].tolist() if inputs.size % len(found) == 0 else ""
    assert distances[worst] == 0.0, (
        f"{case.name}: {found[worst]!r} is {distances[worst]:.3g} ulp from "
        f"{float(exact[worst])!r} at number {worst}, predictions {place}; "
        f"{np.count_nonzero(distances)} of {len(distances)} are too far"
    )


@each_loss()
def test_the_loss_has_an_oracle(loss: Loss) -> None:
    assert callable(oracle(loss.id))


@each_case(pooled=False)
def test_items_of_the_whole_grid_agree(case: Case) -> None:
    arrays = nasty(case)
    found = run(case, arrays, reduction="none").value.ravel()
    compare(case, found, exact_items(case, arrays), arrays[0])


@each_case(pooled=False)
def test_items_agree_alone(case: Case) -> None:
    """An item alone in its block takes other paths than one beside a logit of 1e150."""
    step = 1 if case.form.layout == "row" else 7
    some = [array[::step] for array in nasty(case)]
    found = [
        run(case, [array[at : at + 1] for array in some], reduction="none").value.ravel()
        for at in range(len(some[0]))
    ]
    compare(case, np.concatenate(found).tolist(), exact_items(case, some), some[0])


@each_case(pooled=True)
def test_samples_agree(case: Case) -> None:
    """Every item of the grid as a sample of its own."""
    arrays = nasty(case)
    options: dict[str, Any] = {"class_axis": 1} if case.form.layout == "row" else {}
    samples = [array[..., None] for array in arrays]
    found = run(case, samples, reduction="none", pooling="sample", **options).value
    alone = [[array[at : at + 1] for array in arrays] for at in range(len(arrays[0]))]
    compare(case, found, [exact_pool(case, one) for one in alone], arrays[0])


@each_case(pooled=True)
def test_one_pool_of_much_of_the_grid_agrees(case: Case) -> None:
    some = [array[::5] for array in nasty(case)]
    compare(case, [run(case, some).value], [exact_pool(case, some)], some[0])
