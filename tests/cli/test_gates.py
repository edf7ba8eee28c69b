"""Gates: exit 1 for a limit that is passed, never 0 for NaN; baselines; one error per failure."""

import gzip
import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from lossctl import compute, judge
from tests.cli.expected import CANCER, DIABETES, FOCAL, MSE
from tests.cli.run import Answer, lossctl, process

BINARY = ("compute", str(CANCER / "preds.npy"), str(CANCER / "targets.npy"), "-l", "focal")
RIDGE = ("compute", str(DIABETES / "preds.npy"), str(DIABETES / "targets.npy"), "-l", "mse")
ROBUST = ("compute", str(DIABETES / "preds_huber.npy"), *RIDGE[2:])


def test_limits_as_a_process() -> None:
    plain = lossctl(*BINARY)
    passed = lossctl(*BINARY, "--fail-over", "0.01")
    failed = process(*BINARY, "--fail-over", "0.008")
    assert (passed.code, passed.err) == (0, plain.err)
    said = "focal is 0.00848579, {}\nfocal: better"
    within, over = (said.format(text) for text in ("within the limit 0.01", "over the limit 0.008"))
    assert passed.out == plain.out.replace("focal: better", within)
    assert failed.code == 1
    assert failed.out == plain.out.replace("focal: better", over)
    error = "error: gate failed: focal is 0.00848579, over the limit 0.008\n"
    assert failed.err == plain.err + error


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
    assert failed.err.startswith(f"error: gate failed: kl of vae is {divergence:.6g}, over")


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
    assert both.code == 1
    plain = answer(*two)
    assert len(both.err.removeprefix(plain.err).splitlines()) == 2
    for line in both.err.removeprefix(plain.err).splitlines():
        assert f"{line.removeprefix('error: gate failed: ')}\n" in both.out


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


def test_a_comparison_is_printed_when_it_passes_too(baseline: str, answer: Answer) -> None:
    worse = gap() * MSE
    for args, difference in ((RIDGE, 0.0), (ROBUST, worse)):
        gated = (*args, "--baseline", baseline, "--tolerance", "50%")
        compared = f"{100 * difference / MSE:.1f} % worse than" if difference else "equal to"
        numbers = f"mse {MSE + difference:.6g} is {compared} the baseline {MSE:.6g}"
        sentence = f"{numbers} (tolerance 50 %: passed)"
        said = answer(*args).out.replace("mse: better", f"{sentence}\nmse: better")
        done = answer(*gated)
        assert (done.code, done.out, done.err) == (0, said, "")
        for form in ("plain", "csv", "markdown"):
            assert sentence in answer(*gated, "-f", form).out
        assert answer(*gated, "--value-only").err == f"note: {sentence}\n"
        assert answer(*gated, "-o", "new.csv").err == f"note: {sentence}\n"
    failed = answer(*ROBUST, "--baseline", baseline)
    (error,) = failed.err.splitlines()
    assert error.startswith("error: gate failed: mse ")
    assert error.endswith("% worse than the baseline 2986.82 (tolerance 0 %: failed)")


def test_a_comparison_in_json(baseline: str, answer: Answer) -> None:
    done = answer(*ROBUST, "--baseline", baseline, "--tolerance", "50%", "-f", "json")
    assert (done.code, done.err) == (0, "")
    (result,) = json.loads(done.out)["results"]
    assert result["baseline"] == pytest.approx({
        "value": MSE, "difference": gap() * MSE, "allowed": 1.5 * MSE, "verdict": "equivalent"
    })  # fmt: skip
    schema = json.loads(answer("schema", "result").out)
    jsonschema.validate(json.loads(done.out), schema)
    assert "baseline" not in json.loads(answer(*ROBUST, "-f", "json").out)["results"][0]


def test_the_baseline_may_itself_have_been_compared(baseline: str, answer: Answer) -> None:
    assert answer(*RIDGE, "--baseline", baseline, "-o", "second.json").code == 0
    assert answer(*RIDGE, "--baseline", "second.json").code == 0


@pytest.fixture
def arrays(tmp_path: Path, answer: Answer) -> dict[str, np.ndarray]:
    """Write predictions, targets and weights, and a baseline of focal on them."""
    generator = np.random.default_rng(5)
    found = {
        "p": generator.uniform(0.05, 0.95, size=200).astype(np.float32),
        "t": generator.integers(0, 2, size=200),
        "w": generator.integers(1, 5, size=200),
    }
    for name, array in found.items():
        np.save(tmp_path / f"{name}.npy", array)
    weighted = ("compute", "p.npy", "t.npy", "--weights", "w.npy", "-l", "focal")
    assert answer(*weighted, "-o", "old.json").code == 0
    return found


NOW = ("compute", "p.npy", "t.npy", "--weights", "w.npy", "-l", "focal", "--baseline", "old.json")


@pytest.mark.parametrize(("more", "said"), [
    (("-l", "focal:gamma=1"), "baseline gamma:2, now gamma:1"),
    (("--input", "logits"), "baseline input:probabilities, now input:logits"),
    (("--class-weights", "1,2"), "baseline class_weights:null, now class_weights:[1,2]"),
    (("--nan", "omit"), "baseline nan:raise, now nan:omit"),
    (("--ignore-index", "0"), "baseline ignore_index:-100, now ignore_index:0"),
    (("--precision", "double"), "baseline precision:auto, now precision:double"),
    (("--reduction", "sum"), "baseline reduction:mean, now reduction:sum"),
])  # fmt: skip
@pytest.mark.usefixtures("arrays")
def test_another_measurement_is_exit_2(more: tuple[str, ...], said: str, answer: Answer) -> None:
    head = NOW[:5] + NOW[7:] if more[0] == "-l" else NOW
    done = answer(*head, *more)
    assert (done.code, done.out) == (2, "")
    assert done.err == f"error: old.json: its focal was computed differently: {said}\n"
    assert answer(*NOW).code == 0


