"""`lossctl recommend` off a terminal: options, files, data, formats, errors."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import yaml

from lossctl.recommend.tree import load_tree
from tests.cli.run import SAMPLES, Outcome, inside, lossctl

Answer = Callable[..., Outcome]


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Answer:
    """Give a function that runs `lossctl recommend` in this process."""
    monkeypatch.setenv("TERM", "dumb")
    return lambda *args: inside(["recommend", *map(str, args)], monkeypatch, capsys)


def data(done: Outcome) -> dict:
    assert done.code == 0, done.err
    return json.loads(done.out, parse_constant=pytest.fail)


def test_json_holds_what_is_promised(answer: Answer) -> None:
    found = data(
        answer("--task", "classification", "--classes", "multiclass", "--imbalance", "severe",
               "--metric", "balanced_accuracy", "-f", "json")
    )  # fmt: skip
    assert found["schema_version"] == 1
    assert found["answers"]["metric"] == "balanced_accuracy"
    assert found["facts"] == {}
    best = found["recommendation"]
    assert best["loss"] == "logit_adjusted_cross_entropy"
    assert best["params"] == {"tau": 1.0}
    assert best["evidence"] == "theorem"
    assert best["because"]
    assert best["against"]
    assert "2007.07314" in best["source"]
    assert (found["guide"]["loss"], found["guide"]["agrees"]) == ("focal", False)
    assert {one["loss"] for one in found["alternatives"]} >= {"cross_entropy"}
    assert found["post_hoc"][0]["step"] == "prior_correction"
    assert found["tuning"]["learning_rate"] == "1e-3 to 1e-4"
    assert found["command"].startswith("lossctl compute PREDICTIONS TARGETS --loss logit_adjusted")


def test_the_command_it_prints_runs(answer: Answer, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    np.save(tmp_path / "p.npy", rng.normal(size=(50, 3)))
    np.save(tmp_path / "y.npy", rng.integers(0, 3, 50))
    for imbalance in ("balanced", "moderate", "severe"):
        found = data(answer("--task", "classification", "--classes", "multiclass",
                            "--imbalance", imbalance, "-f", "json"))  # fmt: skip
        words = found["command"].replace("PREDICTIONS", str(tmp_path / "p.npy"))
        done = lossctl(*words.replace("TARGETS", str(tmp_path / "y.npy")).split()[1:])
        assert done.code == 0, done.err


def test_again_gives_the_same_answer(answer: Answer) -> None:
    first = data(answer("--task", "regression", "--goal", "quantile", "--quantile", "0.95",
                        "--outliers", "some", "-f", "json"))  # fmt: skip
    assert first["recommendation"]["params"] == {"q": 0.95}
    second = data(answer(*first["recommend_command"].split()[2:], "-f", "json"))
    assert second == first


def test_missing_answers_name_the_options(answer: Answer) -> None:
    done = answer()
    assert (done.code, done.out) == (2, "")
    assert "--task (classification|" in done.err
    done = answer("--task", "regression")
    assert done.code == 2
    for option in ("--outliers (none|some|many)", "--goal", "--metric (rmse|"):
        assert option in done.err
    assert len(done.err.splitlines()) <= 2
    assert answer("--task", "regression", "--no-input").code == 0


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--task", "clasification"), "did you mean classification?"),
        (("--task", "regression", "--metric", "f1"), "--metric for regression must be one of"),
        (("--task", "regression", "--classes", "binary"), "--classes is not asked"),
        (("--task", "regression", "--goal", "mean", "-f", "yaml"), "--format must be one of"),
        (("--task", "regression", "--goal", "mean", "--snippet", "tf"), "--snippet must be"),
        (("--predictions", "p.npy"), "--predictions needs --targets"),
        (("--answers", "missing.yaml"), "cannot read missing.yaml"),
        (("--task", "segmentation", "--object-size", "tiny", "--snippet", "lightgbm"),
         "no code for tversky; there is for pytorch"),
    ],
)  # fmt: skip
def test_errors(args: tuple[str, ...], message: str, answer: Answer) -> None:
    done = answer(*args)
    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert "Traceback" not in done.err


def test_answers_from_a_file(answer: Answer, tmp_path: Path) -> None:
    file = tmp_path / "answers.yaml"
    file.write_text("task: segmentation\nobject-size: tiny\nconstraints: none\n")
    found = data(answer("--answers", file, "-f", "json"))
    assert found["recommendation"]["loss"] == "tversky"
    over = data(answer("--answers", file, "--object-size", "small", "-f", "json"))
    assert over["recommendation"]["loss"] == "dice"
    file.write_text(json.dumps(found))
    assert data(answer("--answers", file, "-f", "json")) == found
    file.write_text("task: segmentation\nobject_sise: tiny\n")
    assert "did you mean object_size?" in answer("--answers", file).err
    file.write_text("[1, 2")
    assert "no YAML" in answer("--answers", file).err


def test_from_data(answer: Answer) -> None:
    folder = SAMPLES / "imbalanced"
    found = data(
        answer("--targets", folder / "targets.npy", "--predictions", folder / "preds.npy",
               "--metric", "f1", "-f", "json")
    )  # fmt: skip
    targets = np.load(folder / "targets.npy")
    assert found["facts"]["smallest_class"] == int(targets.sum())
    ratio = (targets == 0).sum() / targets.sum()
    assert found["facts"]["imbalance_ratio"] == pytest.approx(ratio, rel=1e-5)
    assert found["from_data"]["imbalance"]["answer"] == "moderate"
    assert found["recommendation"]["loss"] == "bce_with_logits"
    step = found["post_hoc"][0]
    assert step["step"] == "threshold"
    assert step["measured"]["better"]
    assert step["measured"]["after"] > 1.5 * step["measured"]["before"]


def written_value(answer: Answer, tmp_path: Path, *args: str | Path) -> tuple[dict, float]:
    """Return the advice, and the value that its command and its configuration agree on."""
    file = tmp_path / "c.yaml"
    found = data(answer(*args, "--no-input", "--write", file, "--force", "-f", "json"))
    ran = lossctl("run", file, "--value-only")
    computed = lossctl(*found["command"].split()[1:], "--value-only")
    assert (ran.code, computed.code) == (0, 0), ran.err + computed.err
    assert float(ran.out) == pytest.approx(float(computed.out), rel=1e-12)
    assert "read as logits" not in computed.err
    return found, float(ran.out)


def bce(p: np.ndarray, y: np.ndarray) -> float:
    return float(-np.mean(np.where(y == 1, np.log(p), np.log1p(-p))))


@pytest.mark.parametrize(
    ("folder", "file"),
    [("breast_cancer", "preds"), ("imbalanced", "preds"), ("multilabel", "probabilities")],
)
def test_probabilities_are_read_as_such(
    folder: str, file: str, answer: Answer, tmp_path: Path
) -> None:
    y, p = SAMPLES / folder / "targets.npy", SAMPLES / folder / f"{file}.npy"
    found, value = written_value(
        answer, tmp_path, "--targets", y, "--predictions", p, "--metric", "f1"
    )
    assert found["recommendation"]["options"] == {"input": "probabilities"}
    assert value == pytest.approx(bce(np.load(p).astype(float), np.load(y)), rel=1e-6)


def test_masks_of_probabilities_are_read_as_such(answer: Answer, tmp_path: Path) -> None:
    y, p = SAMPLES / "segmentation" / "targets.npy", SAMPLES / "segmentation" / "preds.npy"
    args = ("--targets", y, "--predictions", p, "--metric", "pixel_accuracy")
    _, value = written_value(answer, tmp_path, *args)
    assert value == pytest.approx(bce(np.load(p).astype(float), np.load(y)), rel=1e-6)


def test_rates_are_not_read_as_their_logarithms(answer: Answer, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rates = rng.gamma(2, 2, 500) + 0.1
    counts = rng.poisson(rates)
    np.save(tmp_path / "y.npy", counts)
    args = ("--targets", tmp_path / "y.npy", "--predictions", tmp_path / "p.npy",
            "--metric", "poisson_deviance")  # fmt: skip
    expected = float(np.mean(rates - counts * np.log(rates)))
    for predictions, log_input in ((rates, False), (np.log(rates), True)):
        np.save(tmp_path / "p.npy", predictions)
        found, value = written_value(answer, tmp_path, *args)
        assert found["recommendation"]["params"] == {"log_input": log_input}
        assert value == pytest.approx(expected, rel=1e-6)


def test_labels_without_a_class_are_ignored(answer: Answer, tmp_path: Path) -> None:
    y, p = (SAMPLES / "segmentation" / f"class_{n}.npy" for n in ("targets", "logits"))
    found, value = written_value(
        answer, tmp_path, "--targets", y, "--predictions", p, "--metric", "pixel_accuracy"
    )
    plain = written_value(answer, tmp_path, "--targets", y, "--predictions", p)[0]
    assert "3 labels" in plain["from_data"]["task"]["evidence"]
    assert found["from_data"]["classes"]["evidence"] == "labels 0, 1, 2"
    assert found["recommendation"]["options"] == {"ignore_index": 255}
    assert any("255" in text for text in found["notes"])
    labels, logits = np.load(y).ravel(), np.moveaxis(np.load(p).astype(float), 1, -1).reshape(-1, 3)
    kept = labels != 255
    log_p = logits[kept] - np.log(np.exp(logits[kept]).sum(axis=1, keepdims=True))
    expected = -log_p[np.arange(kept.sum()), labels[kept]].mean()
    assert value == pytest.approx(expected, rel=1e-6)


def test_binary_masks_with_a_border_to_ignore(answer: Answer, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    masks, logits = (rng.uniform(size=(6, 16, 16)) < 0.3).astype(int), rng.normal(size=(6, 16, 16))
    masks[:, :2] = 255
    np.save(tmp_path / "y.npy", masks)
    np.save(tmp_path / "p.npy", logits)
    args = ("--targets", tmp_path / "y.npy", "--predictions", tmp_path / "p.npy",
            "--metric", "pixel_accuracy")  # fmt: skip
    found, value = written_value(answer, tmp_path, *args)
    assert found["answers"]["classes"] == "binary"
    assert found["facts"]["foreground_share"] == pytest.approx((masks == 1).sum() / (6 * 224), 1e-5)
    expected = bce(1 / (1 + np.exp(-logits[:, 2:])), masks[:, 2:])
    assert value == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("mark", [-1, -100, 99])
def test_marked_items_do_not_count(mark: int, answer: Answer, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    labels, logits = rng.integers(0, 4, 300), rng.normal(size=(300, 4))
    args = ("--targets", tmp_path / "y.npy", "--predictions", tmp_path / "p.npy",
            "--metric", "log_loss")  # fmt: skip
    np.save(tmp_path / "y.npy", labels[30:])
    np.save(tmp_path / "p.npy", logits[30:])
    without = data(answer(*args, "--no-input", "-f", "json"))
    expected = written_value(answer, tmp_path, *args)[1]
    np.save(tmp_path / "y.npy", np.where(np.arange(300) < 30, mark, labels))
    np.save(tmp_path / "p.npy", logits)
    found, value = written_value(answer, tmp_path, *args)
    for name in ("imbalance_ratio", "class_counts", "smallest_class", "saturated_share"):
        assert found["facts"][name] == without["facts"][name], name
    assert found["facts"]["ignored"] == 30
    assert found["recommendation"]["options"] == {"ignore_index": mark}
    assert value == pytest.approx(expected, rel=1e-9)


def test_signs_get_a_loss_that_reads_them(answer: Answer, tmp_path: Path) -> None:
    y, p = scored(tmp_path)
    labels, logits = np.load(y), np.load(p)
    np.save(y, 2 * labels - 1)
    args = ("--targets", y, "--predictions", p)
    found, value = written_value(answer, tmp_path, *args, "--metric", "f1")
    assert found["recommendation"]["loss"] == "soft_margin"
    assert value == pytest.approx(bce(1 / (1 + np.exp(-logits)), labels), rel=1e-9)
    found = data(answer(*args, "--difficulty", "easy_dominate", "--no-input", "-f", "json"))
    assert "targets_as_0_and_1.npy" in found["command"]
    assert any("save targets == 1 as targets_as_0_and_1.npy" in text for text in found["notes"])
    assert "soft_margin_loss" in answer(*args, "--no-input", "--snippet", "pytorch").out


def test_from_columns_and_with_groups(answer: Answer, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    lines = ["query,y,p"] + [
        f"{at // 10},{y},{y + rng.normal():.4f}" for at, y in enumerate(rng.poisson(4, 600))
    ]
    (tmp_path / "t.csv").write_text("\n".join(lines) + "\n")
    table = tmp_path / "t.csv"
    found = data(
        answer("--targets", f"{table}::y", "--predictions", f"{table}::p",
               "--groups", f"{table}::query", "-f", "json")
    )  # fmt: skip
    assert found["facts"]["groups"] == 60
    assert found["from_data"]["support"]["answer"] == "counts"
    assert found["recommendation"]["loss"] == "poisson_nll"
    assert found["guide"]["loss"] == "mse"


def test_both_answers_are_shown_where_they_differ(answer: Answer) -> None:
    same = answer("--task", "regression", "--outliers", "none").out
    assert "guides say" not in same
    other = answer("--task", "regression", "--outliers", "some", "--metric", "rmse").out
    assert other.startswith("mse")
    assert "guides say huber:delta=1" in other


def test_write_a_configuration(answer: Answer, tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    done = answer("--task", "classification", "--classes", "multiclass", "--imbalance", "moderate",
                  "--constraints", "multiple", "--write", file)  # fmt: skip
    assert done.code == 0
    assert f"wrote {file}" in done.err
    config = yaml.safe_load(file.read_text())
    assert config["version"] == 1
    assert config["supervised"] == {
        "loss": "cross_entropy",
        "reading": {"class_weights": "balanced"},
    }
    assert config["rules"] == [{"name": "background_knowledge", "values": "rule_values"}]
    assert config["constraints"] == [{"name": "feasible", "values": "constraint_values"}]
    assert config["weights"] == {"supervised": 1.0, "rule": 2.0, "constraint": 5.0}
    assert config["data"] == {
        "predictions": "predictions.npy", "targets": "targets.npy",
        "rule_values": "rules.npy", "constraint_values": "constraints.npy",
    }  # fmt: skip
    answer("--task", "generative", "--model", "vae", "--write", file, "--force")
    config = yaml.safe_load(file.read_text())
    assert [term["loss"] for term in config["supervised"]] == ["mse", "kl_standard_normal"]
    assert set(config["data"]) == {"reconstruction", "targets", "mean", "log_variance"}
    answer("--task", "regression", "--setting", "distribution", "--write", file, "--force")
    config = yaml.safe_load(file.read_text())
    assert set(config["supervised"]["inputs"]) == {"predictions", "variance", "targets"}
    missing = answer("--task", "regression", "--goal", "mean", "--write", tmp_path / "no/c.yaml")
    assert missing.code == 2


def scored(folder: Path) -> tuple[Path, Path]:
    """Save 200 binary labels and their logits."""
    rng = np.random.default_rng(0)
    labels = (rng.uniform(size=200) < 0.4).astype(int)
    np.save(folder / "y.npy", labels)
    np.save(folder / "p.npy", 2.0 * labels - 1 + 2 * rng.normal(size=200))
    return folder / "y.npy", folder / "p.npy"


def test_no_input_is_overwritten(answer: Answer, tmp_path: Path) -> None:
    y, p = scored(tmp_path)
    before = y.read_bytes(), p.read_bytes()
    args = ("--targets", y, "--predictions", p, "--metric", "f1", "--no-input")
    link = tmp_path / "link.npy"
    link.symlink_to(y)
    for option, place, name in (
        ("--write", y, "targets"), ("-o", p, "predictions"), ("--write", link, "targets"),
    ):  # fmt: skip
        done = answer(*args, option, place, "--force")
        assert (done.code, done.out) == (2, "")
        assert f"{place} would overwrite the {name}" in done.err
    assert (y.read_bytes(), p.read_bytes()) == before
    said = tmp_path / "answers.yaml"
    said.write_text("task: regression\n")
    done = answer("--answers", said, "--no-input", "-o", said)
    assert (done.code, "would overwrite the answers" in done.err) == (2, True)


def test_write_overwrites_only_when_forced(answer: Answer, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("mine")
    done = answer("--task", "regression", "--goal", "mean", "--write", file)
    assert (done.code, "--force" in done.err, file.read_text()) == (2, True, "mine")
    assert answer("--task", "regression", "--goal", "mean", "--write", file, "--force").code == 0
    assert yaml.safe_load(file.read_text())["version"] == 1


def test_the_configuration_finds_the_data(
    answer: Answer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    y, p = scored(tmp_path)
    rows = zip(np.load(y), np.load(p), strict=True)
    (tmp_path / "t.csv").write_text("y,p\n" + "".join(f"{a},{float(b)!r}\n" for a, b in rows))
    (tmp_path / "w").mkdir()
    monkeypatch.chdir(tmp_path)
    value = lossctl("compute", "p.npy", "y.npy", "--loss", "bce_with_logits", "--value-only",
                    cwd=tmp_path).out  # fmt: skip
    for targets, predictions in (("y.npy", "p.npy"), ("t.csv::y", "t.csv::p"), (str(y), str(p))):
        args = ("--targets", targets, "--predictions", predictions, "--metric", "log_loss",
                "--no-input")  # fmt: skip
        found = data(answer(*args, "--write", "w/c.yaml", "--force", "-f", "json"))
        assert found["command"] == (
            f"lossctl compute {predictions} {targets} --loss bce_with_logits"
        )
        again = found["recommend_command"]
        assert f"--targets {targets} --predictions {predictions}" in again
        assert data(answer(*again.split()[2:], "-f", "json"))["command"] == found["command"]
        done = lossctl("run", "w/c.yaml", "--value-only", cwd=tmp_path)
        assert done.code == 0, done.err
        assert float(done.out) == pytest.approx(float(value), rel=1e-9)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--goal", "mean", "--quantile", "0.9"), "--quantile counts only with --goal quantile"),
        (("--metric", "rmse", "--quantile", "0.9"), "--quantile counts only with"),
        (("--explain-tree", "--targets", "y.npy"), "--targets has no place beside it"),
        (("--explain-tree", "--snippet", "jax"), "--snippet has no place beside it"),
        (("--explain-tree", "--goal", "mean"), "--goal has no place beside it"),
    ],
)
def test_no_option_is_ignored(args: tuple[str, ...], message: str, answer: Answer) -> None:
    done = answer(*args)
    assert (done.code, done.out) == (2, "")
    assert message in done.err


def test_a_quantile_makes_it_the_goal(answer: Answer) -> None:
    found = data(answer("--quantile", "0.7", "--no-input", "-f", "json"))
    assert found["recommendation"]["spec"] == "quantile:q=0.7"
    assert found["answers"]["goal"] == "quantile"
    assert "--quantile (0.9 is taken)" in answer("--goal", "quantile", "--no-input").out


def test_formats(answer: Answer, tmp_path: Path) -> None:
    args = ("--task", "segmentation", "--object-size", "tiny")
    markdown = answer(*args, "-f", "markdown").out
    assert markdown.startswith("# `tversky:alpha=0.3,beta=0.7`\n")
    assert markdown.count("```") == 2
    plain = answer(*args, "--plain").out
    assert plain.startswith("Recommended: tversky:alpha=0.3,beta=0.7\n")
    assert all(": " in line for line in plain.splitlines())
    table = answer(*args).out
    assert max(map(len, table.splitlines())) <= 92
    for words in ("against", "instead", "train with", "expect", "warnings", "compute"):
        assert f"\n{words}" in table
    assert "\x1b" not in table
    out = tmp_path / "advice.md"
    assert answer(*args, "-f", "markdown", "-o", out).out == ""
    assert out.read_text() == markdown


def test_snippets_are_code(answer: Answer) -> None:
    code = answer("--task", "regression", "--outliers", "some", "--snippet", "pytorch").out
    assert "HuberLoss(delta=1.0)" in code
    compile(code, "snippet", "exec")


def test_explain_tree(answer: Answer) -> None:
    text = answer("--explain-tree").out
    for task in load_tree().branches:
        assert f"\n{task}: " in "\n" + text
    branch = answer("--explain-tree", "--task", "regression").out
    assert branch in text
    assert "goal median → mae" in branch
    mermaid = answer("--explain-tree", "-f", "mermaid").out
    assert mermaid.startswith("flowchart LR\n")
    assert mermaid.count('(["') == sum(
        len(one.guide) + len(one.evidence) for one in load_tree().branches.values()
    )
    assert mermaid.count('"') % 2 == 0
    found = data(answer("--explain-tree", "-f", "json"))
    assert set(found["leaves"]) == set(load_tree().leaves)
    assert answer("--explain-tree", "-f", "csv").code == 2


def test_every_question_is_an_option_with_its_answers() -> None:
    text = " ".join(lossctl("recommend", "--help", env={"COLUMNS": "100"}).out.split())
    for question in load_tree().questions.values():
        assert question.option in text
        if question.id not in {"metric", "quantile"}:
            for name in question.answers:
                assert name in text, f"{question.option} {name}"


def test_help_and_recommending_import_little() -> None:
    probe = (
        "import sys; from lossctl.cli.main import run; run({args!r});"
        "print(*sorted(set(sys.modules) & {{'numpy', 'pandas', 'scipy', 'yaml', 'rich',"
        " 'prompt_toolkit'}}), file=sys.stderr)"
    )

    def imported(*args: str) -> set[str]:
        done = subprocess.run(
            [sys.executable, "-c", probe.format(args=list(args))],
            capture_output=True, text=True, timeout=30, check=True,
        )  # fmt: skip
        return set(done.stderr.splitlines()[-1].split())

    assert imported("recommend", "--help") == set()
    quick = imported("recommend", "--task", "regression", "--goal", "mean", "-f", "json")
    assert quick <= {"numpy", "yaml"}


def test_completion() -> None:
    env = {"_LOSSCTL_COMPLETE": "complete_bash", "COMP_WORDS": "lossctl recommend --goal me",
           "COMP_CWORD": "3"}  # fmt: skip
    assert lossctl(env=env).out.split() == ["mean", "median"]
