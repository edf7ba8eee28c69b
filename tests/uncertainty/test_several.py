"""Holm's correction and compact letters."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from lossctl.uncertainty.comparison import compared
from lossctl.uncertainty.several import holm, holm_comparisons, letters
from tests.uncertainty._pairs import compare_means

RNG = np.random.default_rng(7)


def test_holm_is_that_of_statsmodels() -> None:
    """Statsmodels 0.15: multipletests([.01, .04, .03, .005, .2, .04], method="holm")."""
    adjusted = holm([0.01, 0.04, 0.03, 0.005, 0.2, 0.04])
    assert adjusted == pytest.approx([0.05, 0.12, 0.12, 0.03, 0.2, 0.12], rel=1e-14)


def test_holm_rejects_what_stepping_down_rejects() -> None:
    """By the definition: reject in order while p ≤ level/(tests left)."""
    for _ in range(50):
        p_values = (RNG.random(6) ** 3).tolist()
        adjusted = holm(p_values)
        for level in (0.01, 0.05, 0.2):
            rejected = set()
            for rank, place in enumerate(np.argsort(p_values)):
                if p_values[place] > level / (6 - rank):
                    break
                rejected.add(place)
            assert {place for place in range(6) if adjusted[place] <= level} == rejected


def test_what_is_no_test_is_not_counted() -> None:
    assert holm([None, 0.02, None, 0.03]) == [None, 0.04, None, 0.04]
    assert holm([]) == []


def test_verdicts_follow_the_correction() -> None:
    baseline = RNG.normal(size=100)
    difference, *_ = compare_means(baseline, baseline + RNG.normal(size=100))
    verdicts = {}
    comparison = compared(difference, loss="mse", names=("old", "new"))
    several = [
        replace(comparison, model=name, p_value=p, p_adjusted=p, verdict=verdict)
        for name, p, verdict in [
            ("a", 0.001, "better"), ("b", 0.03, "worse"), ("c", 0.04, "better"),
            ("d", None, "equivalent"), ("e", 0.9, "equivalent"),
        ]
    ]  # fmt: skip
    answer = holm_comparisons(several)
    verdicts = {entry.model: entry.verdict for entry in answer}
    assert verdicts == {
        "a": "better", "b": "undecided", "c": "undecided", "d": "equivalent", "e": "equivalent",
    }  # fmt: skip
    assert [entry.p_adjusted for entry in answer] == pytest.approx([0.004, 0.09, 0.09, None, 0.9])


def test_letters_of_a_published_example() -> None:
    """Piepho (2004), the pattern of overlapping groups: neighbours alike, ends differ."""
    different = [("a", "c"), ("a", "d"), ("b", "d")]
    assert letters("abcd", different) == {"a": "a", "b": "ab", "c": "bc", "d": "c"}


def test_letters_of_all_or_none_that_differ() -> None:
    models = [f"m{i}" for i in range(30)]
    assert set(letters(models, []).values()) == {"a"}
    every = letters(models, list(itertools.combinations(models, 2)))
    assert every["m0"] == "a"
    assert every["m25"] == "z"
    assert every["m26"] == "aa"
    assert len(set(every.values())) == 30


@pytest.mark.parametrize("seed", range(20))
def test_models_share_a_letter_unless_they_differ(seed: int) -> None:
    random = np.random.default_rng(seed)
    models = list("pqrstuv")
    pairs = [pair for pair in itertools.combinations(models, 2) if random.random() < 0.4]
    display = letters(models, pairs)
    for pair in itertools.combinations(models, 2):
        shared = set(display[pair[0]]) & set(display[pair[1]])
        assert bool(shared) == (pair not in pairs)
    assert all(display.values())


def test_letters_after_z_are_two() -> None:
    """Of 60 models that all differ, each has a letter of its own: a to z, aa to az, ba to bh."""
    models = [f"m{number:02}" for number in range(60)]
    names = letters(models, list(itertools.combinations(models, 2)))
    alphabet = "abcdefghijklmnopqrstuvwxyz"
    wanted = [*alphabet, *(f"a{one}" for one in alphabet), *(f"b{one}" for one in alphabet[:8])]
    assert sorted(names.values(), key=lambda name: (len(name), name)) == wanted
