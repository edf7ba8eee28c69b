"""`lossctl recommend` from data: what it measures, and that its command reads the files right."""

from pathlib import Path

import numpy as np
import pytest

from tests.cli.recommending import data, scored
from tests.cli.run import SAMPLES, Answer, lossctl


def written_value(advise: Answer, tmp_path: Path, *args: str | Path) -> tuple[dict, float]:
    """Return the advice, and the value that its command and its configuration agree on."""
    file = tmp_path / "c.yaml"
    found = data(advise(*args, "--no-input", "--write", file, "--force", "-f", "json"))
    ran = lossctl("run", file, "--value-only")
    computed = lossctl(*found["command"].split()[1:], "--value-only")
    assert (ran.code, computed.code) == (0, 0), ran.err + computed.err
    assert float(ran.out) == pytest.approx(float(computed.out), rel=1e-12)
    assert "read as logits" not in computed.err
    return found, float(ran.out)


def bce(p: np.ndarray, y: np.ndarray) -> float:
    return float(-np.mean(np.where(y == 1, np.log(p), np.log1p(-p))))


def test_from_data(advise: Answer) -> None:
    folder = SAMPLES / "imbalanced"
    found = data(
        advise("--targets", folder / "targets.npy", "--predictions", folder / "preds.npy",
               "--metric", "f1", "-f", "json")
    )  # fmt: skip
    targets = np.load(folder / "targets.npy")
    assert found["facts"]["smallest_class"] == int(targets.sum())
    ratio = (targets == 0).sum() / targets.sum()
    assert found["facts"]["imbalance_ratio"] == pytest.approx(ratio, rel=1e-5)
    assert found["from_data"]["imbalance"]["answer"] == "moderate"
    assert found["recommendation"]["spec"] == "bce"  # the predictions are probabilities
    step = found["post_hoc"][0]
    assert step["step"] == "threshold"
    assert step["measured"]["better"]
    assert step["measured"]["after"] > 1.5 * step["measured"]["before"]


@pytest.mark.parametrize(
    ("folder", "file"),
    [("breast_cancer", "preds"), ("imbalanced", "preds"), ("multilabel", "probabilities")],
)
def test_probabilities_are_read_as_such(
    folder: str, file: str, advise: Answer, tmp_path: Path
) -> None:
    y, p = SAMPLES / folder / "targets.npy", SAMPLES / folder / f"{file}.npy"
    found, value = written_value(
        advise, tmp_path, "--targets", y, "--predictions", p, "--metric", "f1"
    )
    assert found["recommendation"]["options"] == {"input": "probabilities"}
    assert value == pytest.approx(bce(np.load(p).astype(float), np.load(y)), rel=1e-6)


def test_masks_of_probabilities_are_read_as_such(advise: Answer, tmp_path: Path) -> None:
    y, p = SAMPLES / "segmentation" / "targets.npy", SAMPLES / "segmentation" / "preds.npy"
    args = ("--targets", y, "--predictions", p, "--metric", "pixel_accuracy")
    _, value = written_value(advise, tmp_path, *args)
    assert value == pytest.approx(bce(np.load(p).astype(float), np.load(y)), rel=1e-6)


