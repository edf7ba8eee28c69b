"""What compare says in words: verdicts, letters of several models, notes of the inputs."""

import itertools
import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from scipy import stats

import lossctl
from lossctl.report.comparisons import render
from lossctl.report.schema import schema
from lossctl.report.verdict_words import footnote, percent, sentence
from tests.cli.run import lossctl as shell

RNG = np.random.default_rng(17)
TRUTH = RNG.normal(size=1500)
SCALES = {"a": 1.0, "b": 1.02, "c": 0.8, "d": 0.82, "e": 1.3}
MODELS = {name: TRUTH + scale * RNG.normal(size=1500) for name, scale in SCALES.items()}


def holm_by_hand(p_values: list[float]) -> list[float]:
    order = np.argsort(p_values)
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for rank, place in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = largest
    return adjusted


@pytest.mark.parametrize("losses", [["mae"], ["mae", "mse"]])
def test_models_share_a_letter_unless_scipy_tells_them_apart(losses: list[str]) -> None:
    """Every pair by ``ttest_rel``, corrected for all pairs and losses at once."""
    answer = lossctl.compare(MODELS, targets=TRUTH, loss=losses)
    gap = {name: np.abs(model - TRUTH) for name, model in MODELS.items()}
    items = {"mae": gap, "mse": {name: size**2 for name, size in gap.items()}}
    pairs = [(loss, *pair) for loss in losses for pair in itertools.combinations(MODELS, 2)]
    p = [float(stats.ttest_rel(items[of][x], items[of][y]).pvalue) for of, x, y in pairs]
    for (loss, one, other), corrected in zip(pairs, holm_by_hand(p), strict=True):
        found = answer.letters[loss]
        shares = bool(set(found[one]) & set(found[other]))
        assert shares == (corrected > 0.05), (loss, one, other)
    for loss in losses:
        means = [items[loss][name].mean() for name in answer.letters[loss]]
        assert means == sorted(means), "the best model comes first"
        assert next(iter(answer.letters[loss].values()))[0] == "a"


def test_letters_in_every_format() -> None:
    answer = lossctl.compare(MODELS, targets=TRUTH, loss="mae")
    document = json.loads(render(answer, "json"))
    jsonschema.validate(document, schema("comparison"))
    assert document["letters"] == {"mae": dict(answer.letters["mae"])}
    for form in ("table", "markdown"):
        lines = render(answer, form).splitlines()
        assert lines[0].rstrip(" |").endswith("letters")
        for name, letters in answer.letters["mae"].items():
            (row,) = (
                line for line in lines if f"mae   {name} " in line or f"| mae | {name} |" in line
            )
            assert row.rstrip(" |").endswith(letters)
    assert "do not differ significantly (10 pairs, Holm)" in footnote(answer)


def test_two_models_have_none() -> None:
    answer = lossctl.compare(MODELS["a"], MODELS["c"], targets=TRUTH, loss="mae")
    assert answer.letters == {}
    assert "letters" not in render(answer, "json") + render(answer, "table")


def test_many_models_have_none() -> None:
    models = {f"m{n}": TRUTH + RNG.normal(size=1500) for n in range(13)}
    answer = lossctl.compare(models, targets=TRUTH, loss="mae")
    assert (len(answer.comparisons), answer.letters) == (12, {})


def test_letters_of_clusters_and_of_other_rows() -> None:
    clusters = np.arange(1500) // 10
    answer = lossctl.compare(MODELS, targets=TRUTH, loss="mae", cluster_by=clusters)
    assert set(answer.letters["mae"]) == set(MODELS)
    several = [TRUTH] * 5
    answer = lossctl.compare(MODELS, targets=several, loss="mae", unpaired=True)
    found = answer.letters["mae"]
    gap = {name: np.abs(model - TRUTH) for name, model in MODELS.items()}
    pairs = list(itertools.combinations(MODELS, 2))
    p = [float(stats.ttest_ind(gap[x], gap[y], equal_var=False).pvalue) for x, y in pairs]
    for (one, other), corrected in zip(pairs, holm_by_hand(p), strict=True):
        assert bool(set(found[one]) & set(found[other])) == (corrected > 0.05)


