"""Classes are called by their labels, or by the columns of their scores, in rows and slices."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lossctl
from lossctl.core.errors import UsageError
from lossctl.engine.bind.class_names import names_by_columns

ANIMALS = np.array(["car", "cat", "dog"])
CODES = np.arange(36) % 3
SCORES = np.random.default_rng(5).dirichlet([1.0, 1.0, 1.0], 36)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """Write scores with named columns, and targets as text and as numbers."""
    rows = [",".join(map(repr, row)) for row in SCORES.tolist()]
    (tmp_path / "p.csv").write_text("p_car,p_cat,p_dog\n" + "\n".join(rows) + "\n")
    lines = [f"{ANIMALS[code]},{code}" for code in CODES]
    (tmp_path / "t.csv").write_text("label,code\n" + "\n".join(lines) + "\n")
    targets = tmp_path / "t.csv"
    return {
        "scores": f"{tmp_path / 'p.csv'}::p_*",
        "label": f"{targets}::label",
        "code": f"{targets}::code",
    }


@pytest.mark.parametrize("targets", ["label", "code"])
def test_rows_and_slices_have_the_names_of_classes(files: dict[str, str], targets: str) -> None:
    inputs = (files["scores"], files[targets])
    dice = lossctl.compute("dice", *inputs, average="macro")
    assert [one.name for one in dice.classes] == ["car", "cat", "dog"]
    f1 = lossctl.metric("f1", *inputs, average="macro", by_class=True)
    assert [one.name for one in f1.classes] == ["car", "cat", "dog"]
    assert {one.name for one in f1.slices} == {"car", "cat", "dog"}
    loss = lossctl.compute("cross_entropy", *inputs, by_class=True, min_size=1)
    values = {one.name: one.value for one in loss.slices}
    for code, name in enumerate(ANIMALS.tolist()):
        here = code == CODES
        assert values[name] == pytest.approx(-np.log(SCORES[here, code]).mean(), rel=1e-9)


def test_names_that_are_said_come_first(files: dict[str, str]) -> None:
    names: Any = ["A", "B", "C"]
    found = lossctl.compute(
        "dice", files["scores"], files["code"], average="macro", class_names=names
    )
    assert [one.name for one in found.classes] == names


def test_two_labels_are_slices_by_name() -> None:
    words = np.where(np.arange(30) % 3 == 0, "spam", "ham")
    scores = np.linspace(0.1, 0.9, 30)
    found = lossctl.compute("bce", scores, words, positive="spam", by_class=True)
    assert {one.name: one.n for one in found.slices} == {"ham": 20, "spam": 10}


def test_a_class_with_a_name_has_limits_by_name_and_by_index(files: dict[str, str]) -> None:
    found = lossctl.compute("dice", files["scores"], files["label"], average="macro")
    value = found.classes[1].value
    for name in ("class.cat", "class.1"):
        for limit, code in ((value + 1e-9, 0), (value - 1e-9, 1)):
            judged = lossctl.judge(found, fail_over={f"dice.{name}": limit})
            assert judged.exit_code == code
            assert judged.gates[0][0].part == "class.cat"
    with pytest.raises(UsageError, match=r"no part class\.owl .*parts are class\.car, class\.cat"):
        lossctl.judge(found, fail_over={"dice.class.owl": 1.0})


@pytest.mark.parametrize(
    ("columns", "names"),
    [
        (["p_car", "p_cat"], ("car", "cat")),
        (["car prob", "cat prob"], ("car", "cat")),
        (["car", "cat"], ("car", "cat")),
        (["logit.0", "logit.1"], ("0", "1")),
        (["p_new_york", "p_new_jersey"], ("york", "jersey")),
    ],
)
def test_whole_words_that_all_columns_share_are_left_out(
    columns: list[str], names: tuple[str, ...]
) -> None:
    assert names_by_columns(columns) == names
