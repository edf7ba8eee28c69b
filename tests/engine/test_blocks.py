"""Small data in many blocks: values, gradients and findings are those of one block."""

from typing import Any

import numpy as np
import pytest

from lossctl.api import compute, value_and_gradient
from lossctl.core.errors import DataError
from lossctl.engine.bind import layout

RNG = np.random.default_rng(23)
ROWS = RNG.normal(size=(30, 3))
MAPS = RNG.normal(size=(4, 3, 5, 2))
LABELS = (RNG.random((30, 3)) < 0.5).astype(float)
MASKS = (RNG.random((4, 5, 2)) < 0.5).astype(float)
CASES: dict[str, tuple[str, tuple[Any, ...], dict[str, Any]]] = {
    "items": ("huber", (ROWS[:, 0], ROWS[:, 1]), {}),
    "weighted items": ("mae", (ROWS[:, 0], ROWS[:, 1]), {"weights": 1.0 + np.arange(30.0)}),
    "rows of classes": ("cross_entropy", (ROWS, RNG.integers(0, 3, 30)), {}),
    "classes of images": ("cross_entropy", (MAPS, RNG.integers(0, 3, (4, 5, 2))), {}),
    "rows of labels": ("bce", (ROWS, LABELS), {"task": "multilabel"}),
    "labels of images": (
        "bce",
        (MAPS, (RNG.random(MAPS.shape) < 0.5).astype(float)),
        {"task": "multilabel", "class_axis": 1},
    ),
    "soft classes": ("kl_divergence", tuple(RNG.dirichlet([1, 1, 1], (2, 30))), {}),
    "a mask": ("dice", (MAPS[:, 0], MASKS), {}),
    "masks of samples": ("jaccard", (MAPS[:, 0], MASKS), {"pooling": "sample"}),
    "masks of classes": ("dice", (MAPS, RNG.integers(0, 3, (4, 5, 2))), {"average": "macro"}),
    "vectors": ("cosine_distance", (ROWS, ROWS[::-1]), {}),
    "tokens": (
        "perplexity",
        (ROWS.reshape(6, 5, 3), RNG.integers(0, 3, (6, 5))),
        {"pooling": "sample"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("elements", [7, 20])
def test_gradients_of_blocks_stand_in_their_places(
    case: str, elements: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    loss, arrays, options = CASES[case]
    whole, slopes = value_and_gradient(loss, *arrays, **options)
    monkeypatch.setattr(layout, "BLOCK_ELEMENTS", elements)
    cut, parts = value_and_gradient(loss, *arrays, **options)
    assert cut.value == pytest.approx(whole.value, rel=1e-13)
    assert cut.items == whole.items
    for name, slope in slopes.items():
        np.testing.assert_allclose(parts[name], slope, rtol=1e-12, atol=1e-15)
    if options.get("pooling") == "sample" or loss == "dice":
        return
    each = compute(loss, *arrays, reduction="none", **options).value
    weight = np.sum(options.get("weights", float(each.size)))
    assert each.sum() / weight == pytest.approx(whole.value, rel=1e-12)


def test_blocks_in_which_nothing_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first eight rows of classes are ignored: they are several blocks of two."""
    labels = RNG.integers(0, 3, 30)
    labels[:8] = 2
    kept = labels != 2
    alone = compute("cross_entropy", ROWS[kept], labels[kept])
    monkeypatch.setattr(layout, "BLOCK_ELEMENTS", 7)
    result = compute("cross_entropy", ROWS, labels, ignore_index=2)
    assert result.value == pytest.approx(alone.value, rel=1e-13)
    assert result.ignored == 30 - kept.sum()
    holed = ROWS.copy()
    holed[:8] = np.nan
    omitted = compute("cross_entropy", holed, labels % 2, nan="omit")
    wanted = compute("cross_entropy", ROWS[8:], labels[8:] % 2)
    assert omitted.value == pytest.approx(wanted.value, rel=1e-13)


@pytest.mark.parametrize("total", [100, 255])
def test_rows_of_percentages_in_blocks(total: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = total * RNG.dirichlet([1, 1, 1], 30)
    labels = RNG.integers(0, 3, 30)
    for elements in (10_000, 7):
        monkeypatch.setattr(layout, "BLOCK_ELEMENTS", elements)
        with pytest.raises(DataError, match=rf"rows that sum to {total}\? divide by {total}"):
            compute("cross_entropy", rows, labels)
    rows[20:] *= 2.0
    assert compute("cross_entropy", rows, labels).input.kind == "logits"