def test_sentences() -> None:
    old, new = np.full(400, 1.0), np.full(400, 1.0)
    new[:380] = RNG.normal(0.9, 0.01, 380)
    answer = lossctl.compare(old, new, targets=np.zeros(400), loss="mae", names=["old", "new"])
    (one,) = answer.comparisons
    low, high = (abs(100 * limit) for limit in reversed(one.interval))
    amount = f"{-100 * one.difference:.2f} % lower"
    interval = f"95 % interval: {low:.2f} % to {high:.1f} % lower"
    if high < 10:
        interval = f"95 % interval: {low:.2f} % to {high:.2f} % lower"
    assert sentence(one) == f"new is better than old: mae is {amount} ({interval})."
    worse = replace(one, verdict="worse", difference=0.5, interval=(0.25, 0.75))
    assert sentence(worse) == (
        "new is WORSE than old: mae is 50.0 % higher (95 % interval: 25.0 % to 75.0 % higher)."
    )
    within = replace(one, verdict="equivalent", difference=-0.001, interval=(-0.004, 0.002))
    assert sentence(replace(within, margin=0.01)) == (
        "new is equivalent to old: mae is 0.10 % lower (95 % interval: 0.40 % lower to 0.20 % "
        "higher), within 1.00 %."
    )
    undecided = replace(within, verdict="undecided", detectable=0.0043, rows_needed=3594)
    assert sentence(undecided) == (
        "new or old? Too few rows to tell: mae is 0.10 % lower (95 % interval: 0.40 % lower to "
        "0.20 % higher). 400 rows find differences from about 0.43 %; a difference of this size "
        "takes about 3,600 rows."
    )
    corrected = replace(undecided, interval=(-0.004, -0.001), p_value=0.03, p_adjusted=0.06)
    assert "Not sure after correction (p 0.0300 alone): mae is" in sentence(corrected)
    same = lossctl.compare(old, old, targets=np.zeros(400), loss="mae", names=["x", "y"])
    assert sentence(same.comparisons[0]) == "y and x are identical: mae is the same."
    zero = lossctl.compare(np.zeros(4), np.arange(4.0), targets=np.zeros(4), loss="mae")
    assert "is 1.5 higher (95 % interval: " in sentence(zero.comparisons[0])


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.1234, "+12.3 %"), (-0.0123, "−1.23 %"), (2.5, "+250 %"), (1.2e-7, "+1.2e-05 %"),
     (0.0, "+0.00 %")],
)  # fmt: skip
def test_percent(share: float, text: str) -> None:
    assert percent(share) == text


def test_notes_of_the_inputs_stand_on_standard_error(tmp_path: Path) -> None:
    """As compute has them: what is of all models once, what is of one with its name."""
    p = RNG.random(200)
    np.save(tmp_path / "p.npy", p)
    np.save(tmp_path / "z.npy", np.log(p / (1 - p)))
    np.save(tmp_path / "y.npy", (RNG.random(200) < p).astype(float))
    done = shell("compare", "p.npy", "z.npy", "--targets", "y.npy", "-l", "bce", cwd=tmp_path)
    assert "note: p: read as probabilities: every prediction lies in [0, 1]\n" in done.err
    assert "note: z: read as logits: " in done.err
    args = ("compare", "z.npy", "z.npy", "--names", "x,y", "--targets", "y.npy", "-l", "hinge")
    done = shell(*args, cwd=tmp_path)
    assert done.err.count("labels 0 and 1 are read as -1 and +1") == 1
    assert "note: labels 0 and 1 are read" in done.err
    assert shell(*args, "-f", "json", cwd=tmp_path).err == ""
