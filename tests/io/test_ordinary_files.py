"""Files as people save them are read right, or refused with advice that works."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lossctl
from lossctl.core.errors import LossctlError
from tests.io.ordinary import WAYS, Saved

SEEDS = 500


def value(saved: Saved, inputs: tuple[Any, ...], said: Any) -> float | LossctlError:
    try:
        return float(lossctl.compute(saved.loss, *inputs, **said).value)
    except LossctlError as error:
        return error


@pytest.mark.parametrize("seed", range(SEEDS))
def test_read_right_or_refused_with_advice_that_works(seed: int, tmp_path: Path) -> None:
    way = WAYS[seed % len(WAYS)]
    saved = way(np.random.default_rng(seed), tmp_path)
    got = value(saved, saved.inputs, saved.said)
    if isinstance(got, LossctlError) and "header=False" in str(got):
        saved = saved._replace(said={**saved.said, "header": False})
        got = value(saved, saved.inputs, saved.said)
    if isinstance(got, LossctlError):
        assert saved.named, f"{way.__name__} is read outright, but: {got}"
        assert saved.named in str(got)
        got = value(saved, saved.converted or saved.inputs, {**saved.said, **saved.advised})
    assert got == pytest.approx(saved.right, rel=1e-5)


def test_every_way_is_drawn() -> None:
    assert 10 * len(WAYS) <= SEEDS


MESSAGES = {  # what is given, and what its error advises
    "indices of classes with an axis kept": (
        ("dice", np.zeros((2, 4, 3, 3)), np.zeros((2, 1, 3, 3), int)),
        "reshape the targets to (2, 3, 3)",
    ),
    "indices with channels last": (
        ("cross_entropy", np.zeros((2, 3, 3, 4)), np.zeros((2, 3, 3, 1), int)),
        "reshape the targets to (2, 3, 3)",
    ),
    "rows of probabilities saved flat": (
        ("cross_entropy", np.full(12, 0.25), np.zeros(3, int)),
        "reshape the predictions to (3, 4)",
    ),
    "time before the sequences": (
        ("cross_entropy", np.zeros((5, 2, 7)), np.zeros((2, 5), int)),
        "np.swapaxes(targets, 0, 1)",
    ),
    "boxes of COCO": (("box_iou", [[9.0, 9.0, 2.0, 3.0]], [[9.0, 9.0, 3.0, 2.0]]), "xywh"),
}


@pytest.mark.parametrize("case", MESSAGES)
def test_shapes_that_frameworks_leave(case: str) -> None:
    (loss, *given), advice = MESSAGES[case]
    with pytest.raises(LossctlError, match=re.escape(advice)):
        lossctl.compute(loss, *given)


@pytest.mark.parametrize(
    ("cell", "advice"),
    [("NA", "leave the cell empty"), ("12.5%", "p / 100"), ("1D-3", "1e-3"), ("#N/A", "empty")],
)
def test_cells_of_spreadsheets_and_others(cell: str, advice: str, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"p,t\n1,2\n{cell},3\n")
    with pytest.raises(LossctlError, match=advice):
        lossctl.compute("mse", f"{path}::p", f"{path}::t")


def test_the_line_by_which_excel_says_the_delimiter(tmp_path: Path) -> None:
    """(0.5 − 1)² and (2 − 2)², so 1/8; R's names of the rows are called what they are."""
    path = tmp_path / "t.csv"
    path.write_text("sep=;\r\nid;p;t\r\n1;0.5;1\r\n2;2;2\r\n")
    assert lossctl.compute("mse", f"{path}::p", f"{path}::t").value == 0.125
    path.write_text('"p" "t"\n"1" 0.5 1\n"2" 2 2\n')
    with pytest.raises(LossctlError, match=r"col\.names = NA"):
        lossctl.compute("mse", f"{path}::p", f"{path}::t")
    path.write_text('"" "p" "t"\n"1" 0.5 1\n"2" 2 2\n')
    assert lossctl.compute("mse", f"{path}::p", f"{path}::t").value == 0.125


def test_a_name_of_a_column_is_no_label(tmp_path: Path) -> None:
    """Quantiles may name columns beside texts, and a table may repeat a name among its texts."""
    path = tmp_path / "t.csv"
    path.write_text("id,0.1,0.5,y\na,1,2,2\nb,1,2,2.5\n")
    assert lossctl.compute("mse", f"{path}::0.5", f"{path}::y").value == 0.125
    path.write_text("kind,p\nkind,0.5\nother,1\n")
    assert lossctl.compute("mse", f"{path}::p", f"{path}::p").value == 0.0


def test_every_door_compares_the_columns(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("p_cat,p_dog,y_dog,y_cat\n0.9,0.1,0,1\n0.2,0.8,1,0\n0.7,0.3,0,1\n")
    p, t = f"{path}::p_*", f"{path}::y_*"
    term = {"loss": "cross_entropy", "predictions": "p", "targets": "t"}
    for refused in (
        lambda: lossctl.compute("cross_entropy", p, t),
        lambda: lossctl.run({"version": 1, "data": {"p": p, "t": t}, "supervised": [term]}),
        lambda: lossctl.recommend(predictions=p, targets=t, task="classification", no_input=True),
    ):
        with pytest.raises(LossctlError, match=r"another order.*choose y_cat,y_dog"):
            refused()
    named = f"{path}::y_cat,y_dog"
    assert lossctl.compute("cross_entropy", p, named).value == pytest.approx(
        -np.log(0.9 * 0.8 * 0.7) / 3
    )
