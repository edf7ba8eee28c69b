"""`--report` of every command: what is written, with which exit code, and hostile names in it."""

import csv
import json
import xml.etree.ElementTree as ET
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from tests.cli.run import Answer
from tests.cli.test_harmless import HOSTILE, require_columns
from tests.report.test_ci_reports import commands, parsed, require_schema

REPORTS = (
    *("--report", "junit=junit.xml", "--report", "gitlab=gitlab.json"),
    *("--report", "markdown=comment.md", "--report", "github"),
)
COMPUTE = ("compute", "p.npy", "t.npy", "-l", "mae")
COMPARE = ("compare", "p.npy", "q.npy", "--targets", "t.npy", "-l", "mae")
TABLE = ("--table", "t.csv", "--column", "predictions=p", "--column", "targets=y", "-l", "mae")
SLICES = ("slices", *TABLE, "--by", "region")
RUN = ("run", "o.yaml")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write predictions with errors of 1, others with errors of 2, as arrays and in a table."""
    for name in ("GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE", "CI_PROJECT_DIR"):
        monkeypatch.delenv(name, raising=False)
    targets = np.arange(40.0)
    predictions = targets + np.where(np.arange(40) % 2, 0.9, 1.1)
    np.save(tmp_path / "p.npy", predictions)
    np.save(tmp_path / "q.npy", targets + 2.0)
    np.save(tmp_path / "t.npy", targets)
    rows = zip(["a", "b"] * 20, predictions.tolist(), targets.tolist(), strict=True)
    with (tmp_path / "t.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([("region", "p", "y"), *rows])
    (tmp_path / "o.yaml").write_text(
        "version: 1\n"
        "data: {p: p.npy, y: t.npy}\n"
        "supervised: {loss: mae, predictions: p, targets: y}\n"
        "gates:\n"
        "  total: 5\n"
        "  components:\n"
        "    mae: 0.5\n"
    )
    return tmp_path


def statuses(folder: Path) -> list[str]:
    """Return what the JUnit report says of each test case."""
    root = ET.parse(folder / "junit.xml").getroot()  # noqa: S314 - written just now
    require_schema(root)
    return [case[0].tag for case in root.iter("testcase")]


PASSED, FAILED, SKIPPED = "system-out", "failure", "skipped"


@pytest.mark.parametrize(("words", "code", "wanted"), [
    (COMPUTE, 0, [PASSED]),
    ((*COMPUTE, "--fail-over", "2", "--fail-over", "0.5"), 1, [PASSED, FAILED]),
    ((*COMPUTE, "--fail-over", "1.001", "--undecided", "fail"), 4, [FAILED]),
    ((*COMPUTE, "--fail-over", "1.001", "--undecided", "pass"), 0, [SKIPPED]),
    ((*COMPUTE, "--fail-over", "1", "--baseline", "none.json"), 2, [FAILED]),
    ((*COMPUTE, "--fail-over", "90%chance"), 2, [FAILED]),
    (("compute", "p.npy", "short.npy", "-l", "mae"), 3, [FAILED]),
    (("compute", "nan.npy", "t.npy", "-l", "mae", "--nan", "propagate"), 3, [FAILED]),
    ((*COMPARE, "--fail-if-worse"), 1, [FAILED]),
    ((*COMPARE, "--fail-if-worse", "--margin", "3"), 0, [PASSED]),
    ((*COMPARE, "--fail-over", "3"), 0, [PASSED]),
    ((*COMPARE, "--method", "none"), 2, [FAILED]),
    ((*SLICES, "--fail-over", "mae[region=*]=0.95"), 1, [FAILED, PASSED]),
    (SLICES, 0, [PASSED]),
    (RUN, 1, [PASSED, FAILED]),
    ((*RUN, "--set", "gates.components.mae=2"), 0, [PASSED, PASSED]),
    ((*RUN, "--data", "p=short.npy"), 3, [FAILED]),
    ((*RUN, "--data", "x=p.npy"), 2, [FAILED]),
])  # fmt: skip
def test_exit_codes_and_reports(
    words: tuple[str, ...], code: int, wanted: list[str], folder: Path, answer: Answer
) -> None:
    np.save(folder / "short.npy", np.zeros(3))
    np.save(folder / "nan.npy", np.full(40, np.nan))
    done = answer(*words, *REPORTS)
    assert done.code == code, done.err
    assert statuses(folder) == wanted
    findings = json.loads((folder / "gitlab.json").read_text())
    assert len(findings) == sum(status != PASSED for status in wanted)
    annotations = commands("".join(f"{a}\n" for a in done.err.split("\n") if a.startswith("::")))
    levels = {FAILED: "error", SKIPPED: "warning"}
    assert [level for level, *_ in annotations] == [levels[one] for one in wanted if one != PASSED]
    title = (folder / "comment.md").read_text().split("\n")[0]
    assert title.startswith(f"### lossctl {words[0]}: ")


def test_annotations_point_at_the_lines_of_gates(folder: Path, answer: Answer) -> None:
    done = answer(*RUN, *REPORTS)
    line = next(line for line in done.err.split("\n") if line.startswith("::"))
    ((level, properties, message),) = commands(line)
    assert (level, properties) == (
        "error", {"file": "o.yaml", "line": "7", "title": "mae at most 0.5"},
    )  # fmt: skip
    assert message == "mae is 1, over the limit 0.5"
    (finding,) = json.loads((folder / "gitlab.json").read_text())
    assert finding["location"] == {"path": "o.yaml", "lines": {"begin": 7}}
    (folder / "bad.yaml").write_text((folder / "o.yaml").read_text().replace("mae:", "mea:"))
    wrong = answer("run", "bad.yaml", "--report", "github")
    assert wrong.code == 2
    assert wrong.err.startswith("::error file=bad.yaml,line=7,title=")


def test_the_summary_of_a_job(
    folder: Path, answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(folder / "summary.md"))
    for limit in ("2", "0.5"):
        answer(*COMPUTE, "--fail-over", limit, "--report", "github")
    text = (folder / "summary.md").read_text()
    assert text.count("### lossctl compute: 1 passed\n") == 1
    assert text.count("### lossctl compute: 1 failed\n") == 1
    assert text.count("| mae | 1 | 40 |") == 2, "the values stand below the gates"


GATED: dict[str, tuple[str, ...]] = {
    "result": (*COMPUTE, "--fail-over", "0.5", "--fail-over", "mae=2"),
    "comparison": (*COMPARE, "--fail-if-worse", "--fail-over", "1"),
    "run": (*RUN, "--fail-over", "90%baseline", "--baseline", "old.json"),
}


@pytest.mark.parametrize("name", GATED)
def test_gates_in_json_follow_the_schema(name: str, folder: Path, answer: Answer) -> None:
    answer(*RUN, "-o", "old.json")
    words = GATED[name]
    document = json.loads(answer(*words, "-f", "json").out)
    jsonschema.validate(document, json.loads(answer("schema", name).out))
    gates = document["gates"]
    lines = [json.loads(line) for line in answer(*words, "-f", "jsonl").out.splitlines()]
    assert [gate for line in lines for gate in line["gates"]] == gates
    assert sum(gate["fails"] for gate in gates) == answer(*words).err.count("error: gate failed: ")
    keys = [
        "name", "kind", "value", "limit", "reference", "at_least", "verdict", "fails", "sentence",
        "interval", "confidence", "group", "file", "line",
    ]  # fmt: skip
    assert all(list(gate) == keys for gate in gates)
    for form in ("table", "plain", "csv", "markdown"):
        text = answer(*words, "-f", form).out
        assert all(gate["sentence"] in text for gate in gates), form
    plain = answer(*words[: words.index("--fail-over")], "-f", "json").out
    assert ("gates" in json.loads(plain)) is (name != "result"), "only where there are any"


@pytest.mark.parametrize(("more", "said"), [
    (("--report", "junit=p.npy"), "--report: p.npy would overwrite the "),
    (("-f", "json", "-o", "a.xml", "--report", "junit=a.xml"), "would also be written by --output"),
    (("--report", "junit=a", "--report", "gitlab=a"), "would also be written by --report"),
    (("--report", "junit=no/a"), "no"), (("--report", "tap=a"), "reports are junit=FILE"),
    (("-f", "json", "-o", "p.npy"), "would overwrite"),
])  # fmt: skip
@pytest.mark.parametrize("command", [COMPUTE, COMPARE, RUN], ids=lambda words: words[0])
def test_no_report_overwrites_anything(
    command: tuple[str, ...], more: tuple[str, ...], said: str, folder: Path, answer: Answer
) -> None:
    before = (folder / "p.npy").read_bytes()
    done = answer(*command, *more)
    assert done.code == 2
    assert said in done.err
    assert (folder / "p.npy").read_bytes() == before


def test_what_stops_early_replaces_reports_only(folder: Path, answer: Answer) -> None:
    """A command that stops before it knows its inputs leaves alone what is no report."""
    before = {name: (folder / name).read_bytes() for name in ("p.npy", "t.csv", "o.yaml")}
    for kind in ("junit", "gitlab", "markdown"):
        for name in before:
            assert answer(*COMPUTE, "--fail-over", "x", "--report", f"{kind}={name}").code == 2
    assert {name: (folder / name).read_bytes() for name in before} == before
    assert answer(*COMPUTE, *REPORTS).code == 0
    assert statuses(folder) == [PASSED]
    assert answer(*COMPUTE, "--fail-over", "x", *REPORTS).code == 2
    assert statuses(folder) == [FAILED], "a report of an earlier command is replaced"
    assert len(json.loads((folder / "gitlab.json").read_text())) == 1
    assert answer(*COMPUTE, *REPORTS).code == 0
    assert json.loads((folder / "gitlab.json").read_text()) == []


@pytest.mark.parametrize("command", ["slices", "compare"])
def test_hostile_slices_in_every_report(command: str, folder: Path, answer: Answer) -> None:
    names = [name for name in HOSTILE if not set(name) & set("\n\r\0")]
    with (folder / "h.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["region", "p", "q", "y"])
        writer.writerows([name, at, at + 1.0, 0.5] for at in range(12) for name in names)
    places: dict[str, tuple[str, ...]] = {
        "slices": ("--column", "predictions=p"),
        "compare": ("--column", "old=p", "--column", "new=q"),
    }
    table = ("--table", "h.csv", *places[command], "--column", "targets=y", "-l", "mae")
    done = answer(command, *table, "--by", "region", "--fail-over", "mae[region=*]=1", *REPORTS)
    assert done.code == 1, done.err
    shown = len({name.strip() for name in names if name.strip()})
    found = statuses(folder)
    assert len(found) >= shown - 1
    assert set(found) <= {FAILED, SKIPPED}
    assert len(json.loads((folder / "gitlab.json").read_text())) == len(found)
    log = [line for line in done.err.split("\n") if line.startswith("::")]
    assert len(log) == len(found)
    assert {tuple(properties) for _, properties, _ in commands("\n".join(log))} == {("title",)}
    comment = (folder / "comment.md").read_text()
    require_columns(comment)
    for text in (comment, *log, parsed((folder / "junit.xml").read_text()).tag):
        assert not [letter for letter in text if letter in "\x1b\x9b\u202e\u2066\ufeff"]
    table_lines = comment.split("\n\n")[1].split("\n")
    assert len(table_lines) == 2 + len(found), "no name adds a row"
