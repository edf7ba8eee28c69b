"""`lossctl calibrate` and `lossctl.calibrate`: inputs, formats, maps, gates, mistakes."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator
from sklearn.metrics import brier_score_loss, log_loss

import lossctl
from lossctl.core.options import OPTIONS
from tests.cli.run import SAMPLES
from tests.cli.run import lossctl as shell

P, T = SAMPLES / "breast_cancer" / "preds.npy", SAMPLES / "breast_cancer" / "targets.npy"
Z = SAMPLES / "breast_cancer" / "logits.npy"
DIGITS = (SAMPLES / "digits" / "probabilities.npy", SAMPLES / "digits" / "targets.npy")


@pytest.fixture(autouse=True)
def few_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw few samples: bands are tested elsewhere."""
    monkeypatch.setattr("lossctl.calibration.consistency.MOST", 99)


def answer(*args: Any) -> dict[str, Any]:
    done = shell("calibrate", *args, "-f", "json")
    assert done.code == 0, done
    data: dict[str, Any] = json.loads(done.out)
    return data


def test_the_scores_are_those_of_scikit_learn() -> None:
    p, y = np.load(P), np.load(T)
    found = answer(P, T)
    assert found["scores"]["brier"]["value"] == pytest.approx(brier_score_loss(y, p), rel=1e-12)
    assert found["scores"]["log_loss"]["value"] == pytest.approx(log_loss(y, p), rel=1e-12)
    assert found["classes"][0]["rate"] == pytest.approx(y.mean())
    many = answer(*DIGITS)
    p, y = np.load(DIGITS[0]).astype(float), np.load(DIGITS[1])
    expected = float(((p - np.eye(10)[y]) ** 2).sum(axis=1).mean())
    assert many["scores"]["brier"]["value"] == pytest.approx(expected, rel=1e-6)
    own = -np.log(p[np.arange(len(y)), y]).mean()
    assert many["scores"]["log_loss"]["value"] == pytest.approx(own, rel=1e-6)
    assert many["scores"]["log_loss"]["miscalibration"] is None
    assert [one["class"] for one in many["classes"]] == [str(k) for k in range(10)]


def test_logits_two_columns_and_one_hot_say_the_same() -> None:
    p, y = np.load(P).astype(float), np.load(T)
    plain = lossctl.calibrate(p, y).to_dict()
    two = lossctl.calibrate(np.stack([1 - p, p], axis=1), np.eye(2)[y.astype(int)]).to_dict()
    assert two["scores"]["brier"]["value"] == pytest.approx(plain["scores"]["brier"]["value"])
    assert two["miscalibration"] == pytest.approx(plain["miscalibration"])
    z = lossctl.calibrate(np.log(p / (1 - p)), y, input="logits").to_dict()
    assert z["miscalibration"] == pytest.approx(plain["miscalibration"], rel=1e-9)
    text = lossctl.calibrate(p, np.where(y > 0, "yes", "no"), positive="yes").to_dict()
    assert text["miscalibration"] == plain["miscalibration"]


def test_weights_and_ignored_items() -> None:
    p, y = np.array([0.2, 0.4, 0.6, 0.8, 0.9]), np.array([0, 1, 0, 1, -100])
    found = lossctl.calibrate(p, y)
    assert (found.items, found.ignored) == (4, 1)
    assert found.scores["brier"].miscalibration == pytest.approx(0.075)  # as four by hand
    weighted = lossctl.calibrate(p[:4], y[:4], weights=[1.0, 2.0, 1.0, 0.0])
    again = lossctl.calibrate(p[[0, 1, 1, 2]], y[[0, 1, 1, 2]])
    assert weighted.scores["brier"] == pytest.approx(again.scores["brier"])


def test_json_is_valid_and_formats_agree() -> None:
    validator = Draft202012Validator(lossctl.schema("calibration"))
    for args in ((P, T), (P, T, "--recalibrate", "platt"), (*DIGITS, "--recalibrate", "isotonic")):
        found = answer(*args)
        assert not list(validator.iter_errors(found))
    found = answer(P, T)
    rows = list(csv.DictReader(shell("calibrate", P, T, "-f", "csv").out.splitlines()))
    assert [row["score"] for row in rows] == ["brier", "log_loss"]
    assert float(rows[1]["miscalibration"]) == found["scores"]["log_loss"]["miscalibration"]
    assert float(rows[0]["slope"]) == found["classes"][0]["slope"]
    plain = shell("calibrate", P, T, "-f", "plain").out.splitlines()[0].split("\t")
    assert float(plain[3]) == found["miscalibration"]
    lines = shell("calibrate", *DIGITS, "-f", "jsonl").out.splitlines()
    assert [json.loads(line)["class"] for line in lines] == [str(k) for k in range(10)]
    for form in ("table", "markdown"):
        text = shell("calibrate", P, T, "-f", form).out
        assert "0.00810388" in text
        assert "too timid" in text
    assert "Calibration of 569" in repr(lossctl.calibrate(P, T))


