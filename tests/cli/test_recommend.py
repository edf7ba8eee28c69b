"""`lossctl recommend` off a terminal: options, formats, the tree, help, errors."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lossctl.recommender.decision_tree import load_tree
from tests.cli.recommending import data
from tests.cli.run import Answer, lossctl


def test_json_holds_what_is_promised(advise: Answer) -> None:
    found = data(
        advise("--task", "classification", "--classes", "multiclass", "--imbalance", "severe",
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


def test_the_command_it_prints_runs(advise: Answer, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    np.save(tmp_path / "p.npy", rng.normal(size=(50, 3)))
    np.save(tmp_path / "y.npy", rng.integers(0, 3, 50))
    for imbalance in ("balanced", "moderate", "severe"):
        found = data(advise("--task", "classification", "--classes", "multiclass",
                            "--imbalance", imbalance, "-f", "json"))  # fmt: skip
        words = found["command"].replace("PREDICTIONS", str(tmp_path / "p.npy"))
        done = lossctl(*words.replace("TARGETS", str(tmp_path / "y.npy")).split()[1:])
        assert done.code == 0, done.err


def test_again_gives_the_same_answer(advise: Answer) -> None:
    first = data(advise("--task", "regression", "--goal", "quantile", "--quantile", "0.95",
                        "--outliers", "some", "-f", "json"))  # fmt: skip
    assert first["recommendation"]["params"] == {"q": 0.95}
    second = data(advise(*first["recommend_command"].split()[2:], "-f", "json"))
    assert second == first


def test_missing_answers_name_the_options(advise: Answer) -> None:
    done = advise()
    assert (done.code, done.out) == (2, "")
    assert "--task (classification|" in done.err
    done = advise("--task", "regression")
    assert done.code == 2
    for option in ("--outliers (none|some|many)", "--goal", "--metric (rmse|"):
        assert option in done.err
    assert len(done.err.splitlines()) <= 2
    assert advise("--task", "regression", "--no-input").code == 0


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
         "no code for tversky; there is code for pytorch"),
    ],
)  # fmt: skip
def test_errors(args: tuple[str, ...], message: str, advise: Answer) -> None:
    done = advise(*args)
    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert "Traceback" not in done.err


def test_both_answers_are_shown_where_they_differ(advise: Answer) -> None:
    same = advise("--task", "regression", "--outliers", "none").out
    assert "guides say" not in same
    other = advise("--task", "regression", "--outliers", "some", "--metric", "rmse").out
    assert other.startswith("mse")
    assert "guides say huber:delta=0.5" in other


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--goal", "mean", "--quantile", "0.9"), "--quantile is used only with --goal quantile"),
        (("--metric", "rmse", "--quantile", "0.9"), "--quantile is used only with"),
        (("--explain-tree", "--targets", "y.npy"), "--targets has no place beside it"),
        (("--explain-tree", "--snippet", "jax"), "--snippet has no place beside it"),
        (("--explain-tree", "--goal", "mean"), "--goal has no place beside it"),
    ],
)
def test_no_option_is_ignored(args: tuple[str, ...], message: str, advise: Answer) -> None:
    done = advise(*args)
    assert (done.code, done.out) == (2, "")
    assert message in done.err


def test_a_quantile_makes_it_the_goal(advise: Answer) -> None:
    found = data(advise("--quantile", "0.7", "--no-input", "-f", "json"))
    assert found["recommendation"]["spec"] == "quantile:q=0.7"
    assert found["answers"]["goal"] == "quantile"
    assert "--quantile (0.9 is taken)" in advise("--goal", "quantile", "--no-input").out


def test_formats(advise: Answer, tmp_path: Path) -> None:
    args = ("--task", "segmentation", "--object-size", "tiny")
    markdown = advise(*args, "-f", "markdown").out
    assert markdown.startswith("# `tversky:alpha=0.3,beta=0.7`\n")
    assert markdown.count("```") == 2
    plain = advise(*args, "--plain").out
    assert plain.startswith("Recommended: tversky:alpha=0.3,beta=0.7\n")
    assert all(": " in line for line in plain.splitlines())
    table = advise(*args).out
    assert max(map(len, table.splitlines())) <= 92
    for words in ("against", "instead", "train with", "expect", "warnings", "compute"):
        assert f"\n{words}" in table
    assert "\x1b" not in table
    out = tmp_path / "advice.md"
    assert advise(*args, "-f", "markdown", "-o", out).out == ""
    assert out.read_text() == markdown


def test_snippets_are_code(advise: Answer) -> None:
    code = advise("--task", "regression", "--outliers", "some", "--snippet", "pytorch").out
    assert "HuberLoss(delta=0.5)" in code
    compile(code, "snippet", "exec")


def test_explain_tree(advise: Answer) -> None:
    text = advise("--explain-tree").out
    for task in load_tree().branches:
        assert f"\n{task}: " in "\n" + text
    branch = advise("--explain-tree", "--task", "regression").out
    assert branch in text
    assert "goal median → mae" in branch
    mermaid = advise("--explain-tree", "-f", "mermaid").out
    assert mermaid.startswith("flowchart LR\n")
    assert mermaid.count('(["') == sum(
        len(one.guide) + len(one.evidence) for one in load_tree().branches.values()
    )
    assert mermaid.count('"') % 2 == 0
    found = data(advise("--explain-tree", "-f", "json"))
    assert set(found["leaves"]) == set(load_tree().leaves)
    assert advise("--explain-tree", "-f", "csv").code == 2


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