def test_rates_are_not_read_as_their_logarithms(advise: Answer, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rates = rng.gamma(2, 2, 500) + 0.1
    counts = rng.poisson(rates)
    np.save(tmp_path / "y.npy", counts)
    args = ("--targets", tmp_path / "y.npy", "--predictions", tmp_path / "p.npy",
            "--metric", "poisson_deviance")  # fmt: skip
    expected = float(np.mean(rates - counts * np.log(rates)))
    for predictions, log_input in ((rates, False), (np.log(rates), True)):
        np.save(tmp_path / "p.npy", predictions)
        found, value = written_value(advise, tmp_path, *args)
        assert found["recommendation"]["params"] == {"log_input": log_input}
        assert value == pytest.approx(expected, rel=1e-6)


def test_labels_without_a_class_are_ignored(advise: Answer, tmp_path: Path) -> None:
    y, p = (SAMPLES / "segmentation" / f"class_{n}.npy" for n in ("targets", "logits"))
    found, value = written_value(
        advise, tmp_path, "--targets", y, "--predictions", p, "--metric", "pixel_accuracy"
    )
    plain = written_value(advise, tmp_path, "--targets", y, "--predictions", p)[0]
    assert "3 labels" in plain["from_data"]["task"]["evidence"]
    assert found["from_data"]["classes"]["evidence"] == "labels 0, 1, 2"
    assert found["recommendation"]["options"] == {"ignore_index": 255}
    assert any("255" in text for text in found["notes"])
    labels, logits = np.load(y).ravel(), np.moveaxis(np.load(p).astype(float), 1, -1).reshape(-1, 3)
    kept = labels != 255
    log_p = logits[kept] - np.log(np.exp(logits[kept]).sum(axis=1, keepdims=True))
    expected = -log_p[np.arange(kept.sum()), labels[kept]].mean()
    assert value == pytest.approx(expected, rel=1e-6)


def test_binary_masks_with_a_border_to_ignore(advise: Answer, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    masks, logits = (rng.uniform(size=(6, 16, 16)) < 0.3).astype(int), rng.normal(size=(6, 16, 16))
    masks[:, :2] = 255
    np.save(tmp_path / "y.npy", masks)
    np.save(tmp_path / "p.npy", logits)
    args = ("--targets", tmp_path / "y.npy", "--predictions", tmp_path / "p.npy",
            "--metric", "pixel_accuracy")  # fmt: skip
    found, value = written_value(advise, tmp_path, *args)
    assert found["answers"]["classes"] == "binary"
    assert found["facts"]["foreground_share"] == pytest.approx((masks == 1).sum() / (6 * 224), 1e-5)
    expected = bce(1 / (1 + np.exp(-logits[:, 2:])), masks[:, 2:])
    assert value == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("mark", [-1, -100, 99])
def test_marked_items_do_not_count(mark: int, advise: Answer, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    labels, logits = rng.integers(0, 4, 300), rng.normal(size=(300, 4))
    args = ("--targets", tmp_path / "y.npy", "--predictions", tmp_path / "p.npy",
            "--metric", "log_loss")  # fmt: skip
    np.save(tmp_path / "y.npy", labels[30:])
    np.save(tmp_path / "p.npy", logits[30:])
    without = data(advise(*args, "--no-input", "-f", "json"))
    expected = written_value(advise, tmp_path, *args)[1]
    np.save(tmp_path / "y.npy", np.where(np.arange(300) < 30, mark, labels))
    np.save(tmp_path / "p.npy", logits)
    found, value = written_value(advise, tmp_path, *args)
    for name in ("imbalance_ratio", "class_counts", "smallest_class", "saturated_share"):
        assert found["facts"][name] == without["facts"][name], name
    assert found["facts"]["ignored"] == 30
    assert found["recommendation"]["options"] == {"ignore_index": mark}
    assert value == pytest.approx(expected, rel=1e-9)


def test_signs_get_a_loss_that_reads_them(advise: Answer, tmp_path: Path) -> None:
    y, p = scored(tmp_path)
    labels, logits = np.load(y), np.load(p)
    np.save(y, 2 * labels - 1)
    args = ("--targets", y, "--predictions", p)
    found, value = written_value(advise, tmp_path, *args, "--metric", "f1")
    assert found["recommendation"]["loss"] == "soft_margin"
    assert value == pytest.approx(bce(1 / (1 + np.exp(-logits)), labels), rel=1e-9)
    found = data(advise(*args, "--difficulty", "easy_dominate", "--no-input", "-f", "json"))
    assert "targets_as_0_and_1.npy" in found["command"]
    assert any("save targets == 1 as targets_as_0_and_1.npy" in text for text in found["notes"])
    assert "soft_margin_loss" in advise(*args, "--no-input", "--snippet", "pytorch").out


def test_from_columns_and_with_groups(advise: Answer, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    lines = ["query,y,p"] + [
        f"{at // 10},{y},{y + rng.normal():.4f}" for at, y in enumerate(rng.poisson(4, 600))
    ]
    (tmp_path / "t.csv").write_text("\n".join(lines) + "\n")
    table = tmp_path / "t.csv"
    found = data(
        advise("--targets", f"{table}::y", "--predictions", f"{table}::p",
               "--groups", f"{table}::query", "-f", "json")
    )  # fmt: skip
    assert found["facts"]["groups"] == 60
    assert found["from_data"]["support"]["answer"] == "counts"
    assert found["recommendation"]["loss"] == "poisson_nll"
    assert found["guide"]["loss"] == "mse"


@pytest.mark.parametrize("form", ["table", "plain", "markdown"])
def test_of_broken_predictions_the_fault_is_all_that_is_said(
    form: str, tmp_path: Path, answer: Answer
) -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=600, scale=3.0)
    targets = (rng.random(600) < 1.0 / (1.0 + np.exp(-logits))).astype(int)
    np.save(tmp_path / "p.npy", rng.permutation(logits))
    np.save(tmp_path / "good.npy", logits)
    np.save(tmp_path / "t.npy", targets)
    asked = ("recommend", "--targets", "t.npy", "--metric", "log_loss", "--no-input", "-f", form)
    said = answer(*asked, "--predictions", "p.npy")
    assert said.code == 0
    assert "LC201" in said.out
    assert "No loss is recommended for these predictions" in said.out
    assert "bce" not in said.out
    assert "lossctl compute" not in said.out
    assert "bce" in answer(*asked, "--predictions", "good.npy").out
