"""Law: a slice has the value of its rows alone, and the worst rows have the highest losses."""

import numpy as np
import pytest
from scipy import stats

from lossctl.api import compute
from lossctl.core.errors import UsageError
from tests.conformance.cases import Case, draw, each_case, run, with_measured

ROWS = 24
REGIONS = np.array(["north", "south", "east"])[np.arange(ROWS) % 3]


def sliced(case: Case, arrays: list[np.ndarray], **more: object):
    """Evaluate a case with slices; the parameters are those of the case."""
    params = {**case.params, **case.options, **more}
    return compute(case.loss, *arrays, **params)


@each_case("items", "pooled", defaults=True)
def test_a_slice_has_the_value_of_its_rows_alone(case: Case) -> None:
    case = with_measured(case)
    arrays = draw(case, ROWS)
    result = sliced(case, arrays, by={"region": REGIONS}, min_size=2)
    assert {one.name for one in result.slices} == set(REGIONS)
    for one in result.slices:
        rows = one.name == REGIONS
        alone = run(case, [array[rows] for array in arrays])
        # A row of several labels is summed by itself: another order of the same sum, to an ulp.
        wanted = pytest.approx(alone.value, rel=4e-16, abs=0.0) if case.has_labels else alone.value
        assert (one.value, one.n, one.by) == (wanted, rows.sum(), "region")


@each_case("items", defaults=True)
def test_the_difference_from_the_rest_is_by_welch(case: Case) -> None:
    if case.loss.counts or case.has_labels:
        pytest.skip("the losses of items are not the contributions of rows")
    case = with_measured(case)
    arrays = draw(case, ROWS)
    losses = run(case, arrays, reduction="none").value
    value = run(case, arrays).value
    if not np.isclose(losses.mean(), value, rtol=1e-12):
        pytest.skip("the mean is weighted")
    for one in sliced(case, arrays, by={"region": REGIONS}, min_size=2).slices:
        own, rest = losses[one.name == REGIONS], losses[one.name != REGIONS]
        wanted = stats.ttest_ind(own, rest, equal_var=False)
        np.testing.assert_allclose(one.difference, own.mean() - rest.mean(), rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(one.p_value, wanted.pvalue, rtol=1e-8)


@each_case("items", brief=True)
def test_the_worst_rows_have_the_highest_losses(case: Case) -> None:
    case = with_measured(case)
    arrays = draw(case, ROWS)
    losses = run(case, arrays, reduction="none").value
    by_row = losses.reshape(ROWS, -1).mean(axis=1)
    found = sliced(case, arrays, worst=5).worst
    if case.loss.counts or case.encoding == "soft":
        pytest.skip("rows weigh differently")
    np.testing.assert_allclose([one.value for one in found], np.sort(by_row)[::-1][:5])
    assert [one.index for one in found][:1] == [int(np.argmax(by_row))]


@each_case("lists", "set", "batch", brief=True)
def test_one_group_has_no_slices(case: Case) -> None:
    with pytest.raises(UsageError, match="no slices"):
        sliced(case, draw(case, ROWS), worst=3)
