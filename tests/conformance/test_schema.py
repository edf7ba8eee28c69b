"""Every result of every loss fits the published JSON Schema, and so does what else is published."""

import json
import re
from functools import cache
from typing import Any, get_args

import jsonschema
import numpy as np
import pytest

import lossctl
from lossctl.cli import main
from lossctl.core.options import OPTIONS, DecidedBy, Kind, Targets
from lossctl.core.result import Result
from lossctl.report.results import as_json, as_jsonl
from lossctl.report.schema import ENUMERATIONS, schema
from tests.conformance.cases import Case, cases, draw, each_case, run, several
from tests.conformance.test_threads import EVERY_SORT


@cache
def validator(name: str) -> Any:
    document = schema(name)
    jsonschema.Draft202012Validator.check_schema(document)
    return jsonschema.Draft202012Validator(document)


def require_fit(*results: Result) -> None:
    """Validate the document of some results, and each line of its other form."""
    validator("result").validate(json.loads(as_json(results)))
    for line in as_jsonl(results).splitlines():
        one = json.loads(line)
        assert one.pop("schema_version") == 1
        validator("result").validate({"schema_version": 1, "results": [one]})


@each_case(*EVERY_SORT, brief=True)
def test_every_result_fits_the_schema(case: Case) -> None:
    arrays, options = several(case, 6) if case.sort != "lists" else (draw(case, (3, 4)), {})
    results = [run(case, arrays, reduction=how, **options) for how in ("mean", "sum", "none")]
    results.append(run(case, arrays, context=True, **options))
    if case.columns and case.loss.pooled and OPTIONS["class_names"].takes(case.loss):
        names = [f"class {number}" for number in range(case.columns)]
        results.append(run(case, arrays, class_names=names, **options))
    require_fit(*results)


def test_every_word_of_the_schema_is_one_that_some_result_says() -> None:
    """Words that nothing says would be facts of the schema alone."""
    said: dict[str, set[str]] = {"kind": set(), "decided_by": set(), "targets": set()}
    for case in cases(defaults=True):
        arrays, options = several(case, 6)
        read = run(case, arrays, **options).input
        for name, words in said.items():
            words.add(getattr(read, name))
    guessed = lossctl.compute("bce", [0.25, 0.5], [0, 1]).input
    said["decided_by"].add(guessed.decided_by)
    said["targets"].add(lossctl.compute("hinge_embedding", [0.25, 0.5], [1, -1]).input.targets)
    said["kind"].add(lossctl.compute("dice", [0, 1], [0, 1], input="labels").input.kind)
    for name, words in (("kind", Kind), ("decided_by", DecidedBy), ("targets", Targets)):
        assert said[name] == set(get_args(words)) == set(ENUMERATIONS[name]), name


@pytest.mark.parametrize("value", [np.inf, np.nan, -np.inf])
def test_values_that_are_not_finite_fit_the_schema(value: float) -> None:
    whole = lossctl.compute("mse", [value, 1.0], [0.0, 0.0], nan="propagate")
    items = lossctl.compute("mse", [value, 1.0], [0.0, 0.0], nan="propagate", reduction="none")
    require_fit(whole, items)


def words_of(schema: Any, name: str) -> list[set[str]]:
    """Return the words that each entry called `name` may hold, wherever they are declared."""
    found: list[set[str]] = []

    def look(part: Any) -> None:
        if isinstance(part, dict):
            if name in part and isinstance(part[name], dict):
                found.append(gathered(part[name]))
            part = list(part.values())
        if isinstance(part, list):
            for entry in part:
                look(entry)

    def gathered(part: Any) -> set[str]:
        if isinstance(part, list):
            return set().union(*map(gathered, part))
        if not isinstance(part, dict):
            return set()
        if "$ref" in part:
            return gathered(schema["$defs"][part["$ref"].rpartition("/")[2]])
        own = {word for word in part.get("enum", ()) if word is not None}
        return own.union(*(gathered(entry) for entry in part.values()))

    look(schema)
    return [words for words in found if words]


RUN = ("semantics", "implication", "quantifier", "aggregator", "penalty", "normalize")


@pytest.mark.parametrize("name", RUN)
def test_answers_of_run_say_the_words_of_its_configuration(name: str, capsys: Any) -> None:
    assert main.run(["schema", "config"]) == 0
    read = words_of(json.loads(capsys.readouterr().out), name)
    (said,) = words_of(schema("run"), name)
    assert read
    assert all(one == said for one in read)


def test_evidence_of_the_tree_is_what_the_schema_knows(capsys: Any) -> None:
    assert main.run(["recommend", "--explain-tree", "--format", "json"]) == 0
    tree = capsys.readouterr().out
    (known,) = words_of(schema("recommendation"), "evidence")
    assert set(re.findall(r'"evidence": "(\w+)"', tree)) == known
