"""Where the formulas of logits and probabilities change: infinite logits, the edge of clipping."""

import math

import numpy as np
import pytest

from lossctl.api import compute, gradient
from lossctl.kernels.probability.logistic import (
    clipped_inverse,
    clipped_nll,
    expected_nll,
    nll_pair,
)

INF = math.inf
EPSILONS = (1e-10, 1e-7, 0.15, 2.0**-20)


def test_infinite_logits_are_certain() -> None:
    """Of a certain prediction only what the label says otherwise costs, and that without end."""
    logits = np.array([INF, INF, INF, -INF, -INF, -INF, 0.0])
    targets = np.array([1.0, 0.25, 0.0, 0.0, 0.25, 1.0, 0.25])
    with np.errstate(all="ignore"):
        found = expected_nll(targets, logits)
    assert found.tolist() == [0.0, INF, INF, 0.0, INF, INF, math.log(2.0)]


@pytest.mark.parametrize("loss", ["bce_with_logits", "focal", "bce"])
@pytest.mark.parametrize("label", [0.0, 1.0])
def test_a_certain_and_right_prediction_costs_nothing(loss: str, label: float) -> None:
    logits = [INF if label else -INF, 0.0]
    found = compute(loss, logits, [label, 1.0], input="logits", reduction="none").value
    assert found[0] == 0.0
    wrong = compute(loss, logits, [1.0 - label, 1.0], input="logits", reduction="none").value
    assert wrong[0] == INF


def test_both_likelihoods_of_logits_on_each_side() -> None:
    logits = np.array([-800.0, -40.0, -1.0, 0.0, 1.0, 40.0, 800.0])
    positive, negative = nll_pair(logits)
    exact = [math.log1p(math.exp(-abs(z))) for z in logits]
    assert positive.tolist() == [max(-z, 0.0) + e for z, e in zip(logits, exact, strict=True)]
    assert negative.tolist() == positive[::-1].tolist()


@pytest.mark.parametrize("epsilon", EPSILONS)
def test_neighbours_of_clipping(epsilon: float) -> None:
    """Below ε the value is −log ε and the slope 0; at ε and above it both are those of −log p."""
    below, above = math.nextafter(epsilon, 0.0), math.nextafter(epsilon, 1.0)
    p = np.array([0.0, 0.5 * epsilon, below, epsilon, above, 2.0 * epsilon])
    with np.errstate(divide="ignore"):
        nll = clipped_nll(p, epsilon)
    wanted = [-math.log(max(x, epsilon)) for x in p]
    np.testing.assert_allclose(nll, wanted, rtol=2.0**-52)
    inverse = clipped_inverse(p, epsilon)
    assert inverse.tolist() == [0.0, 0.0, 0.0, *(1.0 / x for x in p[3:])]


@pytest.mark.parametrize("epsilon", EPSILONS)
@pytest.mark.parametrize("label", [0.0, 1.0])
def test_bce_counts_and_differentiates_as_it_clips(label: float, epsilon: float) -> None:
    """The complement 1 − p is clipped at ε as p is, and what is clipped is counted."""
    edge = epsilon if label else 1.0 - epsilon
    outside, inside = math.nextafter(edge, 1.0 - label), math.nextafter(edge, label)
    for p in (outside, edge, inside):
        of_label = p if label else 1.0 - p
        result = compute("bce", [p, 0.5], [label] * 2, epsilon=epsilon, reduction="none")
        slope = gradient("bce", [p, 0.5], [label] * 2, epsilon=epsilon, reduction="sum")
        clipped = of_label < epsilon
        wanted = -math.log(max(of_label, epsilon))
        assert result.value[0] == pytest.approx(wanted, rel=2.0**-50, abs=0.0)
        assert any("clipped" in note for note in result.notes) == clipped
        size = 0.0 if clipped else 1.0 / of_label
        assert slope["predictions"][0] == pytest.approx(-size if label else size, rel=2.0**-50)


@pytest.mark.parametrize("epsilon", EPSILONS)
def test_clipping_does_not_depend_on_the_company(epsilon: float) -> None:
    edge = 1.0 - epsilon
    near = [math.nextafter(edge, 0.0), edge, math.nextafter(edge, 1.0)]
    alone = [compute("bce", [p], [0.0], epsilon=epsilon).value for p in near]
    beside = compute("bce", [*near, 1.0], [0.0] * 4, epsilon=epsilon, reduction="none").value
    assert beside[:3].tolist() == alone
