"""What a person sees on terminals of 80 and 120 columns, as files that are read one by one."""

from collections.abc import Callable

import pytest

from lossctl.cli.commands import COMMANDS, every_command
from tests.cli.run import SAMPLES, Screen, lossctl

WIDTHS = (80, 120)
CANCER = ("breast_cancer/preds.npy", "breast_cancer/targets.npy")
DIABETES = ("diabetes/preds.npy", "diabetes/targets.npy")
MASKS = ("segmentation/class_logits.npy", "segmentation/class_targets.npy")
VAE = [f"objective/{name}.npy" for name in ("reconstruction", "images", "mean", "log_variance")]
BY_CLASS = ("-l", "dice", "--average", "macro", "--ignore-index", "255")
NAMED = ("--class-names", "sky,road,car")
RUN = ("run", "../configs/logical.yaml")
OUTPUTS: dict[str, tuple[str, ...]] = {
    "list": ("list",),
    "show-huber": ("show", "huber"),
    "show-focal": ("show", "focal"),
    "show-vae": ("show", "vae"),
    "compute-one": ("compute", *CANCER, "-l", "focal"),
    "compute-several": ("compute", *DIABETES, "-l", "mse", "-l", "huber:delta=50", "-l", "mae"),
    "compute-params": ("compute", *CANCER, "-l", "focal:gamma=1.5,alpha=null", "-l", "hinge"),
    "compute-quantiles": ("compute", *DIABETES, "-l", "quantile:q=0.1", "-l", "quantile:q=0.9"),
    "compute-classes": ("compute", *MASKS, *BY_CLASS, *NAMED, "-l", "cross_entropy"),
    "compute-recipe": ("compute", *VAE, "-l", "vae:beta=4"),
    "compute-items": ("compute", *CANCER, "-l", "bce", "--reduction", "none"),
    "compute-digits": ("compute", *CANCER, "-l", "focal", "-l", "bce", "--digits", "3"),
    "compute-gate-passed": ("compute", *CANCER, "-l", "focal", "--fail-over", "0.01"),
    "compute-gate-failed": ("compute", *CANCER, "-l", "focal", "--fail-over", "0.00848579"),
    "compute-class-gate": ("compute", *MASKS, *BY_CLASS, "--fail-over", "dice.class.1=0.05"),
    "compute-markdown": ("compute", *MASKS, *BY_CLASS, *NAMED, "-f", "markdown"),
    "compute-plain": ("compute", *MASKS, *BY_CLASS, "-l", "cross_entropy", "-f", "plain"),
    "run-logic": RUN,
    "run-gates": ("run", "../configs/segmentation.yaml", "--fail-over", "dice=0.05"),
    "run-formulas": ("run", "../configs/rules-as-formulas.yaml", "--sensitivity"),
    "run-checkpoints": ("run", "../configs/checkpoints.yaml", "--weights-grid", "rule=1,2"),
    "run-markdown": (*RUN, "-f", "markdown"),
    "recommend-answers": ("recommend", "--task", "regression", "--outliers", "many", "--no-input"),
    "recommend-data": (
        "recommend", "--targets", CANCER[1], "--predictions", CANCER[0], "--metric", "f1",
    ),
    "recommend-plain": ("recommend", "--task", "segmentation", "--no-input", "-f", "plain"),
}  # fmt: skip


def seen(args: tuple[str, ...], columns: int) -> str:
    """Return what a terminal without colour shows: the result, then notes and errors."""
    env = {"COLUMNS": str(columns), "LINES": "60", "NO_COLOR": "1"}
    done = lossctl(*args, env=env, cwd=SAMPLES, stream=Screen)
    wide = [line for line in (done.out + done.err).splitlines() if len(line) > columns]
    # what is for other programs, and commands to copy, is not broken
    assert not wide or {"markdown", "plain"} & set(args), wide
    command = " ".join(("lossctl", *args))
    return f"$ {command}\n{done.out}\n[standard error, exit {done.code}]\n{done.err}"


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("name", OUTPUTS)
def test_output_golden(name: str, columns: int, golden: Callable[[str, str], None]) -> None:
    golden(f"{name}-{columns}.txt", seen(OUTPUTS[name], columns))


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("command", ["", *dict.fromkeys((*COMMANDS, *every_command()))])
def test_help_golden(command: str, columns: int, golden: Callable[[str, str], None]) -> None:
    done = lossctl(*command.split(), "--help", env={"COLUMNS": str(columns)})
    assert (done.code, done.err) == (0, "")
    assert max(map(len, done.out.splitlines())) <= columns
    name = command.replace(" ", "-") or "lossctl"
    golden(f"help-{name}-{columns}.txt", done.out)


@pytest.mark.parametrize("columns", WIDTHS)
def test_baseline_golden(
    columns: int, golden: Callable[[str, str], None], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A run beside an earlier one: worse, and within a tolerance."""
    folder = tmp_path_factory.mktemp("baseline")
    huber = ("diabetes/preds_huber.npy", DIABETES[1])
    lossctl("compute", *DIABETES, "-l", "mse", "-o", folder / "old.json", cwd=SAMPLES)
    parts = []
    for more in ((), ("--tolerance", "50%")):
        args = ("compute", *huber, "-l", "mse", "--baseline", str(folder / "old.json"), *more)
        parts.append(seen(args, columns).replace(f"{folder}/", ""))
    golden(f"compute-baseline-{columns}.txt", "\n".join(parts))
