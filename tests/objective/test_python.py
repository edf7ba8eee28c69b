"""A configuration as a dict is what the same file is, with arrays in the place of files."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

import lossctl
from lossctl.core import notebook
from lossctl.core.errors import UsageError
from tests.objective._logic import ROOT
from tests.objective.test_configurations import CONFIGS

P, T = np.array([0.1, 0.7, 0.4]), np.array([0.0, 1.0, 0.5])


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_a_dict_is_what_the_file_is(path: Path, monkeypatch) -> None:
    monkeypatch.chdir(ROOT / "configs")
    answers = lossctl.run(path.name)
    for answer, mapping in zip(answers, yaml.safe_load_all(path.read_text()), strict=True):
        (again,) = lossctl.run(mapping)
        first, second = answer.to_dict(), again.to_dict()
        assert {**second, "name": first["name"]} == first


@pytest.mark.parametrize(
    "make",
    [np.asarray, list, tuple, lambda array: array.astype("f4")],
    ids=["array", "list", "tuple", "float32"],
)
def test_arrays_stand_for_files(make, tmp_path: Path) -> None:
    terms = {
        "supervised": "mse",
        "rules": [{"formula": "predictions -> targets", "quantifier": "forall"}],
        "constraints": [{"formula": "predictions <= 0.5", "penalty": "linear"}],
    }
    arrays = {"predictions": make(P), "targets": make(T)}
    (answer,) = lossctl.run({"version": 1, "data": arrays, **terms})
    for name, array in arrays.items():
        np.save(tmp_path / f"{name}.npy", np.asarray(array))
    files = {name: tmp_path / f"{name}.npy" for name in arrays}
    (of_files,) = lossctl.run({"version": 1, "data": files, **terms})
    (mixed,) = lossctl.run({"version": 1, "data": {**files, "predictions": make(P)}, **terms})
    assert answer.total == of_files.total == mixed.total
    by_hand = 0.11 / 3 + (0.1**2 + 0.2**2) / 3 + 10 * 0.2 / 3  # truths .9, 1 and .8
    assert answer.total == pytest.approx(by_hand, rel=1e-6)


def test_data_and_sets_replace_what_is_there(tmp_path: Path) -> None:
    np.save(tmp_path / "q.npy", T)
    mapping = {"version": 1, "data": {"predictions": P, "targets": T}, "supervised": "mse"}
    (answer,) = lossctl.run(mapping, sets=["supervised=mae", "weights.supervised=3"])
    assert answer.total == pytest.approx(3 * 0.5 / 3)
    assert lossctl.run(mapping, data={"predictions": T})[0].total == 0.0
    assert lossctl.run(mapping, data={"predictions": tmp_path / "q.npy"})[0].total == 0.0
    (tmp_path / "c.yaml").write_text(
        "version: 1\ndata: {predictions: p.npy, targets: q.npy}\nsupervised: mse\n"
    )
    for given in (T, tmp_path / "q.npy", str(tmp_path / "q.npy")):
        assert lossctl.run(tmp_path / "c.yaml", data={"predictions": given})[0].total == 0.0


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"version": 2}, "version must be 1, got 2"),
        ({"wieghts": 1}, "unknown key 'wieghts'; did you mean weights?"),
        ({"weights": {"rules": 1}}, "unknown key 'rules' in weights; did you mean rule?"),
        ({"supervised": [{"loss": "msee"}]}, "supervised[0].loss: unknown loss 'msee'"),
        ({"rules": [{"formula": "q"}]}, "rules[0].formula: q"),
        ({"rules": [{"values": "q"}]}, "rules[0].values: values: there is no data 'q'"),
        ({"data": 3}, "data must be a mapping of names, got 3"),
        ({"supervised": {"loss": "mse", "params": {"a": object()}}}, "params.a: must be plain"),
        ({"gates": {"components": {"mae": 1}}}, "gates.components.mae: gates.components: no"),
        ({"extends": "gone.yaml"}, "extends: cannot read gone.yaml"),
    ],
)
def test_mistakes_name_the_path_of_their_key(changes, said) -> None:
    good = {"version": 1, "data": {"predictions": P, "targets": T}, "supervised": "mse"}
    with pytest.raises(UsageError) as error:
        lossctl.run({**good, **changes})
    assert said in str(error.value)
    assert len(str(error.value).splitlines()) <= 2


def test_columns_of_a_frame_are_names_in_formulas() -> None:
    frame = pd.DataFrame({"a": [0.2, 0.9], "b": [1, 0]})
    config = {"version": 1, "rules": [{"formula": "a -> b"}]}
    for table in (frame, frame.convert_dtypes()):
        (answer,) = lossctl.run({**config, "data": {"patients": table}})
        assert answer.total == pytest.approx((0.0 + 0.9**2) / 2)  # truths 1 and 1 - .9
    with pytest.raises(UsageError, match="columns are a, b"):
        lossctl.run({"version": 1, "rules": [{"formula": "c -> b"}], "data": {"patients": frame}})
    (answer,) = lossctl.run(
        {"version": 1, "rules": [{"formula": "patients > 0.5"}], "data": {"patients": frame[["a"]]}}
    )
    assert answer.components[0].satisfaction == pytest.approx(0.5)


def test_answers_print_convert_and_show(monkeypatch: pytest.MonkeyPatch) -> None:
    data = {"predictions": P, "targets": T}
    terms = {"supervised": {"loss": "mae", "weight": 2.0}, "name": "<b>"}
    (answer,) = lossctl.run({"version": 1, "data": data, **terms})
    assert repr(answer).startswith("<ObjectiveResult <b> 0.333333: mae 0.333333")
    assert float(answer) == answer.total == pytest.approx(1 / 3)
    assert answer.to_frame()["weighted"].tolist() == [answer.total]
    shown = answer._repr_html_()
    assert all(number in shown for number in (">0.166667<", ">0.333333<"))
    assert "<b>" not in shown
    monkeypatch.setattr(notebook, "find_spec", lambda _: None)  # without Jinja2 there is no page
    assert "0.333333 = 2 · 0.166667" in answer._repr_html_()
    assert "<b>" not in answer._repr_html_()
