"""Figures as they are laid out: no text leaves the figure, none lies on another, none on data."""

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lossctl as package
from lossctl.pictures.picture import Picture
from lossctl.report.pictures.figures import as_figure

pytest.importorskip("matplotlib")
LONG = "a class whose name is far longer than there is room for, number"
RNG = np.random.default_rng(0)


def confusion(classes: int, name: str = "") -> Picture:
    truth = RNG.integers(0, classes, 4000)
    guess = np.where(RNG.random(4000) < 0.8, truth, RNG.integers(0, classes, 4000))
    names = [f"{name} {k}" for k in range(classes)] if name else None
    found = package.plot("confusion", guess, truth, class_names=names, input="labels")
    return found.picture


def compared(count: int) -> Picture:
    truth = RNG.normal(size=500)
    models = {f"{LONG} {k}": truth + (1 + 0.1 * k) * RNG.normal(size=500) for k in range(count)}
    found = package.plot("compare", models, targets=truth, loss=["mse", "mae"], margin="2%")
    return found.picture


def series() -> Picture:
    epochs = np.arange(40)
    log = {
        "loss": 2 * np.exp(-epochs / 8),
        "val_loss": 2 * np.exp(-epochs / 6) + 0.3 + 0.05 * np.maximum(epochs - 14, 0),
        "val_accuracy": 1 - np.exp(-epochs / 9),
        "a_column_of_the_log_with_a_long_name": 1 + 0.5 * (-1.0) ** epochs,
    }
    return package.plot("series", log=log).picture


def front(folder: Path) -> Picture:
    truth = RNG.normal(size=50)
    for k in range(9):
        np.save(folder / f"{LONG.replace(' ', '_')}{k}.npy", truth * (1 - k / 9))
    config = {
        "version": 1,
        "data": {"predictions": str(folder / "*.npy"), "targets": truth},
        "supervised": "mse",
        "constraints": [{"name": "small", "formula": "predictions <= 0"}],
    }
    return package.plot("front", config).picture


def checkpoints(folder: Path) -> Picture:
    truth = RNG.normal(size=50)
    for name in ("best", "last", "a_checkpoint_of_a_long_name_" * 3):
        np.save(folder / f"{name}.npy", truth + RNG.normal(size=50))
    found = package.plot("series", truth, series=str(folder / "*.npy"), loss="mse", metric="r2")
    return found.picture


def labels_of_rows(count: int, name: str) -> Picture:
    scores, truth = RNG.random((300, count)), (RNG.random((300, count)) < 0.3).astype(int)
    names = [f"{name} {k}" for k in range(count)]
    return package.plot(
        "confusion", scores, truth, class_names=names, input="probabilities"
    ).picture


def classes(kind: str, count: int, **more: Any) -> Picture:
    logits = RNG.normal(size=(600, count))
    truth = RNG.integers(0, count, 600)
    names = [f"{LONG} {k}" for k in range(count)]
    return package.plot(kind, logits, truth, class_names=names, input="logits", **more).picture


def sliced(groups: int, name: str) -> Picture:
    region = np.array([f"{name} {k}" for k in range(groups)])[RNG.integers(0, groups, 3000)]
    y = (RNG.random(3000) < 0.3).astype(int)
    return package.plot("items", RNG.random(3000), y, loss="bce", by={"place": region}).picture


def pit(rows: int) -> Picture:
    members, seen = RNG.normal(size=(rows, 9)), RNG.normal(size=rows)
    return package.plot("pit", members, seen, forecast="ensemble").picture


def residuals(scale: float, rows: int = 300) -> Picture:
    truth = scale * (1e3 + RNG.standard_cauchy(rows))
    return package.plot("residuals", truth + scale * RNG.standard_cauchy(rows), truth).picture


def landscape(scale: float) -> Picture:
    truth = scale * RNG.normal(size=100)
    return package.plot("landscape", truth + 3 * scale, truth, loss="mse").picture


def separated() -> Picture:
    truth = (RNG.random(100) < 0.5).astype(int)
    return package.plot("landscape", truth - 0.5, truth, loss="bce_with_logits").picture


def curves() -> Picture:
    sweep = {"gamma": [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0]}
    return package.plot("curve", "focal", over="probability", sweep=sweep).picture


