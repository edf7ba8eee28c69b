"""Agreement of pairs: its moments over all pairings, and what is found from it."""

from itertools import permutations

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import log_loss, roc_auc_score

from lossctl.diagnostics.agreement import Pairs, class_pairs, label_pairs, relation, value_pairs
from lossctl.diagnostics.agreement_scores import log_odds, log_probabilities, ranks
from lossctl.diagnostics.class_matching import area, find_inversion, find_matching
from lossctl.diagnostics.row_shifts import find_shift, highest_sum
from tests.checks.models import classes, labels

RNG = np.random.default_rng(5)


def all_pairings(pairs: Pairs) -> np.ndarray:
    """Mean agreement under each of the n! pairings."""
    every = np.arange(pairs.n)
    orders = permutations(range(pairs.n))
    return np.array([pairs.agreements(every, np.array(order)).mean() for order in orders])


@pytest.mark.parametrize(
    "pairs",
    [
        class_pairs(
            log_probabilities(RNG.normal(size=(6, 3)), from_logits=True), RNG.integers(0, 3, 6)
        ),
        label_pairs(RNG.normal(size=6), RNG.integers(0, 2, 6)),
        label_pairs(RNG.normal(size=(6, 4)), RNG.integers(0, 2, (6, 4))),
        label_pairs(RNG.normal(size=(6, 5, 5)), RNG.integers(0, 2, (6, 5, 5))),
        value_pairs(RNG.normal(size=6), RNG.normal(size=6)),
        value_pairs(RNG.normal(size=(6, 3, 4)), RNG.normal(size=(6, 3, 4))),
        class_pairs(
            log_probabilities(RNG.normal(size=(6, 4, 3)), from_logits=True),
            RNG.integers(-1, 3, (6, 4)),
        ),
    ],
    ids=["classes", "labels", "multilabel", "masks", "values", "fields", "maps"],
)
def test_moments_are_those_of_all_pairings(pairs: Pairs) -> None:
    means = all_pairings(pairs)
    mean, deviation = pairs.permuted()
    assert mean == pytest.approx(means.mean(), abs=1e-12)
    assert deviation == pytest.approx(means.std(), rel=1e-9)


def test_agreement_is_the_log_loss_but_for_a_term_of_the_prediction() -> None:
    model = classes(np.random.default_rng(1), (50,), 4, 2.0)
    pairs = class_pairs(log_probabilities(model.logits, from_logits=True), model.labels)
    assert -pairs.as_paired().mean() == pytest.approx(
        log_loss(model.labels, model.probabilities, labels=range(4))
    )
    model = labels(np.random.default_rng(1), (50,), 2.0, 0.0)
    pairs = label_pairs(log_odds(model.probabilities, from_logits=False), model.labels)
    softplus = np.logaddexp(0.0, model.logits)
    assert (softplus - pairs.as_paired()).mean() == pytest.approx(
        log_loss(model.labels, model.probabilities)
    )


def test_a_right_model_is_as_far_from_chance_as_it_expects() -> None:
    model = labels(np.random.default_rng(2), (20_000,), 2.0, -1.0)
    seen = relation(label_pairs(model.logits, model.labels))
    assert seen.expected is not None
    assert seen.seen == pytest.approx(seen.expected, abs=4.0)


@pytest.mark.parametrize("values", [[3.0, 1.0, 2.0], [1.0, 1.0, 2.0, 2.0, 0.0]])
def test_ranks_are_those_of_scipy(values: list[float]) -> None:
    expected = (stats.rankdata(values) - 0.5) / len(values) - 0.5
    np.testing.assert_allclose(ranks(np.array(values)), expected)


def test_the_area_is_that_of_scikit_learn() -> None:
    scores = np.round(RNG.normal(size=200), 1)
    positive = RNG.random(200) < 0.3
    assert area(scores, positive) == pytest.approx(roc_auc_score(positive, scores))


def test_a_matching_names_the_column_of_each_class() -> None:
    model = classes(np.random.default_rng(3), (900,), 4, 4.0)
    order = np.array([2, 0, 3, 1])
    pairs = class_pairs(log_probabilities(model.logits[:, order], from_logits=True), model.labels)
    found = find_matching(pairs)
    assert found is not None
    assert list(order[list(found.columns)]) == [0, 1, 2, 3]


def test_a_prior_of_other_data_is_no_inversion() -> None:
    # Scores around 0 for labels that are rarely 1: 1 − p has the lower loss, and the same order.
    model = labels(np.random.default_rng(4), (2000,), 0.3, -3.0)
    assert find_inversion(label_pairs(model.logits + 4.0, model.labels)) is None


def test_the_stretch_of_the_highest_sum() -> None:
    values = np.array([-1.0, 2.0, -0.5, 3.0, -4.0, 1.0])
    assert highest_sum(values) == (4.5, 1, 4)
    assert highest_sum(values[:0]) == (0.0, 0, 0)


@pytest.mark.parametrize("lag", [-16, -1, 1, 5])
def test_a_shift_says_which_target_is_whose(lag: int) -> None:
    model = labels(np.random.default_rng(6), (1000,), 3.0, 0.0)
    found = find_shift(label_pairs(np.roll(model.logits, -lag), model.labels))
    assert found is not None
    assert (found.lag, found.is_whole) == (lag, True)


def test_runs_of_a_sample_are_not_compared_across_their_gaps() -> None:
    model = labels(np.random.default_rng(6), (600,), 3.0, 0.0)
    rows = np.concatenate([np.arange(300), np.arange(5000, 5300)])
    found = find_shift(label_pairs(np.roll(model.logits, -1), model.labels, rows))
    assert found is not None
    assert found.stop == 5300
    alone = rows * 100
    assert find_shift(label_pairs(np.roll(model.logits, -1), model.labels, alone)) is None
