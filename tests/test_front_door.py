"""One front door: the same calls through the shell, YAML and Python give the same bits.

Each call names the inputs of a loss, its parameters and options once; it is spelled for the shell,
for a configuration of `run` and for Python, there with paths, arrays and data frames.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
import yaml

import lossctl
from lossctl.core.options import OPTIONS
from tests.cli.run import inside

SAMPLES = Path(__file__).parents[1] / "sample_data"
BESIDE = ("weights", "group")


class Call(NamedTuple):
    """A loss, the files of its inputs by name, its parameters and options."""

    loss: str
    inputs: Mapping[str, str]
    params: Mapping[str, Any] = {}
    options: Mapping[str, Any] = {}

    @property
    def name(self) -> str:
        """What pytest calls it."""
        return "-".join([self.loss, *self.params, *self.options])


def pair(predictions: str, targets: str, **beside: str) -> dict[str, str]:
    return {"predictions": predictions, "targets": targets, **beside}


CANCER = pair("breast_cancer/preds.npy", "breast_cancer/targets.npy")
CANCER_LOGITS = pair("breast_cancer/logits.npy", "breast_cancer/targets.npy")
WEIGHTED = {**CANCER, "weights": "breast_cancer/weights.npy"}
DIABETES = pair("diabetes/preds.npy", "diabetes/targets.npy")
DIGITS = pair("digits/logits.npy", "digits/targets.npy")
DIGIT_SHARES = pair("digits/probabilities.npy", "digits/onehot.npy")
MASKS = pair("segmentation/preds.npy", "segmentation/targets.npy")
CLASS_MASKS = pair("segmentation/class_logits.npy", "segmentation/class_targets.npy")
LABELS = pair("multilabel/logits.npy", "multilabel/targets.npy")
TRIPLETS = {name: f"embeddings/{name}.npy" for name in ("anchor", "positive", "negative")}
RANKING = pair("ranking/scores.npy", "ranking/relevance.npy")
QUERIES = {**RANKING, "group": "ranking/queries.npy"}
PAIRS = {"queries": "embeddings/first.npy", "keys": "embeddings/second.npy"}
BOXES = pair("boxes/predictions.npy", "boxes/targets.npy")
SPEECH = pair("speech/log_probs.npy", "speech/targets.npy") | {
    name: f"speech/{name}.npy" for name in ("input_lengths", "target_lengths")
}
CSV = pair("breast_cancer/scores.csv::probability", "breast_cancer/scores.csv::target")

CALLS = [
    Call("mse", DIABETES),
    Call("mae", DIABETES, {}, {"reduction": "sum"}),
    Call("huber", DIABETES, {"delta": 5.0}),
    Call("quantile", DIABETES, {"q": 0.9}),
    Call("log_cosh", DIABETES, {}, {"precision": "double"}),
    Call("mape", DIABETES, {}, {"nan": "omit"}),
    Call("bce", CANCER),
    Call("bce", WEIGHTED),
    Call("bce", CANCER, {}, {"class_weights": [1.0, 3.0]}),
    Call("bce", CANCER, {}, {"class_weights": "balanced"}),
    Call("bce_with_logits", CANCER_LOGITS, {"pos_weight": 2.0}),
    Call("focal", CANCER),
    Call("focal", CANCER, {"gamma": 1.5, "alpha": None}),
    Call("focal", CANCER_LOGITS, {}, {"input": "logits"}),
    Call("focal", CANCER, {}, {"task": "binary", "ignore_index": 1}),
    Call("brier", CANCER),
    Call("hinge", CANCER_LOGITS),
    Call("squared_hinge", CANCER_LOGITS, {"margin": 0.5}),
    Call("cross_entropy", DIGITS),
    Call("cross_entropy", DIGITS, {"label_smoothing": 0.1}),
    Call("cross_entropy", DIGITS, {}, {"class_weights": "effective:0.999"}),
    Call("cross_entropy", DIGITS, {}, {"class_axis": -1, "ignore_index": 3}),
    Call("cross_entropy", DIGIT_SHARES, {}, {"input": "probabilities"}),
    Call("kl_divergence", DIGIT_SHARES),
    Call("multi_margin", DIGITS),
    Call("multilabel_soft_margin", LABELS),
    Call("dice", MASKS),
    Call("dice", MASKS, {}, {"pooling": "sample"}),
    Call("dice", CLASS_MASKS, {}, {"average": "macro", "background": False, "ignore_index": 255}),
    Call("dice", CLASS_MASKS, {}, {"class_names": ["a", "b", "c"], "ignore_index": 255}),
    Call("tversky", MASKS, {"alpha": 0.3, "beta": 0.7}),
    Call("triplet", TRIPLETS),
    Call("triplet", TRIPLETS, {"margin": 0.5}),
    Call("info_nce", PAIRS),
    Call("info_nce", PAIRS, {},
         {"batch_size": 8}),
    Call("listnet", QUERIES),
    Call("lambda_rank", QUERIES),
    Call("giou", BOXES),
    Call("ctc", SPEECH, {}, {"axes": {"predictions": "item time class"}}),
    Call("bce", CSV),
]  # fmt: skip


class Answer(NamedTuple):
    """The bits of a value, and its signature."""

    bits: str
    signature: str


def of(result: lossctl.Result) -> Answer:
    return Answer(float(result).hex(), result.signature)


def by_shell(call: Call, inside_: Callable[[Sequence[str]], str]) -> Answer:
    """Spell the call for the shell."""
    params = ",".join(f"{name}={written(value)}" for name, value in call.params.items())
    words = ["compute", "-f", "json", "-l", f"{call.loss}:{params}" if params else call.loss]
    for name, file in call.inputs.items():
        place = str(SAMPLES / file)
        words += [f"--{name}", place] if name in BESIDE else ["--in", f"{name}={place}"]
    for name, value in call.options.items():
        if isinstance(value, bool):
            words.append(OPTIONS[name].flag.split("/")[not value])
        else:
            words += [OPTIONS[name].flag, spoken(value)]
    (result,) = json.loads(inside_(words))["results"]
    return Answer(float(result["value"]).hex(), result["signature"])


def written(value: Any) -> str:
    return "null" if value is None else str(value)


def spoken(value: Any) -> str:
    if isinstance(value, Mapping):
        return ",".join(f"{name}={words}" for name, words in value.items())
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def by_yaml(call: Call, inside_: Callable[[Sequence[str]], str], folder: Path) -> Answer:
    """Spell the call as a configuration of `run` with one term."""
    beside = {name: name for name in call.inputs if name in BESIDE}
    term = {
        "loss": call.loss,
        "params": dict(call.params),
        "inputs": {name: name for name in call.inputs if name not in BESIDE},
        "reading": dict(call.options),
        **beside,
    }
    document = {
        "version": 1,
        "data": {name: str(SAMPLES / file) for name, file in call.inputs.items()},
        "supervised": {key: value for key, value in term.items() if value != {}},
    }
    (folder / "c.yaml").write_text(yaml.safe_dump(document))
    (component,) = json.loads(inside_(["run", str(folder / "c.yaml"), "-f", "json"]))["components"]
    return Answer(float(component["raw"]).hex(), component["signature"])


def by_path(call: Call) -> Answer:
    places = {name: SAMPLES / file for name, file in call.inputs.items()}
    return of(lossctl.compute(call.loss, **places, **call.params, **call.options))


def arrays_of(call: Call) -> dict[str, Any]:
    """Return the inputs in memory."""
    arrays = {}
    for name, file in call.inputs.items():
        place, _, column = str(SAMPLES / file).partition("::")
        arrays[name] = pd.read_csv(place)[column].to_numpy() if column else np.load(place)
    return arrays


def by_arrays(call: Call) -> Answer:
    return of(lossctl.compute(call.loss, **arrays_of(call), **call.params, **call.options))


def by_place(call: Call) -> Answer:
    arrays = arrays_of(call)
    beside = {name: arrays.pop(name) for name in BESIDE if name in arrays}
    declared = [one["name"] for one in lossctl.show(call.loss).to_dict()["inputs"]]
    ordered = [arrays[name] for name in declared if name in arrays]
    return of(lossctl.compute(call.loss, *ordered, **beside, **call.params, **call.options))


def by_frames(call: Call) -> Answer:
    frames = {
        name: pd.Series(array) if array.ndim == 1 else pd.DataFrame(array)
        for name, array in arrays_of(call).items()
        if array.ndim <= 2
    }
    return of(
        lossctl.compute(call.loss, **{**arrays_of(call), **frames}, **call.params, **call.options)
    )


@pytest.fixture
def inside_(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Callable[[Sequence[str]], str]:
    """Give a function that runs lossctl in this process and returns what it printed."""

    def run(words: Sequence[str]) -> str:
        done = inside(words, monkeypatch, capsys)
        assert done.code == 0, done.err
        return done.out

    return run


def test_there_are_forty_calls() -> None:
    assert len(CALLS) == 40


@pytest.mark.parametrize("call", CALLS, ids=[f"{n}-{call.name}" for n, call in enumerate(CALLS)])
def test_every_door_gives_the_same_bits(
    call: Call, inside_: Callable[[Sequence[str]], str], tmp_path: Path
) -> None:
    answers = {
        "shell": by_shell(call, inside_),
        "yaml": by_yaml(call, inside_, tmp_path),
        "path": by_path(call),
        "arrays": by_arrays(call),
        "place": by_place(call),
        "frames": by_frames(call),
    }
    assert set(answers.values()) == {answers["shell"]}, answers


def test_columns_of_a_table_are_the_same_data(inside_: Callable[[Sequence[str]], str]) -> None:
    table = SAMPLES / "breast_cancer/scores.csv"
    column = {"predictions": "probability", "targets": "target"}
    spelled = [f"--column={name}={its}" for name, its in column.items()]
    printed = inside_(["compute", "-l", "bce", "--table", str(table), *spelled, "-f", "json"])
    (result,) = json.loads(printed)["results"]
    frame = pd.read_csv(table)
    for where in (table, frame, dict(frame)):
        again = lossctl.compute("bce", table=where, column=column)
        assert of(again) == Answer(float(result["value"]).hex(), result["signature"])


def test_gradients_of_files_are_those_of_arrays() -> None:
    call = CALLS[6]
    places = {name: SAMPLES / file for name, file in call.inputs.items()}
    by_file = lossctl.gradient(call.loss, **places)["predictions"]
    assert (
        by_file.tobytes() == lossctl.gradient(call.loss, **arrays_of(call))["predictions"].tobytes()
    )


def test_several_losses_and_recipes_in_one_call() -> None:
    arrays = arrays_of(CALLS[0])
    together = lossctl.evaluate(["mse", "huber:delta=5", ("huber", {"delta": 5.0})], **arrays)
    assert [result.loss for result in together] == ["mse", "huber", "huber"]
    assert of(together[1]) == of(together[2]) == by_arrays(CALLS[2])


def test_the_loss_comes_first() -> None:
    arrays = arrays_of(CALLS[6]).values()
    with pytest.raises(lossctl.UsageError, match=r"the loss comes first: compute\('bce', pred"):
        lossctl.compute(*arrays, "bce")
    with pytest.raises(lossctl.UsageError, match="the loss comes first"):
        lossctl.compute(*arrays)


def test_several_losses_in_one_text(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    with pytest.raises(lossctl.UsageError, match=r"several use evaluate\(\['bce', 'focal'\], …\)"):
        lossctl.compute("bce, focal", *arrays_of(CALLS[6]).values())
    done = inside(["compute", "p.npy", "t.npy", "-l", "bce,focal"], monkeypatch, capsys)
    assert (done.code, "several are -l bce -l focal" in done.err) == (2, True)


def test_a_text_is_a_place() -> None:
    with pytest.raises(lossctl.UsageError, match="there is no file preds"):
        lossctl.compute("bce", "preds.npy", [1.0])
    assert issubclass(lossctl.UsageError, lossctl.LossctlError)
    assert issubclass(lossctl.DataError, lossctl.LossctlError)


def test_what_has_the_protocols_is_an_array() -> None:
    class Exported:
        """Has ``__dlpack__`` and nothing else."""

        def __init__(self, array: np.ndarray) -> None:
            self.array = array

        def __dlpack__(self, **more: Any) -> Any:
            return self.array.__dlpack__(**more)

        def __dlpack_device__(self) -> Any:
            return self.array.__dlpack_device__()

    class Viewed:
        """Has ``__array__`` and nothing else."""

        def __array__(self, *_: Any, **__: Any) -> np.ndarray:
            return np.array([1.0, 3.0])

    assert float(lossctl.compute("mae", Exported(np.array([1.0, 3.0])), [0.0, 0.0])) == 2.0
    assert float(lossctl.compute("mae", Viewed(), [0.0, 0.0])) == 2.0


def test_nullable_numbers_are_numbers() -> None:
    whole = pd.Series([1, 3], dtype="Int64")
    assert float(lossctl.compute("mae", whole, [0, 0])) == 2.0
    with pytest.raises(lossctl.DataError, match="NaN"):
        lossctl.compute("mae", pd.Series([1, None], dtype="Int64"), [0, 0])


def test_results_print_convert_and_show() -> None:
    result = lossctl.compute("mae", [1.0, 3.0], [0.0, 0.0])
    assert repr(result) == "<Result mae 2: mean over 2 items of values>"
    assert float(result) == 2.0
    assert result.to_frame()["value"].tolist() == [2.0]
    assert re.search('<td class="[a-z ]*right">2</td>', result._repr_html_())
    items = lossctl.compute("mae", [[1.0, 3.0]], [[0.0, 0.0]], reduction="none")
    assert items.to_frame().loc[(0, 1), "mae"] == 3.0
    assert "array of (1, 2)" in repr(items)
    assert "<td style='text-align:left'>array of (1, 2)</td>" in items._repr_html_()


def test_results_format_and_compare() -> None:
    result = lossctl.compute("mae", [1.0, 3.0], [0.0, 0.5])
    assert f"{result:.3f} {result}" == f"1.750 {result!r}"
    assert result == lossctl.compute("mae", [1.0, 3.0], [0.0, 0.5])
    items = [
        lossctl.compute("mae", [1.0, np.nan], [0.0, other], nan="propagate", reduction="none")
        for other in (0.0, 0.0, 1.0)
    ]
    assert items[0] == items[1]
    assert items[0] != lossctl.compute("mae", [1.0, 2.0], [0.0, 0.0], reduction="none")
    assert result != 1.75


def test_a_parameter_is_given_once() -> None:
    with pytest.raises(lossctl.UsageError, match="delta is given twice"):
        lossctl.compute("huber:delta=1", [1.0], [0.0], delta=2.0)
    assert lossctl.show("huber:delta=1").to_dict()["id"] == "huber"


def test_notebooks_get_no_markup_from_names() -> None:
    result = lossctl.compute(
        "dice", np.eye(2)[None], np.eye(2)[None], class_axis=1, average="macro",
        class_names=["<script>", "b"], task="multilabel",
    )  # fmt: skip
    assert "<script>" not in result._repr_html_()
    assert "&lt;script&gt;" in result._repr_html_()


def test_the_catalogue_and_its_pages() -> None:
    entries = {entry["id"]: entry for entry in lossctl.catalogue()}
    assert entries["huber"]["params"] == {"delta": 1.0}
    assert "vae" in entries
    assert {entry["family"] for entry in lossctl.catalogue("ranking")} == {"ranking"}
    page = lossctl.show("l2")
    assert str(page).startswith("mse: ")
    assert page.to_dict()["id"] == "mse"
    with pytest.raises(lossctl.UsageError, match="did you mean huber"):
        lossctl.show("hubr")


def test_losses_are_attributes_of_their_package() -> None:
    """Every loss is a function of its name; families stay packages; nothing private is there."""
    from lossctl.losses import __getattr__ as attribute

    assert {"huber", "cross_entropy", "dice"} <= set(dir(lossctl.losses))
    assert attribute("regression").__name__ == "lossctl.losses.regression"
    assert attribute("huber")([1.0, 4.0], [1.0, 1.0], delta=1.0) == 1.25
    with pytest.raises(AttributeError, match="_private"):
        attribute("_private")


@pytest.mark.parametrize(
    ("name", "ours"),
    [("from_logits", "input"), ("sample_weight", "weights"), ("axis", "class_axis")],
)
def test_parameters_of_other_libraries_are_named_as_here(name: str, ours: str) -> None:
    with pytest.raises(
        lossctl.UsageError, match=f"{name} of other libraries is called {ours} here"
    ):
        lossctl.compute("bce", [0.5], [1.0], **{name: 1})
    with pytest.raises(
        lossctl.UsageError, match="no parameter or option 'beta'; did you mean delta"
    ):
        lossctl.compute("huber", [0.5], [1.0], beta=1)
