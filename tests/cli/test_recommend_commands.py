"""Every command that `lossctl recommend` prints runs, and reads the files as they are meant."""

import math
import shlex
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lossctl.core.spelling import at_door
from lossctl.recommender.decision_tree import load_tree
from lossctl.recommender.fit_loss import unreadable
from lossctl.recommender.invocation import required_inputs
from lossctl.recommender.recommend import recommend
from lossctl.recommender.recommendation import Recommendation
from tests.cli.recommending import data
from tests.cli.run import Answer
from tests.recommender.files import PREPARED, READ_AS_THEY_ARE, Array, binary, sigmoid, two

FILES = {"predictions": "p.npy", "targets": "y.npy"}


def recommendations() -> Iterator[Recommendation]:
    """Yield what is recommended for the files after each answer to each question."""
    asked = {**FILES, "no_input": True}
    task = recommend(**asked).path.answers["task"]
    branch, seen = load_tree().branches[task], set()
    answers = [{question: each} for question in branch.ask for each in branch.allowed[question]]
    for each in [*answers, *of_models(task)]:
        found = recommend(**asked, task=task, **each)
        if found.command not in seen:
            seen.add(found.command)
            yield found


@cache
def of_models(task: str) -> list[dict[str, str]]:
    """Return metrics and models whose leaf is not that of the metric alone."""
    branch = load_tree().branches[task]
    pairs = product(branch.allowed["metric"], branch.allowed.get("model", ()))
    every = [{"metric": metric, "model": model} for metric, model in pairs]

    def leaf(**said: str) -> str:
        return recommend(task=task, no_input=True, **said).leaf.id

    return [one for one in every if leaf(**one) != leaf(metric=one["metric"])]


def value(answer: Answer, *words: str) -> float:
    done = answer(*words, "--value-only")
    assert done.code == 0, f"{shlex.join(words)}: {done.err}"
    return float(done.out)


def runs(found: Recommendation, answer: Answer) -> bool:
    """Run the command and the configuration, unless they wait for a file that nobody named."""
    missing = [name for name in required_inputs(found.loss) if name not in found.files]
    if missing:
        explained = unreadable(found.loss, found.measured)
        assert all(name not in FILES or name in explained for name in missing), found.command
        assert set(explained.values()) <= set(found.measured.notes)
        assert list(found.placeholders) == missing
        assert f"# Save {', '.join(found.placeholders.values())} before it runs" in found.config()
        return False
    assert not found.placeholders
    words = shlex.split(found.command)
    assert words[0] == "lossctl"
    found.write("c.yaml", force=True)
    assert value(answer, *words[1:]) == pytest.approx(value(answer, "run", "c.yaml"), rel=1e-12)
    return True


@pytest.mark.parametrize("name", READ_AS_THEY_ARE)
def test_commands_run(name: str, answer: Answer) -> None:
    targets, predictions = READ_AS_THEY_ARE[name]()
    np.save("y.npy", targets)
    np.save("p.npy", predictions)
    ran = [runs(found, answer) for found in recommendations()]
    assert any(ran)


@pytest.mark.parametrize("name", PREPARED)
def test_commands_run_after_what_they_need_is_saved(name: str, answer: Answer) -> None:
    arrays = dict(zip(("targets", "predictions"), PREPARED[name](), strict=True))
    np.save("y.npy", arrays["targets"])
    np.save("p.npy", arrays["predictions"])
    ran, prepared = [], []
    for found in recommendations():
        ran.append(runs(found, answer))
        for one in found.prepare:
            prepared.append(one)
            assert any(f"save {one.expression} as {one.file}" in x for x in found.measured.notes)
            said = eval(one.expression, {"np": np, **arrays})  # noqa: S307 - what the note says
            assert np.array_equal(said, one.apply(arrays[one.input]))
            assert not ran[-1] or np.array_equal(said, np.load(one.file))
    assert any(ran)
    assert prepared


def test_a_configuration_runs_once_what_it_names_is_saved(answer: Answer) -> None:
    targets, means = np.array([1.0, 2.0, 4.0]), np.array([1.5, 2.0, 3.0])
    np.save("y.npy", targets)
    np.save("p.npy", means)
    asked = ("--targets", "y.npy", "--predictions", "p.npy", "--metric", "nll", "--no-input")
    written = answer("recommend", *asked, "--write", "c.yaml")
    assert "wrote c.yaml; save variance.npy, then run it with lossctl run c.yaml" in written.err
    assert "there is no file variance.npy" in answer("run", "c.yaml").err
    np.save("variance.npy", np.full(3, 2.0))
    by_hand = float(np.mean((targets - means) ** 2 / 4 + math.log(2) / 2))
    assert value(answer, "run", "c.yaml") == pytest.approx(by_hand, rel=1e-12)


def test_values_below_0_are_not_read_as_logarithms(answer: Answer) -> None:
    targets, predictions = READ_AS_THEY_ARE["counts and values below 0"]()
    np.save("y.npy", targets)
    np.save("p.npy", predictions)
    found = recommend(**FILES, metric="poisson_deviance", no_input=True)
    assert found.params == {"log_input": False}
    assert found.command.startswith("lossctl compute PREDICTIONS y.npy")
    assert any("train with a log link" in note for note in found.measured.notes)


