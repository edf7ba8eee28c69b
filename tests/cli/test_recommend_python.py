"""`lossctl.recommend` answers what `lossctl recommend --format json` prints, by the same names."""

import inspect
import json
import re
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import lossctl
from lossctl.core import notebook
from lossctl.recommender.questions import QUESTIONS
from tests.cli.recommending import data, scored
from tests.cli.run import SAMPLES, Answer

CALLS: dict[str, dict[str, Any]] = {
    "answers": {"task": "classification", "classes": "multiclass", "metric": "macro-f1"},
    "a task that follows": {"metric": "rmse", "outliers": "some"},
    "a number": {"goal": "quantile", "quantile": 0.95, "outliers": "none"},
    "unknown": {"task": "segmentation", "object_size": "unknown", "no_input": True},
    "a recipe": {"task": "detection", "part": "both", "constraints": "multiple"},
    "files": {"targets": SAMPLES / "imbalanced/targets.npy",
              "predictions": str(SAMPLES / "imbalanced/preds.npy"), "metric": "f1"},
    "masks": {"targets": SAMPLES / "segmentation/targets.npy", "no_input": True},
}  # fmt: skip


def options(call: dict[str, Any]) -> list[str]:
    """Write the keywords of a call as the shell does."""
    words = []
    for name, value in call.items():
        words += ["--" + name.replace("_", "-"), *([] if value is True else [str(value)])]
    return words


@pytest.mark.parametrize("name", CALLS)
def test_both_doors_answer_the_same(name: str, advise: Answer, tmp_path: Path) -> None:
    call = CALLS[name]
    found = lossctl.recommend(**call)
    assert json.loads(json.dumps(found.to_dict())) == data(advise(*options(call), "-f", "json"))
    path = tmp_path / "config.yaml"
    found.write(path)
    assert advise(*options(call), "--write", tmp_path / "shell.yaml").code == 0
    assert (tmp_path / "shell.yaml").read_text() == path.read_text() == found.config(tmp_path)


def test_answers_may_be_a_mapping_or_a_file(advise: Answer, tmp_path: Path) -> None:
    given = {"task": "segmentation", "object-size": "tiny"}
    file = tmp_path / "answers.yaml"
    file.write_text("task: segmentation\nobject-size: tiny\n")
    found = lossctl.recommend(answers=given, kind="semantic")
    assert found.to_dict() == lossctl.recommend(answers=file, kind="semantic").to_dict()
    assert found.to_dict() == lossctl.recommend(answers=found.to_dict()).to_dict()
    assert found.to_dict() == data(advise("--answers", file, "--kind", "semantic", "-f", "json"))


def arrays(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    return tuple(map(np.load, scored(folder)))  # type: ignore[return-value]


@pytest.mark.parametrize(
    "kind", [list, pd.Series, lambda a: pd.DataFrame({"a": a})["a"], np.asfortranarray]
)
def test_arrays_are_measured_as_files_are(kind: Any, tmp_path: Path) -> None:
    y, p = scored(tmp_path)
    from_files = lossctl.recommend(targets=y, predictions=p, metric="f1").to_dict()
    labels, logits = arrays(tmp_path)
    for targets, predictions in ((kind(labels), kind(logits)), (y, kind(logits))):
        found = lossctl.recommend(targets=targets, predictions=predictions, metric="f1")
        here = found.to_dict()
        for key in from_files.keys() - {"command", "recommend_command"}:
            assert here[key] == from_files[key]
    assert shlex.split(here["command"])[2:4] == ["PREDICTIONS", str(y)]
    assert str(y) in here["recommend_command"]
    alone = lossctl.recommend(targets=kind(labels), predictions=p, metric="f1")
    assert shlex.split(alone.command)[2:4] == [str(p), "TARGETS"]
    assert str(p) not in alone.recommend_command  # it would need the targets as well


def test_what_is_recommended_can_be_computed(tmp_path: Path) -> None:
    labels, logits = arrays(tmp_path)
    shares = 1 / (1 + np.exp(-logits))
    found = lossctl.recommend(targets=labels, predictions=shares, metric="log_loss")
    result = lossctl.compute(found.loss, shares, labels, **found.params, **found.options)
    expected = -np.mean(np.where(labels == 1, np.log(shares), np.log1p(-shares)))
    assert float(result) == pytest.approx(expected, rel=1e-9)


def test_it_shows_itself_in_a_line_and_in_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    found = lossctl.recommend(task="regression", metric="mae", outliers="some")
    assert repr(found) == "<Recommendation huber:delta=0.5: benchmark>"
    assert str(found).startswith("huber:delta=0.5 (measured on many data sets): ")
    assert "\n" not in str(found)
    monkeypatch.setattr(notebook, "find_spec", lambda _: None)  # without Jinja2 there is no page
    table = found._repr_html_()
    assert table.startswith("<table>")
    for words in ("huber:delta=0.5", found.leaf.because.partition("<")[0], found.command):
        assert words in table
    assert (found.loss, found.params, found.options) == ("huber", {"delta": 0.5}, {})
    assert "HuberLoss" in found.snippet("pytorch")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ({"task": "clasification"}, "task must be one of"),
        ({"tusk": "regression"}, "there is no question 'tusk'; did you mean task?"),
        ({"task": "regression", "classes": "binary"}, "classes is not asked for regression"),
        ({"goal": "mean", "quantile": 0.9}, "quantile is used only with goal quantile"),
        ({"task": "regression", "quantile": 2}, "quantile must be a number between 0 and 1"),
        ({"predictions": [1.0]}, "predictions needs targets"),
        ({"task": "detection"}, "give part (both|classes|boxes); no_input treats the others"),
        ({}, "more answers are needed: give task (classification|"),
        ({"answers": 3}, "expected answers such as"),
    ],
)
def test_errors_name_the_keyword(call: dict[str, Any], message: str) -> None:
    with pytest.raises(lossctl.UsageError) as caught:
        lossctl.recommend(**call)
    assert message in str(caught.value)
    assert "--" not in str(caught.value)


def test_snippets_and_files_have_errors_of_their_own(tmp_path: Path) -> None:
    found = lossctl.recommend(task="segmentation", object_size="tiny")
    with pytest.raises(lossctl.UsageError, match="snippet lightgbm: no code for tversky"):
        found.snippet("lightgbm")
    found.write(tmp_path / "c.yaml")
    with pytest.raises(lossctl.UsageError, match="already exists; force overwrites it"):
        found.write(tmp_path / "c.yaml")
    found.write(tmp_path / "c.yaml", force=True)
    with pytest.raises(lossctl.DataError, match="classification needs labels"):
        lossctl.recommend(task="classification", targets=[0.5, 1.5])


def test_what_is_measured_is_never_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    labels = arrays(tmp_path)[0]
    np.save("targets_as_0_and_1.npy", labels + 1)
    found = lossctl.recommend(targets="targets_as_0_and_1.npy", predictions="p.npy", metric="f1")
    for path in ("c.yaml", "targets_as_0_and_1.npy", "p.npy"):
        with pytest.raises(lossctl.UsageError, match="would overwrite the"):
            found.write(path, force=True)
    assert np.array_equal(np.load("targets_as_0_and_1.npy"), labels + 1)
    assert not Path("c.yaml").exists()


def test_help_names_every_keyword() -> None:
    text = inspect.getdoc(lossctl.recommend)
    assert text is not None
    for name, question in QUESTIONS.items():
        assert re.search(rf"^ +{name}\n +{re.escape(question.ask)}", text, re.MULTILINE), name
    assert "{" not in text