CASES = {
    "curves": lambda _: curves(),
    "named checkpoints": checkpoints,
    "labels": lambda _: labels_of_rows(4, "label"),
    "50 long labels": lambda _: labels_of_rows(50, LONG),
    "reliability": lambda _: package.plot("reliability", RNG.random(99), np.arange(99) % 2).picture,
    "one probability": lambda _: package.plot("reliability", [0.7], [1]).picture,
    "reliability of 50 classes": lambda _: classes("reliability", 50),
    "items by class": lambda _: classes("items", 12, loss="cross_entropy", by_class=True),
    "3 slices": lambda _: sliced(3, "place"),
    "50 long slices": lambda _: sliced(50, LONG),
    "pit": lambda _: pit(300),
    "pit of one row": lambda _: pit(1),
    "residuals": lambda _: residuals(1.0),
    "huge residuals": lambda _: residuals(1e9),
    "one residual": lambda _: residuals(1.0, rows=1),
    "landscape": lambda _: landscape(1.0),
    "huge landscape": lambda _: landscape(1e7),
    "tiny landscape": lambda _: landscape(1e-7),
    "landscape without an optimum": lambda _: separated(),
    "2 classes": lambda _: confusion(2),
    "2 long names": lambda _: confusion(2, LONG),
    "20 classes": lambda _: confusion(20),
    "20 long names": lambda _: confusion(20, LONG),
    "40 long names": lambda _: confusion(40, LONG),
    "2 models": lambda _: compared(2),
    "9 models": lambda _: compared(9),
    "series": lambda _: series(),
    "front": front,
}


def ticks(axes: Any, which: str) -> list[Any]:
    """Return the labels of ticks that are seen: those outside the limits are not drawn."""
    axis = getattr(axes, f"{which}axis")
    low, high = sorted(getattr(axes, f"get_{which}lim")())
    room = 1e-9 * (high - low)
    pairs = zip(axis.get_majorticklocs(), axis.get_ticklabels(), strict=False)
    return [label for place, label in pairs if low - room <= place <= high + room]


def labels(figure: Any) -> list[Any]:
    """Return every text of a figure."""
    found = [figure._suptitle]
    legends = list(figure.legends)
    for axes in figure.axes:
        found += [axes.title, axes.xaxis.label, axes.yaxis.label, *axes.texts]
        if not hasattr(axes, "zaxis"):  # in space the places of numbers are known to drawing alone
            found += [*ticks(axes, "x"), *ticks(axes, "y")]
        legends += [axes.get_legend()] if axes.get_legend() else []
    found += [text for legend in legends for text in legend.get_texts()]
    return [text for text in found if text is not None and text.get_text().strip()]


def assert_marks_inside(line: Any, axes: Any) -> None:
    """Marks lie whole within their frame."""
    points = axes.transData.transform(np.column_stack(line.get_data()).astype(float))
    points = points[np.isfinite(points).all(axis=1)]
    half = 0.3 * line.get_markersize() * axes.figure.dpi / 72.0  # what is seen of its radius
    frame = axes.bbox
    assert (points[:, 0] - half >= frame.x0).all(), line.get_label()
    assert (points[:, 0] + half <= frame.x1).all(), line.get_label()
    assert (points[:, 1] - half >= frame.y0).all(), line.get_label()
    assert (points[:, 1] + half <= frame.y1).all(), line.get_label()


@pytest.mark.parametrize("case", CASES)
def test_nothing_leaves_the_figure_and_no_text_lies_on_another(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from matplotlib.figure import Figure

    figures: list[Any] = []
    save = Figure.savefig

    def keep(self: Any, *args: Any, **more: Any) -> None:
        save(self, *args, **more)
        figures.append(self)

    monkeypatch.setattr(Figure, "savefig", keep)
    as_figure(CASES[case](tmp_path), ".png")
    (figure,) = figures
    boxes = [(text, text.get_window_extent()) for text in labels(figure)]
    assert len(boxes) > 6
    page = figure.bbox
    for text, box in boxes:
        inside = box.x0 >= 0 and box.y0 >= 0 and box.x1 <= page.x1 and box.y1 <= page.y1
        assert inside, (text.get_text(), box, page)
    for axes in figure.axes:
        if hasattr(axes, "zaxis"):
            box = axes.get_tightbbox()
            assert box.x0 >= 0
            assert box.x1 <= page.x1
            continue
        for line in axes.lines:
            if line.get_marker() not in {"None", None, ""} and line.get_linestyle() == "None":
                assert_marks_inside(line, axes)
    level = [(text, box) for text, box in boxes if text.get_rotation() in {0.0, 90.0}]
    for (first, one), (second, other) in itertools.combinations(level, 2):
        assert not one.shrunk(0.98, 0.9).overlaps(other), (first.get_text(), second.get_text())
    legends = [*figure.legends, *filter(None, (axes.get_legend() for axes in figure.axes))]
    for legend, axes in itertools.product(legends, figure.axes):
        assert not legend.get_window_extent().overlaps(axes.bbox)
