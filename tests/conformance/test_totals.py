"""Law: the total of a loss that stores no items has the bits of the sum of its items."""

import numpy as np
import pytest

from lossctl.engine.reduce import statistics
from lossctl.kernels.numeric import primitives
from lossctl.losses import catalogue
from tests.conformance.cases import Case, draw, each_case, run, with_measured

ROWS = 1203  # sums of 512 numbers, and a rest
MEANS = {"mse", "mae", "rmse", "huber", "smooth_l1", "bce_with_logits"}
OVERLAPS = {"dice", "jaccard", "tversky", "focal_tversky"}


@each_case("items", "pooled")
def test_a_total_has_the_bits_of_the_sum_of_items(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    if all(form.totals is None for form in case.loss.forms):
        pytest.skip("it has no total of its own")
    case = with_measured(case)
    arrays = draw(case, ROWS)
    turned = [np.asfortranarray(array) for array in arrays]
    found = [run(case, given).value for given in (arrays, turned)]
    monkeypatch.setattr(statistics, "_totals_alone", lambda *_: None)
    assert found == [run(case, given).value for given in (arrays, turned)]


def test_which_losses_have_totals() -> None:
    found = {loss.id for loss in catalogue.every_loss() if any(form.totals for form in loss.forms)}
    by_loops = set() if primitives.NATIVE is None else OVERLAPS
    assert found == MEANS | by_loops | {"cross_entropy", "focal"}


@pytest.mark.parametrize("loss", sorted(MEANS))
def test_totals_are_used(loss: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the law would hold items against themselves."""
    made, taken = catalogue.get(loss).forms[0], []
    totals = statistics._totals_alone
    monkeypatch.setattr(
        statistics, "_totals_alone", lambda *given: taken.append(totals(*given)) or taken[-1]
    )
    assert made.totals is not None
    from lossctl.api import compute

    value = compute(loss, np.array([0.5, -2.0, 3.0]), np.array([1.0, 0.0, 1.0])).value
    assert taken[-1] is not None
    assert np.isfinite(value)
