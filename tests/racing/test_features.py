"""Races on features: models trained here, tables of columns, groups, time, what is left out."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

import lossctl
from lossctl.core.errors import DataError, UsageError
from lossctl.racing.candidates import candidate_of
from lossctl.racing.feature_table import Columns
from lossctl.racing.linear_model import DECAY

RNG = np.random.default_rng(11)
ROWS = 240
FEATURES = RNG.normal(size=(ROWS, 3))
LABELS = (FEATURES @ [1.5, -1.0, 0.0] + 0.8 * RNG.normal(size=ROWS) > 0.7).astype(np.int64)
of_fold = np.arange(ROWS) % 4


def test_a_linear_race_trains_what_scikit_learn_trains() -> None:
    race = lossctl.race(
        features=FEATURES, targets=LABELS, metric="log_loss", folds=of_fold, steps=False,
        loss=["bce_with_logits", "brier"],
    )  # fmt: skip
    found = next(one for one in race.candidates if one.candidate == "bce_with_logits")
    wanted = []
    for fold in range(4):
        fit, judged = of_fold != fold, of_fold == fold
        scaled = (FEATURES - FEATURES[fit].mean(axis=0)) / FEATURES[fit].std(axis=0)
        model = LogisticRegression(C=1 / (DECAY * fit.sum())).fit(scaled[fit], LABELS[fit])
        wanted.append(log_loss(LABELS[judged], model.predict_proba(scaled[judged])))
    assert found.value == pytest.approx(np.mean(wanted), rel=0.05)  # it stops early, on held rows
    assert race.trained == "linear"
    assert race.losses["bce_with_logits"] == "bce_with_logits"


def test_scores_of_models_trained_here_are_logits_wherever_they_lie() -> None:
    rng = np.random.default_rng(3)
    noise, labels = rng.normal(size=(600, 2)), np.repeat([1, 0], [372, 228])
    rng.shuffle(labels)  # all logits lie near log(.62 / .38), within 0 and 1
    race = lossctl.race(
        features=noise, targets=labels, metric="accuracy", steps=False,
        loss=["bce_with_logits", "hinge"],
    )  # fmt: skip
    values = {one.candidate: one.value for one in race.candidates}
    assert values["bce_with_logits"] == pytest.approx(0.62, abs=0.03)
    assert not race.failures


def test_a_network_learns_what_a_linear_model_cannot() -> None:
    labels = (FEATURES[:, 0] * FEATURES[:, 1] > 0).astype(int)
    words = {"features": FEATURES, "targets": labels, "metric": "accuracy", "steps": False}
    words["folds"] = np.arange(ROWS) % 2
    losses = ["bce_with_logits", "focal"]
    linear = lossctl.race(**words, loss=losses)
    network = lossctl.race(**words, loss=losses, model="network")
    assert linear.winner.value < 0.65
    assert network.winner.value > 0.8
    again = lossctl.race(**words, loss=losses, model="network")
    assert again.to_dict() == network.to_dict()


def test_the_losses_are_those_of_the_recommendation() -> None:
    targets = FEATURES @ [1.0, 2.0, 3.0] + RNG.standard_t(2, size=ROWS)
    race = lossctl.race(features=FEATURES, targets=targets, metric="mae")
    advice = lossctl.recommend(targets=targets, metric="mae", model="linear", no_input=True)
    named = {"mse", advice.spec, *(choice.spec for choice, _ in advice.alternatives)}
    assert named <= set(race.losses.values())
    assert next(iter(race.losses)) == "mse"


def test_a_quantile_is_won_by_the_quantile_loss() -> None:
    targets = FEATURES @ [1.0, 2.0, 3.0] + RNG.gumbel(size=ROWS)
    race = lossctl.race(
        features=FEATURES, targets=targets, metric="pinball:q=0.9", steps=False,
        loss=["mse", "quantile:q=0.9"],
    )  # fmt: skip
    assert race.winner.candidate == "quantile:q=0.9"
    assert {one.candidate: one.verdict for one in race.candidates}["mse"] == "worse"


def test_counts_get_their_link() -> None:
    counts = RNG.poisson(np.exp(0.8 * FEATURES[:, 0]))
    race = lossctl.race(
        features=FEATURES, targets=counts, metric="poisson_deviance",
        loss=["mse", "poisson_nll", "tweedie_deviance:power=1.5"],
    )  # fmt: skip
    assert race.winner.candidate != "mse"
    assert not race.failures


def test_what_a_model_of_one_output_cannot_be_trained_with_is_named() -> None:
    race = lossctl.race(
        features=FEATURES, targets=FEATURES[:, 0] ** 2, metric="mae",
        loss=["mse", "mae", "gaussian_nll"],
    )  # fmt: skip
    assert "variance" in race.failures["gaussian_nll"]
    with pytest.raises(ValueError, match="score per row, and there are 3"):
        candidate_of("hinge", 3)


def test_three_classes() -> None:
    labels = np.digitize(FEATURES[:, 0], [-0.5, 0.5])
    race = lossctl.race(
        features=FEATURES, targets=np.array(["a", "b", "c"])[labels], metric="balanced_accuracy"
    )
    assert race.winner.value > 0.8
    assert {"cross_entropy", "logit_adjusted_cross_entropy:tau=1"} <= set(race.losses)


def test_columns_of_a_table(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {
            "row": np.arange(ROWS),
            "age": np.where(np.arange(ROWS) % 7 == 0, np.nan, FEATURES[:, 0]),
            "city": np.array(["Rome", "Oslo", "Bern"])[np.arange(ROWS) % 3],
            "name": [f"n{at}" for at in range(ROWS)],
            "same": 1.0,
            "label": np.array(["no", "yes"])[LABELS],
        }
    )
    file = tmp_path / "t.csv"
    table.to_csv(file, index=False)
    race = lossctl.race(
        features=str(file), targets=f"{file}::label", metric="accuracy",
        loss=["bce_with_logits", "brier"],
    )  # fmt: skip
    (note,) = [note for note in race.notes if note.startswith("features left out")]
    for said in ("row (the number of the row)", "name (240 different texts)", "same (one value)"):
        assert said in note
    assert "label" not in note
    (gaps,) = [note for note in race.notes if note.startswith("features with gaps, filled")]
    assert gaps.endswith(": age (35 of 240 rows)")  # rows 0, 7, …, 238
    assert 0.6 < race.winner.value < 0.9  # the target itself was no feature


def test_columns_of_a_file_keep_their_names(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    first = np.where(np.arange(ROWS) == 3, np.nan, FEATURES[:, 0])
    table = pd.DataFrame({"age": first, "size": FEATURES[:, 1], "y": LABELS})
    table.to_csv(file, index=False)
    race = lossctl.race(features=f"{file}::age,size", targets=f"{file}::y", metric="accuracy")
    assert any(note.endswith(": age (1 of 240 rows)") for note in race.notes)


def test_a_candidate_with_a_gap_is_told_its_row() -> None:
    predictions = FEATURES @ [1.5, -1.0, 0.0]
    holed = np.where(np.arange(ROWS) == 5, np.nan, predictions)
    race = lossctl.race(
        {"whole": predictions, "holed": holed}, targets=predictions + 0.1, metric="mae"
    )
    assert "NaN in row 5" in race.failures["holed"]


def test_standardised_columns_see_only_their_rows() -> None:
    values = np.array([1.0, 3.0, np.nan, 100.0])
    found = Columns([("a", values), ("b", np.array(["x", "y", "x", "y"]))])
    matrix = found.standardised(np.array([0, 1]))
    assert matrix[:2, 0] == pytest.approx([-1.0, 1.0])
    assert matrix[2, 0] == pytest.approx(0.0)  # a gap is the mean
    assert matrix[3, 0] == pytest.approx(98.0)
    assert found.standardised(np.array([0, 2])).shape[1] == 1  # only the gap varies there


@pytest.mark.parametrize(
    ("more", "error", "said"),
    [
        ({"loss": ["mse"]}, UsageError, "two losses"),
        ({"model": "forest"}, UsageError, "linear or network"),
        ({"features": np.ones((ROWS, 2))}, DataError, "no column can be used"),
        ({"features": FEATURES[:9]}, DataError, "there are 240 rows"),
        ({"loss": ["msee", "mae"]}, UsageError, "did you mean mse"),
    ],
)
def test_what_cannot_be_trained(more: dict[str, object], error: type[Exception], said: str) -> None:
    words = {"features": FEATURES, "targets": FEATURES[:, 0], "metric": "mae", **more}
    with pytest.raises(error, match=said):
        lossctl.race(**words)