def test_only_what_no_loss_reads_is_prepared(answer: Answer) -> None:
    """Of files that are read as they are, nothing is saved anew but for a loss of other labels."""
    for name, make in READ_AS_THEY_ARE.items():
        targets, predictions = make()
        found = recommend(targets=targets, predictions=predictions, no_input=True)
        assert found.prepare == [], name


def saved(targets: Array, predictions: Array, form: str, folder: Path) -> dict[str, str]:
    """Save both as columns of one table; return how they are named."""
    columns = {"y": targets} if targets.ndim == 1 else {
        f"y_{at}": column for at, column in enumerate(targets.T)}  # fmt: skip
    columns |= {"p": predictions} if predictions.ndim == 1 else {
        f"p_{at}": column for at, column in enumerate(predictions.T)}  # fmt: skip
    frame = pd.DataFrame(columns)
    path = folder / f"t.{form}"
    if form == "parquet":
        frame.to_parquet(path)
    else:
        frame.to_csv(path, index=False, sep="\t" if form == "tsv" else ",")
    places = ("y" if targets.ndim == 1 else "y_*", "p" if predictions.ndim == 1 else "p_*")
    return {"targets": f"{path.name}::{places[0]}", "predictions": f"{path.name}::{places[1]}"}


@pytest.mark.parametrize("form", ["csv", "tsv", "parquet"])
def test_columns_of_tables_are_read_as_arrays_are(
    form: str, answer: Answer, tmp_path: Path
) -> None:
    if form == "parquet":
        pytest.importorskip("pyarrow")
    flat = {name: make() for name, make in {**READ_AS_THEY_ARE, **PREPARED}.items()}
    flat = {name: pair for name, pair in flat.items() if all(a.ndim <= 2 for a in pair)}
    assert len(flat) > 15
    for name, (targets, predictions) in flat.items():
        places = saved(targets, predictions, form, tmp_path)
        metric = "rmse" if targets.dtype.kind == "f" and "label" not in name else "unknown"
        found = recommend(**places, metric=metric, no_input=True)
        assert not any(one.shape for one in found.prepare), name  # a column has no axis of one
        if runs(found, answer):
            np.save("y.npy", np.squeeze(targets))
            np.save("p.npy", np.squeeze(predictions))
            same = recommend(**FILES, metric=metric, no_input=True)
            same.write("c.yaml", force=True)
            assert str(same.choice) == str(found.choice), name
            assert value(answer, *shlex.split(same.command)[1:]) == pytest.approx(
                value(answer, *shlex.split(found.command)[1:]),
                rel=1e-7,  # text of float32
            ), name


def test_two_scores_and_one_are_the_same_loss(answer: Answer) -> None:
    """Class probabilities of two columns: the value is that of the one score they stand for."""
    labels, logits = binary()
    np.save("y.npy", labels)
    expected = float(np.mean(np.logaddexp(0, np.where(labels == 1, -logits, logits))))
    for scores in (logits, two(logits), np.stack([sigmoid(-logits), sigmoid(logits)], 1)):
        np.save("p.npy", scores)
        for said in ({}, {"classes": "binary"}, {"classes": "multiclass"}, {"metric": "log_loss"}):
            found = recommend(**FILES, no_input=True, **said)
            assert value(answer, *shlex.split(found.command)[1:]) == pytest.approx(expected, 1e-12)


def test_the_recommend_command_gives_the_same_answer(answer: Answer) -> None:
    for make in (*READ_AS_THEY_ARE.values(), *PREPARED.values()):
        targets, predictions = make()
        np.save("y.npy", targets)
        np.save("p.npy", predictions)
        with at_door("shell"):  # whose options the notes name then
            found = recommend(**FILES, no_input=True)
        words = shlex.split(found.recommend_command)
        again = data(answer(*words[1:], "-f", "json"))
        for name in ("command", "recommendation", "guide", "recommend_command", "notes"):
            assert again[name] == found.to_dict()[name]


@pytest.mark.parametrize(
    ("targets", "predictions", "why"),
    [
        (np.arange(60) % 3, np.arange(60) % 2, "one number per item for 3 classes"),
        (np.arange(60) % 2, np.zeros((60, 3, 5)), "do not match"),
        (np.arange(60) % 2, np.arange(60) % 2, "look like labels"),
    ],
)
def test_predictions_that_no_loss_reads_are_named(
    targets: Array, predictions: Array, why: str, answer: Answer
) -> None:
    np.save("y.npy", targets)
    np.save("p.npy", predictions)
    args = ("--targets", "y.npy", "--predictions", "p.npy", "--task", "classification")
    found = data(answer("recommend", *args, "--no-input", "-f", "json"))
    assert any(why in note for note in found["notes"])
    assert found["command"].startswith("lossctl compute PREDICTIONS y.npy")