def test_names_of_classes_are_harmless() -> None:
    rng = np.random.default_rng(0)
    p = rng.dirichlet(np.ones(3), 60)
    names = "a<b>|c\x1b[31m,b,c"
    found = lossctl.calibrate(p, rng.integers(0, 3, 60), class_names=names.split(","))
    from lossctl.report.calibration import render

    for form in ("table", "markdown", "csv", "plain"):
        assert "\x1b" not in render(found, form)
    assert "<b>" not in found._repr_html_()


def test_a_map_is_kept_and_applied(tmp_path: Path) -> None:
    kept, written = tmp_path / "map.json", tmp_path / "p.npy"
    first = answer(*DIGITS, "--recalibrate", "temperature", "--save", kept)
    assert first["improvements"][1]["better"]
    assert first["improvements"][1]["after"] < first["improvements"][1]["before"]
    done = shell("calibrate", DIGITS[0], "--apply", kept, "--recalibrated", written)
    assert (done.code, done.out, done.err) == (0, "", "")
    p = np.load(DIGITS[0]).astype(float)
    heat = json.loads(kept.read_text())["values"]["temperature"]
    expected = p ** (1 / heat)
    np.testing.assert_allclose(
        np.load(written), expected / expected.sum(axis=1, keepdims=True), rtol=1e-9
    )
    applied, again = answer(*DIGITS, "--apply", kept), answer(written, DIGITS[1])
    assert applied["applied"]
    assert applied["miscalibration"] == pytest.approx(again["miscalibration"], rel=1e-6)
    assert applied["miscalibration"] < 0.6 * first["miscalibration"]


@pytest.mark.parametrize("method", ["temperature", "platt", "isotonic"])
def test_one_probability_an_item_and_logits_map_alike(method: str, tmp_path: Path) -> None:
    kept = tmp_path / "map.json"
    answer(Z, T, "--recalibrate", method, "--save", kept, "--recalibrated", tmp_path / "z.npy")
    shell("calibrate", P, "--apply", kept, "--recalibrated", tmp_path / "p.npy")
    z, p = np.load(tmp_path / "z.npy"), np.load(tmp_path / "p.npy")
    near = np.abs(z - p) < 2e-4  # the sample's probabilities are of float32: steps may move a row
    assert near.mean() > 0.99
    assert p.shape == np.load(P).shape


def test_gates(tmp_path: Path) -> None:
    assert shell("calibrate", P, T, "--fail-over", "0.5").code == 0
    done = shell("calibrate", P, T, "--fail-over", "0.001", "-f", "json")
    assert done.code == 1
    assert "miscalibration is 0.00810388, over the limit 0.001" in done.err
    (gate,) = json.loads(done.out)["gates"]
    assert (gate["verdict"], gate["limit"]) == ("failed", 0.001)
    log = shell("calibrate", P, T, "--fail-over", "log_loss.miscalibration=0.01")
    assert log.code == 1
    assert shell("calibrate", P, T, "--fail-over", "log_loss=0.1").code == 0
    junit = tmp_path / "report.xml"
    shell("calibrate", P, T, "--fail-over", "brier=0.001", "--report", f"junit={junit}")
    assert "brier at most 0.001" in junit.read_text()
    # of several classes the log-loss has no parts, and what is not known passes nothing
    assert shell("calibrate", *DIGITS, "--fail-over", "log_loss.miscalibration=9").code == 1
    np.save(tmp_path / "sure.npy", np.array([0.0, 1.0, 1.0]))
    np.save(tmp_path / "y.npy", np.array([1, 1, 0]))
    sure = shell(
        "calibrate", tmp_path / "sure.npy", tmp_path / "y.npy", "--fail-over", "log_loss=9"
    )
    assert sure.code == 1


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        ((P, T, "--recalibrate", "plat"), 2, "did you mean platt"),
        ((P, T, "--save", "x.json"), 2, "--recalibrate"),
        ((P, T, "--recalibrated", "x.npy"), 2, "--recalibrate or --apply"),
        ((P, T, "--recalibrate", "platt", "--recalibrated", "x.csv"), 2, "npy"),
        ((P, T, "--apply", "none.json"), 2, "none.json"),
        ((P, T, "--fail-over", "misscalibration=1"), 2, "did you mean miscalibration"),
        ((P, T, "--fail-over", "brier=constant"), 2, "expected a number"),
        ((P, T, "--by-class"), 2, "No such option"),
        ((*DIGITS, "--class-names", "a,b"), 2, "2 names for 10 classes"),
        (
            (P, T, "--recalibrate", "platt", "--recalibrated", P),
            2,
            "would overwrite the predictions",
        ),
        ((P,), 2, "targets"),
        ((SAMPLES / "diabetes" / "preds.npy", SAMPLES / "diabetes" / "targets.npy"), 3, ""),
    ],
)
def test_mistakes(args: tuple[Any, ...], code: int, said: str, tmp_path: Path) -> None:
    done = shell("calibrate", *args, cwd=tmp_path)
    assert (done.code, done.out) == (code, ""), done
    assert said in done.err
    assert not list(tmp_path.iterdir())


