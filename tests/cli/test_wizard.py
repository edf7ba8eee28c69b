"""`lossctl recommend` on a terminal: driven key by key through a pseudo-terminal."""

import re
from pathlib import Path

from tests.cli.run import SAMPLES
from tests.cli.terminal import DOWN, ENTER, LEFT, Terminal


def opened(
    terminals: list[Terminal],
    *args: str | Path,
    columns: int = 80,
    env: dict[str, str] | None = None,
) -> Terminal:
    terminals.append(Terminal(*args, columns=columns, env=env))
    return terminals[-1]


def test_menus_back_and_why(terminals: list[Terminal]) -> None:
    shell = opened(terminals)
    shell.expect("What is the task?")
    shell.expect("q quit")
    shell.send(DOWN + ENTER)
    shell.expect("How will the model be judged?")
    shell.expect("q quit")
    shell.send("?")
    shell.expect("The metric is the most important answer")
    shell.send(LEFT)
    shell.expect("What is the task?")
    shell.expect("q quit")
    shell.send("1" + ENTER)
    for question, keys in (
        ("How will the model be judged?", DOWN), ("How many classes?", DOWN),
        ("Does any of these apply?", ""), ("rules or constraints?", ""),
    ):  # fmt: skip
        shell.expect(question)
        shell.expect("q quit")
        shell.send(keys + ENTER)
    shell.expect("logit_adjusted_cross_entropy")
    code, rest = shell.finish()
    assert code == 0
    assert "lossctl compute PREDICTIONS TARGETS" in rest
    assert "guides say" in rest
    for settled in ("How uneven", "Do easy examples", "What kind of model"):  # by the metric
        assert settled not in shell.text


def test_the_answer_fits_the_screen(terminals: list[Terminal]) -> None:
    for columns in (80, 60):
        shell = opened(
            terminals, "--task", "classification", "--classes", "binary", "--imbalance", "severe",
            "--difficulty", "balanced", "--scheme", "standard", "--metric", "unknown",
            "--constraints", "multiple", columns=columns,
        )  # fmt: skip
        code, text = shell.finish()
        lines = text.rstrip("\n").split("\n")
        assert code == 0
        assert max(map(len, lines)) <= columns
        assert len(lines) <= 23
        assert lines[0].startswith("focal:gamma=2,alpha=0.25")
        assert lines[-1].startswith(("compute", " "))


def test_a_race_is_the_last_step_and_fits_the_screen(terminals: list[Terminal]) -> None:
    file = SAMPLES / "logic" / "features.csv"
    shell = opened(
        terminals, "--targets", f"{file}::target", "--race", f"{file}::radius,texture",
        "--scheme", "standard", "--constraints", "none", "--model", "linear",
    )  # fmt: skip
    shell.expect("How will the model be judged?")
    shell.expect("q quit")
    shell.send(DOWN + ENTER)  # balanced_accuracy
    shell.expect("tau=1")
    code, rest = shell.finish()
    assert code == 0
    assert re.search(r"race +· \S+ wins: ", rest)
    assert "a linear model, trained here" in rest
    lines = rest.rstrip("\n").split("\n")
    assert max(map(len, lines)) <= 80
    assert len(lines) <= 24


def test_menus_fit_narrow_terminals(terminals: list[Terminal]) -> None:
    shell = opened(terminals, "--task", "regression", "--outliers", "none", columns=60)
    shell.expect("How will the model be judged?")
    shown = shell.expect("q quit")
    assert max(map(len, re.split(r"\r|\n", shown))) <= 60


def test_leaving_says_how_to_go_on(terminals: list[Terminal]) -> None:
    shell = opened(terminals, "--task", "regression")
    shell.expect("How will the model be judged?")
    shell.expect("q quit")
    shell.send(DOWN + ENTER)
    shell.expect("What kind of model is it?")
    shell.expect("q quit")
    shell.send("q")
    code, rest = shell.finish()
    assert code == 130
    assert "go on with: lossctl recommend --task regression --metric r2" in rest


def asked_for_a_quantile(terminals: list[Terminal]) -> Terminal:
    """Answer all but the quantile."""
    shell = opened(
        terminals, "--task", "regression", "--outliers", "none", "--goal", "quantile",
        "--support", "real", "--setting", "standard", "--metric", "unknown",
        "--constraints", "none",
    )  # fmt: skip
    shell.expect("Which quantile?")
    shell.expect("q quit")
    return shell


def test_a_number_may_be_typed(terminals: list[Terminal]) -> None:
    shell = asked_for_a_quantile(terminals)
    shell.send("1.5" + ENTER)
    shell.expect("between 0 and 1")
    shell.send("0.75" + ENTER)
    shell.expect("quantile:q=0.75")
    assert shell.finish()[0] == 0


def test_the_quantile_taken_in_silence_is_the_one_offered_first(terminals: list[Terminal]) -> None:
    shell = asked_for_a_quantile(terminals)
    shell.send(LEFT)
    shell.expect("there is nothing before it")
    shell.send(ENTER)
    shell.expect("quantile:q=0.9")
    assert shell.finish()[0] == 0


def test_plain_lines_for_screen_readers(terminals: list[Terminal]) -> None:
    shell = opened(terminals, "--plain", "--task", "detection")
    shell.expect("Which part of the detector?")
    shell.expect("1: both, classes and boxes together")
    shell.expect("q quit): ")
    shell.send("b\n")
    shell.expect("there is nothing before it")
    shell.send("?\n")
    shell.expect("each head can also be evaluated alone")
    shell.send("nonsense\n")
    shell.expect("Please give a number from 1 to 4")
    shell.send("3\n")
    shell.expect("How will the model be judged?")
    shell.send("b\n")
    shell.expect("Which part of the detector?")
    shell.send("boxes\n")
    shell.expect("How will the model be judged?")
    shell.send("map\n")
    shell.expect("rules or constraints?")
    shell.send("1\n")
    shell.expect("Recommended: giou")
    code, rest = shell.finish()
    assert code == 0
    assert "\x1b" not in shell.raw
    assert "Compute: lossctl compute" in rest


def test_only_what_the_data_leave_open_is_asked(terminals: list[Terminal]) -> None:
    folder = SAMPLES / "segmentation"
    shell = opened(terminals, "--targets", folder / "targets.npy")
    before = shell.expect("What is segmented?")
    assert "object_size small: half of 16 objects" in before
    shell.expect("q quit")
    shell.send(ENTER)
    shell.expect("How will the model be judged?")
    shell.expect("q quit")
    shell.send("1" + ENTER)
    shell.expect("rules or constraints?")
    shell.expect("q quit")
    shell.send(ENTER)
    shell.expect("dice_cross_entropy")
    assert shell.finish()[0] == 0
    assert "How uneven" not in shell.text


def test_no_colour_still_wraps(terminals: list[Terminal]) -> None:
    for env in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        for args in (("--no-input", "--task", "regression"), ("--explain-tree",)):
            shell = opened(terminals, *args, columns=60, env=env)
            code, text = shell.finish()
            assert code == 0
            assert "\x1b" not in shell.raw
            assert max(map(len, text.splitlines())) <= 60
