"""Values that a few items make huge say so; ordinary ones say nothing."""

from math import exp
from pathlib import Path

import numpy as np
import pytest

import lossctl
from tests.cli.run import lossctl as shell

P, T = [1.0, 3.0, 2.0], [0.0, 2.0, 2.0]


@pytest.mark.parametrize(("percent", "factor"), [(False, 1.0), (True, 100.0)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_a_target_of_zero_is_said_to_make_mape(
    dtype: str, reduction: str, factor: float, *, percent: bool
) -> None:
    arrays = np.array(P, dtype), np.array(T, dtype)
    found = lossctl.compute("mape", *arrays, percent=percent, reduction=reduction)
    items = factor * np.array([2.0**52, 0.5, 0.0])  # 1/ε, ½ and 0
    wanted = items if reduction == "none" else getattr(items, reduction)()
    np.testing.assert_allclose(found.value, wanted, rtol=1e-6)
    (note,) = found.notes
    assert note.startswith("1 item has an error of a million times the target or more")
    assert "1 with |t| below epsilon = 2.22045e-16" in note


def test_targets_near_zero_are_counted_where_they_count() -> None:
    targets = np.array([1e-9, 1e-9, 1.0, 0.0])
    predictions = np.array([1.0, 1.0, 1.0, 0.0])
    (note,) = lossctl.compute("mape", predictions, targets).notes
    assert note.startswith("2 items have errors of a million times")
    assert "epsilon" not in note
    weights = np.array([0.0, 1.0, 1.0, 1.0])
    notes = lossctl.compute("mape", predictions, targets, weights=weights).notes
    assert any(text.startswith("1 item has an error of a million") for text in notes)


@pytest.mark.parametrize("percent", [False, True])
def test_an_ordinary_mape_has_no_note(*, percent: bool) -> None:
    targets = np.array([0.0, 1e-3, 5.0])
    assert not lossctl.compute("mape", [0.0, 1.0, 4.0], targets, percent=percent).notes


def test_the_shell_and_run_say_so(tmp_path: Path) -> None:
    np.save(tmp_path / "p.npy", P)
    np.save(tmp_path / "t.npy", T)
    done = shell("compute", "p.npy", "t.npy", "-l", "mape", cwd=tmp_path)
    assert "below epsilon" in done.out + done.err
    data = {"predictions": P, "targets": T}
    (ran,) = lossctl.run({"version": 1, "data": data, "supervised": [{"loss": "mape"}]})
    assert any("below epsilon" in note for note in ran.components[0].notes)


@pytest.mark.parametrize(
    ("lead", "said"),
    [(40.0, "e^40,"), (1e5, "predictions; shown as e^700: ")],
)
def test_a_huge_perplexity_says_what_makes_it(lead: float, said: str) -> None:
    """Two classes, the wrong one ahead by `lead`: the loss is `lead` but for e^−lead."""
    logits = np.array([[lead, 0.0], [lead, 0.0]])
    found = lossctl.compute("cross_entropy", logits, [1, 1], input="logits", context=True)
    assert found.context["perplexity"] == pytest.approx(exp(min(lead, 700.0)))
    (note,) = found.notes
    assert said in note
    alone = lossctl.compute("cross_entropy", logits, [1, 1], input="logits", context=False)
    assert not alone.notes


@pytest.mark.parametrize("lead", [2.0, 5.0, 13.0])
def test_an_ordinary_perplexity_has_no_note(lead: float) -> None:
    logits = np.array([[lead, 0.0], [lead, 0.0]])
    assert not lossctl.compute("cross_entropy", logits, [1, 1], context=True).notes


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("loss", ["bce", "focal:gamma=0,alpha=null"])
def test_an_epsilon_that_does_not_show_beside_1_clips_both_ends(loss: str, dtype: str) -> None:
    sure, wrong = np.array([0.0, 1.0], dtype), np.array([1.0, 0.0], dtype)
    found = lossctl.compute((loss, {"epsilon": exp(-60.0)}), sure, wrong, reduction="none",
                            input="probabilities")  # fmt: skip
    np.testing.assert_allclose(found.value, [60.0, 60.0], rtol=1e-6)
    assert "2 items have a probability below epsilon" in found.notes[0]
