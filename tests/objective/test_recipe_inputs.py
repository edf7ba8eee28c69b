"""Shapes of the inputs of recipes, checked against each other before any part reads them."""

from pathlib import Path

import numpy as np
import pytest

import lossctl
from lossctl.core.errors import DataError
from tests.cli.run import inside

OBJECTIVE = Path(__file__).parents[2] / "sample_data/objective"
IN_ORDER = ["box_logits", "box_labels", "boxes", "box_targets"]
DECLARED = ["classes", "class_targets", "boxes", "box_targets"]
WRONG = [  # what is given, the input that does not fit and what it should be
    (["boxes", "box_targets", "box_logits", "box_labels"], ("boxes (80,)", "expected (item, 4)")),
    (["box_logits", "boxes", "box_labels", "box_targets"], ("boxes (80,)", "expected (item, 4)")),
    (["box_logits", "box_labels", "boxes", "box_labels"], ("box_targets (80,)", "(item, 4)")),
]


@pytest.mark.parametrize(("names", "said"), WRONG)
def test_boxes_are_not_taken_for_scores(names, said, monkeypatch, capsys, tmp_path):
    files = [f"{OBJECTIVE / name}.npy" for name in names]
    done = inside(["compute", *files, "--loss", "detection"], monkeypatch, capsys)
    assert (done.code, done.out) == (3, "")
    assert "detection: " in done.err
    assert all(part in done.err for part in said)
    data = ", ".join(f"{role}: {file}" for role, file in zip(DECLARED, files, strict=True))
    (tmp_path / "d.yaml").write_text(f"version: 1\nrecipe: detection\ndata: {{{data}}}\n")
    done = inside(["run", str(tmp_path / "d.yaml")], monkeypatch, capsys)
    assert (done.code, done.out) == (3, "")
    assert "d.yaml:2:9: detection: " in done.err
    assert said[0] in done.err


def test_the_declared_order(monkeypatch, capsys) -> None:
    files = [f"{OBJECTIVE / name}.npy" for name in IN_ORDER]
    assert inside(["compute", *files, "--loss", "detection"], monkeypatch, capsys).code == 0


def test_anchors_of_several_classes_and_images() -> None:
    rng = np.random.default_rng(3)
    boxes = rng.normal(size=(2, 5, 4))
    labels = rng.integers(0, 2, (2, 5, 3)).astype(float)
    found = lossctl.compute("detection", rng.normal(size=(2, 5, 3)), labels, boxes, boxes + 1.0)
    assert found.parts[1].value == pytest.approx(0.5)
    with pytest.raises(DataError, match="do not match"):
        lossctl.compute("detection", np.zeros(9), np.zeros(9), boxes, boxes)


def test_latents_are_those_of_the_reconstructions() -> None:
    images = np.zeros((6, 8))
    with pytest.raises(DataError, match=r"mean \(5, 2\).*differ in item"):
        lossctl.compute("vae", images, images, np.zeros((5, 2)), np.zeros((5, 2)))
