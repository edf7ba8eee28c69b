"""Start-up and completion: nothing heavy is imported before it is needed."""

import subprocess
import sys

import pytest

from lossctl.io.file_formats import stream_formats
from tests.cli.run import SAMPLES, lossctl

HEAVY = ("numpy", "pandas", "scipy", "yaml", "rich", "pydantic", "sklearn", "torch")
PROBE = """
import sys
from lossctl.cli.main import run
code = run({arguments!r})
print(code, *sorted(set(sys.modules) & set({heavy!r})), sep="|", file=sys.stderr)
"""


def imported(*arguments: str) -> set[str]:
    """Return which heavy packages a run imports."""
    probe = PROBE.format(arguments=list(arguments), heavy=HEAVY)
    done = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, timeout=30, check=False
    )
    code, *names = done.stderr.strip().splitlines()[-1].split("|")
    assert code == "0", done.stderr
    return set(names)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("--version",),
        ("compute", "--help"),
        ("schema",),
        ("run", "--help"),
        ("init", "--help"),
    ],
)
def test_help_imports_nothing_heavy(arguments: tuple[str, ...]) -> None:
    assert imported(*arguments) == set()


def test_arrays_need_no_pandas() -> None:
    files = (str(SAMPLES / "diabetes/preds.npy"), str(SAMPLES / "diabetes/targets.npy"))
    assert imported("compute", *files, "-l", "mse") <= {"numpy"}
    assert imported("compute", *files, "-l", "mse", "-f", "json") <= {"numpy"}


def test_only_configurations_need_pydantic() -> None:
    assert "pydantic" not in imported("list")
    assert "pydantic" not in imported("show", "vae")
    assert "pydantic" in imported("run", str(SAMPLES / "../configs/regression-constraints.yaml"))


def complete(words: str, at: int) -> list[str]:
    """Return what the shell is offered for word `at`."""
    env = {"_LOSSCTL_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(at)}
    done = lossctl(env=env)
    assert done.err == ""
    return done.out.split()


def test_commands() -> None:
    assert complete("lossctl ", 1)[:1] == ["compute"]
    assert complete("lossctl sh", 1) == ["show"]


def test_loss_names() -> None:
    assert "focal" in complete("lossctl compute a b --loss fo", 5)
    assert {"mse", "mae"} <= set(complete("lossctl compute a b --loss m", 5))
    assert len(complete("lossctl compute a b --loss ", 5)) >= 12
    assert complete("lossctl show hub", 2) == ["huber"]
    assert complete("lossctl show f1", 2) == ["f1"]
    assert complete("lossctl explain LC10", 2) == [f"LC10{last}" for last in range(1, 8)]
    assert complete("lossctl explain softm", 2) == ["softmax-twice"]


def test_loss_parameters() -> None:
    found = complete("lossctl compute a b --loss focal:", 5)
    assert {"focal:gamma=", "focal:alpha="} <= set(found)
    assert complete("lossctl compute a b --loss focal:ga", 5) == ["focal:gamma="]
    assert "focal:gamma=1,alpha=" in complete("lossctl compute a b --loss focal:gamma=1,", 5)
    assert "focal:gamma=1,gamma=" not in complete("lossctl compute a b --loss focal:gamma=1,", 5)
    assert complete("lossctl compute a b --loss nothing:", 5) == []


def test_loss_parameters_as_bash_splits_them() -> None:
    """Bash ends words at : and =, so it asks with `focal`, `:`, `ga` and wants the rest."""
    assert complete("lossctl compute a b --loss focal : ga", 7) == ["gamma="]


def test_choices_of_options() -> None:
    assert complete("lossctl compute a b --reduction ", 5) == ["mean", "sum", "none"]
    assert complete("lossctl compute a b --input log", 5) == ["logits", "log_probabilities"]
    assert complete("lossctl compute a b --format j", 5) == ["json", "jsonl"]
    assert complete("lossctl compute a b --task multi", 5) == ["multilabel", "multiclass"]
    assert complete("lossctl list --family reg", 3) == ["regression"]


def test_every_choice_is_completed() -> None:
    """An option with a fixed set of values offers them."""
    offered = {
        "--nan": ["raise", "omit", "propagate"],
        "--precision": ["auto", "double"],
        "--pooling": ["batch", "sample"],
        "--stdin-format": [*stream_formats()],
    }
    found = {name: complete(f"lossctl compute a b {name} ", 5) for name in offered}
    assert found == offered


def test_options() -> None:
    assert complete("lossctl compute a b --red", 4) == ["--reduction"]