def test_other_data_is_exit_3(
    arrays: dict[str, np.ndarray], tmp_path: Path, answer: Answer
) -> None:
    changed = arrays["t"].copy()
    changed[57] = 1 - changed[57]
    heavier = arrays["w"].copy()
    heavier[3] += 1
    cases: list[tuple[dict[str, np.ndarray], str]] = [
        ({name: array[:100] for name, array in arrays.items()}, "baseline rows 200, now 100"),
        ({"t": changed}, "baseline targets "),
        ({name: array[::-1] for name, array in arrays.items()}, "baseline targets "),
        ({"w": heavier}, "baseline weights "),
    ]
    for files, said in cases:
        for name, array in (arrays | files).items():
            np.save(tmp_path / f"{name}.npy", array)
        done = answer(*NOW)
        assert (done.code, done.out) == (3, "")
        assert done.err.startswith(f"error: old.json: its focal was computed on other data: {said}")
        assert len(done.err.splitlines()) == 1


def test_the_same_data_in_other_files(
    arrays: dict[str, np.ndarray], tmp_path: Path, answer: Answer
) -> None:
    """Tables, other dtypes, compressed files, threads: the same rows are the same data."""
    rows = [
        f"{p!r},{t},{w}" for p, t, w in zip(*(a.tolist() for a in arrays.values()), strict=True)
    ]
    (tmp_path / "t.csv").write_text("\n".join(["p,t,w", *rows]))
    with gzip.open(tmp_path / "t.csv.gz", "wt") as file:
        file.write((tmp_path / "t.csv").read_text())
    np.savez(tmp_path / "t.npz", **{n: a.astype(np.float64) for n, a in arrays.items()})
    tail = (
        "-l",
        "focal",
        "--baseline",
        "old.json",
        "--tolerance",
        "1e-8",
        "--threads",
        "1",
    )  # of float32
    for place in ("t.csv", "t.csv.gz", "t.npz"):
        files = (f"{place}::p", f"{place}::t", "--weights", f"{place}::w")
        done = answer("compute", *files, *tail)
        assert done.code == 0, done.err
    named = ("predictions=p", "targets=t", "weights=w")
    table = ("--table", "t.csv", *(word for one in named for word in ("--column", one)))
    assert answer("compute", *table, *tail).code == 0


def test_a_baseline_of_an_older_version(baseline: str, tmp_path: Path, answer: Answer) -> None:
    document = json.loads((tmp_path / baseline).read_text(encoding="utf-8"))
    del document["results"][0]["data"]
    (tmp_path / baseline).write_text(json.dumps(document), encoding="utf-8")
    done = answer(*RIDGE, "--baseline", baseline)
    assert done.code == 2
    assert done.err.startswith("error: old.json: holds no digest of its data")
    assert "write the baseline again" in done.err


def test_two_results_of_one_loss(tmp_path: Path, answer: Answer) -> None:
    """Each is matched with its own, and a limit names one of them."""
    two = (*RIDGE[:3], "-l", "quantile:q=0.1", "-l", "quantile:q=0.9")
    low, high = (float(text) for text in answer(*two, "--value-only").out.split())
    assert low != high
    answer(*two, "-o", "old.json")
    swapped = (*RIDGE[:3], "-l", "quantile:q=0.9", "-l", "quantile:q=0.1")
    assert answer(*swapped, "--baseline", "old.json").code == 0
    for q, value in ((0.1, low), (0.9, high)):
        assert answer(*two, "--fail-over", f"quantile:q={q}={value * 1.01}").code == 0
        failed = answer(*two, "--fail-over", f"quantile:q={q}={value * 0.99}")
        assert failed.code == 1
        assert failed.err.startswith(f"error: gate failed: quantile:q={q} is {value:.6g}, over")
    wrong = answer(*two, "--fail-over", "quantile:q=0.5=1")
    assert (wrong.code, wrong.out) == (2, "")
    assert wrong.err.startswith("error: --fail-over quantile:q=0.5=1: is not computed; ")


def test_the_shell_and_python_judge_alike(baseline: str, tmp_path: Path, answer: Answer) -> None:
    p, t = (np.load(DIABETES / f"{name}.npy") for name in ("preds_huber", "targets"))
    result = compute("mse", p, t, context=True)
    for limit, tolerance in (("1e9", "1%"), ("1", "1%"), ("1e9", "0"), ("1", None)):
        words = ("--fail-over", limit, *(("--tolerance", tolerance) if tolerance else ()))
        shell = answer(*ROBUST, "--baseline", baseline, *words)
        verdict = judge(result, fail_over=limit, baseline=tmp_path / baseline, tolerance=tolerance)
        assert verdict.exit_code == shell.code
        assert shell.err.splitlines() == [f"error: {text}" for text in verdict.failures]
        assert all(gate.sentence() in shell.out for gate in verdict.gates[0])