def test_options_that_are_offered_are_taken() -> None:
    offered = shell("calibrate", "--help").out
    several = [OPTIONS[name] for name in OPTIONS if OPTIONS[name].flag]
    flags = [(one, one.flag.split("/")[0]) for one in several]
    assert [flag for _, flag in flags if f"{flag} " in offered]
    for one, flag in flags:
        if f"{flag} " in offered and flag != "--axes":  # the last of forecasts alone
            value = next(v for v in one.domain.inside() if v is not None)
            words = [flag] if value is True else [flag, str(value)]
            assert "takes none" not in shell("calibrate", P, T, *words).err, flag
    assert not {"--by-class", "--pooling", "--group"}.intersection(offered.split())


def test_classes_have_the_names_of_text_labels(tmp_path: Path) -> None:
    names = [f"digit {k}" for k in range(10)]
    y = np.load(DIGITS[1])
    (tmp_path / "y.csv").write_text("\n".join(["label", *(names[k] for k in y.tolist())]))
    text = tmp_path / "y.csv"
    found = answer(DIGITS[0], f"{text}::label")
    assert [one["class"] for one in found["classes"]] == names
    assert found["scores"] == answer(*DIGITS)["scores"]
    drawn = shell("plot", "reliability", DIGITS[0], f"{text}::label", "-f", "json")
    assert set(json.loads(drawn.out)["columns"]["class"]) == set(names)
    yes = np.where(np.load(T) == 1, "yes", "no")
    (tmp_path / "b.csv").write_text("\n".join(["label", *yes.tolist()]))
    two = answer(P, f"{tmp_path / 'b.csv'}::label", "--positive", "yes")
    assert [one["class"] for one in two["classes"]] == ["yes"]
    worst = ("-l", "cross_entropy", "--worst", "1", "-f", "json")
    of_text = json.loads(shell("compute", DIGITS[0], f"{text}::label", *worst).out)
    named = json.loads(shell("compute", *DIGITS, *worst, "--class-names", ",".join(names)).out)
    row = of_text["results"][0]["worst"][0]
    assert row["target"] == names[y[row["index"]]] == named["results"][0]["worst"][0]["target"]


def test_the_picture_has_the_numbers_of_the_calibration() -> None:
    done = shell("plot", "reliability", P, T, "-f", "json")
    picture = json.loads(done.out)
    assert not list(Draft202012Validator(lossctl.schema("picture")).iter_errors(picture))
    found = answer(P, T)["classes"][0]
    assert picture["columns"]["calibrated"] == found["curve"]["calibrated"]
    assert picture["columns"]["probability"] == found["curve"]["probability"]
    assert picture["facts"]["brier.miscalibration"] == found["brier"]["miscalibration"]
    drawn = shell("plot", "reliability", *DIGITS).out
    assert "drawn are the 6 classes" in drawn
    assert "class 8" in drawn


def test_nan_is_left_out_or_refused() -> None:
    p, y = [0.2, np.nan, 0.6, 0.9], [0, 1, 0, 1]
    assert lossctl.calibrate(p, y, nan="omit").omitted == 1
    with pytest.raises(lossctl.UsageError, match="has no calibration"):
        lossctl.calibrate(p, y, nan="propagate")
