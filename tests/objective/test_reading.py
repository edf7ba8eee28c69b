"""Every shared option can be said in a configuration, and means what it means in Python."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

import lossctl
from lossctl.core.errors import UsageError
from lossctl.core.options import OPTIONS, OTHER

RNG = np.random.default_rng(3)
LOGITS = RNG.normal(size=(12, 4))
PROBABILITIES = np.exp(LOGITS) / np.exp(LOGITS).sum(axis=1, keepdims=True)
CLASSES = np.arange(12) % 4
MASKS = (RNG.uniform(size=(6, 3)) < 0.5).astype(float)
FRAMES = np.log(PROBABILITIES).reshape(4, 3, 4)

# option: the loss, the data by the names of its inputs, and what is said
CASES: list[tuple[str, str, Mapping[str, Any], Mapping[str, Any]]] = [
    (name, loss, data, options)
    for loss, data, *several in (
        (
            "mse",
            {"predictions": LOGITS[:, 0], "targets": np.where(CLASSES == 1, np.nan, CLASSES)},
            {"nan": "omit"},
            {"nan": "omit", "reduction": "sum"},
        ),
        (
            "mse",
            {"predictions": LOGITS[:, 0].astype("f4"), "targets": CLASSES.astype("f4")},
            {"precision": "double"},
        ),
        (
            "cross_entropy",
            {"predictions": LOGITS, "targets": CLASSES},
            {"input": "logits"},
            {"class_weights": [0.5, 1.0, 2.0, 0.25]},
            {"class_weights": "balanced"},
            {"class_weights": [0.5, 1.0, 2.0, 0.25], "mean_by": "items"},
            {"ignore_index": 2},
            {"ignore_index": None},
            {"class_axis": 1},
        ),
        (
            "perplexity",
            {"predictions": RNG.normal(size=(3, 5, 4)), "targets": RNG.integers(0, 4, (3, 5))},
            {"shift": True, "input": "logits"},
            {"pooling": "sample"},
            {"batch_size": 2},
        ),
        (
            "focal",
            {"predictions": np.eye(4)[CLASSES] * 0.6 + 0.1, "targets": np.eye(4)[CLASSES]},
            {"task": "multilabel", "input": "probabilities"},
        ),
        (
            "bce",
            {"predictions": LOGITS[:, 0], "targets": (CLASSES > 1).astype(float)},
            {"clip_predictions": True},
        ),
        (
            "dice",
            {"predictions": RNG.uniform(size=(6, 3)), "targets": MASKS},
            {"pooling": "sample"},
        ),
        (
            "dice",
            {"predictions": PROBABILITIES, "targets": CLASSES},
            {"average": "macro"},
            {"average": "macro", "class_names": ["ox", "cat", "dog", "hen"]},
            {"average": "weighted", "background": False},
            {"average": 2},
        ),
        (
            "ctc",
            {
                "predictions": FRAMES,
                "targets": np.array([[1, 2], [3, 1], [2, 3]]),
                "input_lengths": np.array([4, 3, 4]),
                "target_lengths": np.array([2, 1, 2]),
            },
            {"axes": {"predictions": "time item class"}, "input": "log_probabilities"},
        ),
        (
            "bce",
            {"predictions": PROBABILITIES[:, 0], "targets": np.array(["no", "yes"])[CLASSES % 2]},
            {"positive": "no"},
        ),
        (
            "cross_entropy",
            {"predictions": LOGITS, "targets": np.array(["ox", "cat", "dog", "hen"])[CLASSES]},
            {"class_names": ["ox", "cat", "dog", "hen"], "input": "logits"},
        ),
        (
            "listnet",
            {"predictions": LOGITS[:, 0], "targets": CLASSES.astype(float)},
            {"batch_size": 4},
        ),
        (
            "listnet",
            {"predictions": LOGITS[:, 0], "targets": CLASSES.astype(float), "group": CLASSES % 3},
            {"nan": "raise"},
        ),
    )
    for options in several
    for name in options
]


def said(loss: str, data: Mapping[str, Any], options: Mapping[str, Any], folder: Path) -> Any:
    """Return the one component of a file that says the options."""
    for name, array in data.items():
        np.save(folder / f"{name}.npy", array)
    term: dict[str, Any] = {"loss": loss, "reading": dict(options)}
    term |= {"inputs": {name: name for name in data if name != "group"}}
    term |= {"group": "group"} if "group" in data else {}
    document = {"version": 1, "data": {n: f"{n}.npy" for n in data}, "supervised": [term]}
    (folder / "c.yaml").write_text(yaml.safe_dump(document))
    (answer,) = lossctl.run(folder / "c.yaml")
    return answer.components[0]


@pytest.mark.parametrize(("name", "loss", "data", "options"), CASES)
def test_options_mean_the_same_in_a_file(name, loss, data, options, tmp_path: Path) -> None:
    expected = lossctl.compute(loss, **data, **options)
    component = said(loss, data, options, tmp_path)
    assert component.raw == expected.value
    assert component.signature == expected.signature


def test_every_option_has_a_case() -> None:
    meant = {name for name, option in OPTIONS.items() if option.group != OTHER}
    assert meant == {name for name, *_ in CASES}


def test_one_value_a_term(tmp_path: Path) -> None:
    data = {"predictions": LOGITS[:, 0], "targets": LOGITS[:, 1]}
    with pytest.raises(UsageError, match="mean, sum, got 'none'"):
        said("mse", data, {"reduction": "none"}, tmp_path)
