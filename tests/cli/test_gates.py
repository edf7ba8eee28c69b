"""Gates: exit 1 for a limit that is passed, never 0 for NaN; baselines; one error per failure."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.cli.expected import CANCER, DIABETES, FOCAL, MSE
from tests.cli.run import Answer, lossctl, process

BINARY = ("compute", str(CANCER / "preds.npy"), str(CANCER / "targets.npy"), "-l", "focal")
RIDGE = ("compute", str(DIABETES / "preds.npy"), str(DIABETES / "targets.npy"), "-l", "mse")
ROBUST = ("compute", str(DIABETES / "preds_huber.npy"), *RIDGE[2:])


def test_limits_as_a_process() -> None:
    plain = lossctl(*BINARY)
    passed = lossctl(*BINARY, "--fail-over", "0.01")
    failed = process(*BINARY, "--fail-over", "0.008")
    assert (passed.code, passed.out, passed.err) == (0, plain.out, "")
    assert (failed.code, failed.out) == (1, plain.out)
    assert len(failed.err.splitlines()) == 1
    for word in ("gate failed", "focal", "0.008485790778", "0.008"):
        assert word in failed.err


@pytest.mark.parametrize(("limit", "code"), [
    (repr(FOCAL * 1.000001), 0), (repr(FOCAL * 0.999999), 1), ("focal=0.5", 0), ("focal=1e-3", 1),
    ("FOCAL=0.5", 0), ("0", 1), ("-1", 1), ("1e300", 0),
])  # fmt: skip
def test_one_limit(limit: str, code: int, answer: Answer) -> None:
    assert answer(*BINARY, f"--fail-over={limit}").code == code


def test_a_value_at_its_limit_passes(tmp_path: Path, answer: Answer) -> None:
    np.save(tmp_path / "p.npy", [1.0, 3.0])
    np.save(tmp_path / "t.npy", [0.5, 2.5])
    assert answer("compute", "p.npy", "t.npy", "-l", "mse", "--fail-over", "0.25").code == 0
    assert answer("compute", "p.npy", "t.npy", "-l", "mse", "--fail-over", "0.2499999").code == 1


GENERATIVE = CANCER.parent / "objective"
VAE = (
    "compute",
    *(str(GENERATIVE / f"{name}.npy") for name in ("reconstruction", "images", "mean")),
    str(GENERATIVE / "log_variance.npy"),
    *("-l", "vae"),
)


def test_limits_of_the_parts_of_a_recipe(answer: Answer) -> None:
    mean = np.load(GENERATIVE / "mean.npy").astype(float)
    log_variance = np.load(GENERATIVE / "log_variance.npy").astype(float)
    divergence = 0.5 * (mean**2 + np.exp(log_variance) - 1 - log_variance).sum(axis=1).mean()
    low, high = f"{divergence * 0.999}", f"{divergence * 1.001}"
    assert answer(*VAE, "--fail-over", f"kl={high}", "--fail-over", "reconstruction=1").code == 0
    failed = answer(*VAE, "--fail-over", f"kl={low}", "--fail-over", "vae=1e9")
    assert failed.code == 1
    assert failed.err.startswith(f"error: gate failed: kl of vae is {divergence:.7g}")


@pytest.mark.parametrize(("limit", "said"), [
    ("kll=1", "did you mean kl?"), ("mse=1", "parts are reconstruction, kl"), ("kl=x", "a number"),
    ("zzz=1", "no part 'zzz'; parts are reconstruction, kl"),
])  # fmt: skip
def test_what_is_no_part(limit: str, said: str, answer: Answer) -> None:
    found = answer(*VAE, "--fail-over", limit)
    assert (found.code, found.out) == (2, "")
    assert said in found.err


def test_a_part_that_these_inputs_do_not_make(tmp_path: Path, answer: Answer) -> None:
    np.save(tmp_path / "p.npy", [[0.9, 0.1]])
    np.save(tmp_path / "t.npy", [0])
    logical = ("compute", "p.npy", "t.npy", "-l", "logical")
    assert answer(*logical).code == 0
    found = answer(*logical, "--fail-over", "rules=1")
    assert found.code == 2
    assert "logical has no part rules on these inputs" in found.err


def test_a_value_that_is_not_finite_without_a_gate(tmp_path: Path, answer: Answer) -> None:
    np.save(tmp_path / "p.npy", [0.5, np.nan])
    np.save(tmp_path / "t.npy", [0.5, 2.5])
    args = ("compute", "p.npy", "t.npy", "-l", "mse", "--nan", "propagate")
    plain = answer(*args)
    assert plain.code == 3
    assert "error: mse is nan: the value is not finite" in plain.err
    assert "gate" not in plain.err
    assert "limit" not in plain.err
    limited = answer(*args, "--fail-over", "0.5")
    assert limited.code == 3
    assert "gate failed: mse is nan, which passes no limit (0.5)" in limited.err


def test_several_limits(answer: Answer) -> None:
    two = (*BINARY, "-l", "bce")
    assert answer(*two, "--fail-over", "focal=1", "--fail-over", "bce=1").code == 0
    one = answer(*two, "--fail-over", "focal=1", "--fail-over", "bce=0.001")
    assert one.code == 1
    assert "bce" in one.err
    assert "focal is" not in one.err
    both = answer(*two, "--fail-over", "focal=0", "--fail-over", "bce=0")
    assert (both.code, len(both.err.splitlines())) == (1, 2)
    assert both.out == answer(*two).out


def test_two_versions_of_a_loss_under_one_limit(answer: Answer) -> None:
    two = (*RIDGE[:3], "-l", "huber:delta=0.5", "-l", "huber:delta=500")
    low, high = (float(text) for text in answer(*two, "--value-only").out.split())
    between = answer(*two, "--fail-over", f"huber={(low + high) / 2}")
    assert between.code == 1
    assert len(between.err.splitlines()) == 1


@pytest.mark.parametrize("form", ["table", "json", "csv"])
@pytest.mark.parametrize("limit", ["1e308", "mse=1e308"])
def test_nan_never_passes(form: str, limit: str, tmp_path: Path, answer: Answer) -> None:
    np.save(tmp_path / "p.npy", [1.0, np.nan])
    np.save(tmp_path / "t.npy", [1.0, 1.0])
    args = ("compute", "p.npy", "t.npy", "-l", "mse", "--nan", "propagate", "-f", form)
    done = answer(*args, "--fail-over", limit)
    assert done.code not in {0, None}
    assert "gate failed" in done.err
    assert answer(*args).code == 3


def test_a_nan_item_fails_the_gate_of_values_per_item(tmp_path: Path, answer: Answer) -> None:
    np.save(tmp_path / "p.npy", [1.0, np.nan])
    np.save(tmp_path / "t.npy", [1.0, 1.0])
    args = ("compute", "p.npy", "t.npy", "-l", "mse", "--nan", "propagate", "--reduction", "none")
    done = answer(*args, "--fail-over", "9")
    assert done.code != 0
    assert "gate failed" in done.err


def test_the_answer_is_written_when_a_gate_fails(tmp_path: Path, answer: Answer) -> None:
    assert answer(*RIDGE, "--fail-over", "1", "-o", "new.json").code == 1
    document = json.loads((tmp_path / "new.json").read_text(encoding="utf-8"))
    assert document["results"][0]["value"] == pytest.approx(MSE, rel=1e-13)


@pytest.fixture
def baseline(tmp_path: Path, answer: Answer) -> str:
    """Write the ridge result as a baseline; the robust one is 0.2 % from it or so."""
    assert answer(*RIDGE, "-o", "old.json").code == 0
    return "old.json"


def gap() -> float:
    """Return by which share the worse of the two regressions exceeds the better."""
    p, q, t = (np.load(DIABETES / f"{name}.npy") for name in ("preds", "preds_huber", "targets"))
    return float(np.mean((q - t) ** 2) / np.mean((p - t) ** 2) - 1.0)


def test_baseline(baseline: str, answer: Answer) -> None:
    assert gap() > 0.0, "the robust regression is the worse one here"
    assert answer(*RIDGE, "--baseline", baseline).code == 0, "the same value is no worse"
    worse = answer(*ROBUST, "--baseline", baseline)
    assert worse.code == 1
    assert "gate failed" in worse.err
    assert "baseline" in worse.err
    percent = 100 * gap()
    assert answer(*ROBUST, "--baseline", baseline, "--tolerance", f"{percent * 1.01}%").code == 0
    assert answer(*ROBUST, "--baseline", baseline, "--tolerance", f"{percent * 0.99}%").code == 1
    step = gap() * MSE
    assert answer(*ROBUST, "--baseline", baseline, "--tolerance", str(step * 1.01)).code == 0
    assert answer(*ROBUST, "--baseline", baseline, "--tolerance", str(step * 0.99)).code == 1


def test_a_better_value_passes(tmp_path: Path, answer: Answer) -> None:
    answer(*ROBUST, "-o", "old.json")
    assert answer(*RIDGE, "--baseline", "old.json").code == 0


def test_baseline_of_other_parameters_or_reduction(baseline: str, answer: Answer) -> None:
    for other in (
        (*RIDGE[:3], "-l", "mae"),
        (*RIDGE, "--reduction", "sum"),
        (*RIDGE[:3], "-l", "huber"),
    ):
        done = answer(*other, "--baseline", baseline)
        assert done.code == 2
        assert "old.json" in done.err


def test_baseline_written_as_lines(tmp_path: Path, answer: Answer) -> None:
    """A .jsonl answer is a JSON of an earlier run too, or is refused by name."""
    answer(*RIDGE, "-o", "old.jsonl")
    done = answer(*RIDGE, "--baseline", "old.jsonl")
    assert done.code == 0 or "old.jsonl" in done.err


def test_a_baseline_may_be_replaced_by_its_own_run(
    baseline: str, tmp_path: Path, answer: Answer
) -> None:
    """Comparing with a file and writing the same file compares with what was there before."""
    done = answer(*ROBUST, "--baseline", baseline, "-o", baseline)
    assert done.code == 1, done
