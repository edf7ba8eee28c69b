"""The configurations of this repository, `lossctl init` and the schemas."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

import lossctl
from lossctl.losses.catalogue import RECIPES
from lossctl.objective.config import schema
from tests.objective._broken import BROKEN
from tests.objective._logic import ROOT

CONFIGS = sorted(path for path in (ROOT / "configs").glob("*.yaml") if path.stem != "ci-gate")


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_configurations_run(path: Path, run) -> None:
    done = run("run", str(path), "-f", "json")
    assert done.code == 0, done.err
    data = json.loads(done.out)
    jsonschema.validate(data, json.loads(run("schema", "run").out))
    for document in data.get("documents", [data]):
        assert document["status"] == "ok"
        assert document["total"] > 0.0


def test_the_schema_accepts_the_configurations_and_refuses_broken_ones(run) -> None:
    done = run("schema", "config")
    document = json.loads(done.out)
    assert document == json.loads((ROOT / "configs/lossctl.schema.json").read_text()) == schema()
    check = jsonschema.Draft202012Validator(document)
    for path in CONFIGS:
        for one in yaml.safe_load_all(path.read_text()):
            if "extends" not in one:
                check.validate(one)
    refused = {"unknown key", "unknown inner key", "text for a number", "rules as a mapping"}
    refused |= {"a rule of nothing", "a rule of both", "no loss", "negative weight", "no version"}
    for broken in BROKEN:
        if broken.name in refused:
            assert not check.is_valid(yaml.safe_load(broken.text)), broken.name


def test_configurations_name_the_schema() -> None:
    for path in CONFIGS:
        first = path.read_text().splitlines()[0]
        assert first == "# yaml-language-server: $schema=lossctl.schema.json"


@pytest.mark.parametrize("kind", ["objective", "logic", *RECIPES])
def test_init_writes_what_run_reads(kind: str, run, tmp_path: Path) -> None:
    done = run("init", "new.yaml", "--kind", kind)
    assert (done.code, done.out) == (0, "new.yaml\n")
    text = (tmp_path / "new.yaml").read_text()
    assert text.startswith("# yaml-language-server: $schema=lossctl.schema.json\n")
    written = json.loads((tmp_path / "lossctl.schema.json").read_text())
    jsonschema.validate(yaml.safe_load(text), written)
    missing = run("run", "new.yaml")
    assert missing.code == 2  # its files are not there, nothing else is wrong
    assert "there is no file" in missing.err or "unknown loss" in missing.err
    again = run("init", "new.yaml")
    assert again.code == 2
    assert "--force" in again.err


def test_the_schema_of_answers_refuses_what_is_none(run) -> None:
    check = jsonschema.Draft202012Validator(json.loads(run("schema", "run").out))
    data = json.loads(run("run", "c.yaml", "--sensitivity", "-f", "json").out)
    check.validate(data)
    for name in ("total", "components", "status"):
        assert not check.is_valid({key: one for key, one in data.items() if key != name})
    assert not check.is_valid({"schema_version": 1, "documents": [data]})
    data["components"][1]["violations"]["rate"] = 2.0
    assert not check.is_valid(data)


def test_python_writes_the_same_starter(run, tmp_path: Path) -> None:
    assert run("init", "shell/objective.yaml").code == 2  # no such folder
    (tmp_path / "shell").mkdir()
    (tmp_path / "python").mkdir()
    assert run("init", "shell/objective.yaml", "--kind", "logic").code == 0
    written = lossctl.init("python/objective.yaml", kind="logic")
    for path in (tmp_path / "shell").iterdir():
        assert path.read_bytes() == (tmp_path / "python" / path.name).read_bytes()
    with pytest.raises(lossctl.UsageError, match="already exists"):
        lossctl.init(written)
    with pytest.raises(lossctl.UsageError, match="did you mean logic"):
        lossctl.init(tmp_path / "new.yaml", kind="logics")
    assert lossctl.schema("config") == json.loads(
        (tmp_path / "python" / "lossctl.schema.json").read_text(encoding="utf-8")
    )
