"""The model of a configuration and its JSON Schema: what either refuses, at every key."""

import contextlib
import copy
import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from lossctl.core.errors import UsageError
from lossctl.objective.config import Config, schema
from lossctl.objective.config_record import read_record
from lossctl.objective.yaml_nodes import Place, node_of
from tests.objective._logic import ROOT

WHOLE: dict[str, Any] = {
    "version": 1,
    "name": "all",
    "data": {
        "p": {"file": "p.npy", "columns": ["a", "b"], "id": "i", "rows": "0:3"},
        "q": "q.npy",
    },
    "supervised": [
        {
            "name": "fit",
            "loss": "dice",
            "params": {"smooth": 0.5},
            "weight": 2,
            "predictions": "p",
            "targets": "q",
            "weights": "w",
            "mask": "m",
            "where": "a > 1",
            "reading": {"average": "macro", "class_names": ["a"], "ignore_index": None},
        },
        {"loss": "focal", "schedule": {"gamma": {"kind": "cosine", "start": 0, "end": 2}}},
        {"loss": "ctc", "inputs": {"predictions": "p"}, "reading": {"axes": {"predictions": "x"}}},
        {"loss": "listnet", "group": "g", "reading": {"batch_size": 3, "reduction": "sum"}},
        {"loss": "cross_entropy", "reading": {"class_weights": [1.0, 2], "class_axis": 1}},
    ],
    "rules": [
        {
            "formula": "a -> b",
            "quantifier": "forall",
            "aggregator": "p_mean",
            "p": 3,
            "over": "i",
            "temperature": 2,
        },
        {"values": "v", "targets": 0.5, "nan": "omit", "quantifier": "exists"},
    ],
    "constraints": [
        {"formula": "a <= b", "tolerance": 0.1, "penalty": "hinge", "margin": 2},
        {"values": "v", "thresholds": "t", "penalty": "log_barrier", "sharpness": 3},
        {"values": "v", "penalty_weight": 3},
    ],
    "metrics": [
        "recall",
        {
            "metric": "fbeta",
            "name": "f2",
            "params": {"beta": 2},
            "predictions": "p",
            "targets": "q",
            "weights": "w",
            "reading": {"input": "logits"},
        },
    ],
    "weights": {"supervised": 1, "rule": 0.5, "constraint": 0},
    "temperature": 0.5,
    "semantics": "godel",
    "implication": "goguen",
    "normalize": {"by": "initial", "initial": {"fit": 2}},
    "schedule": {"rule": {"kind": "linear", "start": 0.1, "end": 1, "steps": 3}, "fit": "constant"},
    "gates": {
        "total": 3,
        "components": {"fit": -1},
        "violation_rate": {"a": 0.5},
        "satisfaction": {"b": 0.1},
        "metrics": {"f2": 0.9},
        "baseline": "old.json",
        "tolerance": "2%",
    },
}
ODD: tuple[Any, ...] = (
    None, True, 0, -1, 1.5, 1e300, "", " ", "text", [], [None], ["a"], [[1]], {}, {"a": 1},
    {"loss": 3}, {"file": []}, [{"name": "a"}],
)  # fmt: skip


def read(document: Any) -> Config:
    """Read a whole document, as a file that holds it would be."""
    return read_record(Config, node_of(document, Place(ROOT / "configuration", 1, 1)))


def paths(document: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every entry."""
    entries = document.items() if isinstance(document, dict) else enumerate(document)
    for key, entry in entries:
        yield (*path, key)
        if isinstance(entry, dict | list):
            yield from paths(entry, (*path, key))


def replaced(path: tuple[Any, ...], value: Any) -> Any:
    """Return the whole document with another value at a path."""
    document = copy.deepcopy(WHOLE)
    inner = document
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return document


def test_every_key_is_tried() -> None:
    tried = {str(key) for path in paths(WHOLE) for key in path}
    keys = {
        key
        for one in [schema(), *schema()["$defs"].values()]
        for way in [one, *one.get("anyOf", ())]
        for key in way.get("properties", {})
    }
    untried = {"extends", "recipe", "task", "precision", "pooling", "background"}
    untried |= {"clip_predictions", "decimal", "mean_by", "positive", "shift"}
    assert keys - tried == untried  # options of one kind with others that are tried


def test_the_whole_is_accepted() -> None:
    jsonschema.validate(WHOLE, schema())
    config = read(WHOLE)
    assert len(config.terms) == 10
    assert config.supervised[0].reading == WHOLE["supervised"][0]["reading"] | {
        "class_names": ("a",)
    }


@pytest.mark.parametrize("path", list(paths(WHOLE)), ids=lambda path: ".".join(map(str, path)))
def test_what_the_schema_refuses_the_model_refuses(path: tuple[Any, ...]) -> None:
    check = jsonschema.Draft202012Validator(schema())
    for value in ODD:
        document = replaced(path, value)
        if not check.is_valid(document):
            with pytest.raises(UsageError, match=r"\w"):
                read(document)
            continue
        with contextlib.suppress(UsageError):  # what hangs together is no part of the schema
            read(document)


@pytest.mark.parametrize("path", list(paths(WHOLE)), ids=lambda path: ".".join(map(str, path)))
def test_keys_that_are_none_are_refused(path: tuple[Any, ...]) -> None:
    inner = WHOLE
    for key in path:
        inner = inner[key]
    named_by_users = {"data", "params", "inputs", "axes", "initial", "schedule", *WHOLE["gates"]}
    if not isinstance(inner, dict) or path[-1] in named_by_users:
        return
    with pytest.raises(UsageError, match="unknown key 'nonsense_key'"):
        read(replaced((*path, "nonsense_key"), 1))


def test_the_schema_file_is_fresh() -> None:
    written = json.loads((ROOT / "configs/lossctl.schema.json").read_text())
    assert written == schema(), "run: lossctl schema config > configs/lossctl.schema.json"


def test_the_schema_helps_at_every_key() -> None:
    for one in [schema(), *schema()["$defs"].values()]:
        for way in [one, *one.get("anyOf", ())]:
            for key, entry in way.get("properties", {}).items():
                assert entry.get("description"), key
