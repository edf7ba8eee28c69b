"""Law 4: a streamed gradient is the whole one, and the grid only rounds."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lossctl.engine import layout
from lossctl.engine.evaluate import Request
from lossctl.engine.gradient import gradient
from lossctl.engine.options import Options
from lossctl.io.inputs import Inputs
from lossctl.io.write import NpySink
from tests.conformance._sources import item_weights, large, save
from tests.conformance.cases import (
    Case,
    draw,
    each_case,
    given_inputs,
    run,
    slope,
    weight_shape,
)


@each_case(defaults=True)
def test_a_gradient_from_files_to_a_file_is_the_one_in_memory(case: Case, tmp_path: Path) -> None:
    arrays, options = large(case, seed=7)
    weights = item_weights(case, arrays, options)
    names = [entry.name for entry in given_inputs(case)]
    named = save(tmp_path, {**dict(zip(names, arrays, strict=True)), "weights": weights})
    written = tmp_path / "gradient.npy"
    with Inputs(named) as opened:
        file_weights = opened.sources.pop("weights")
        result, sinks = gradient(
            Request(case.loss, case.params),
            opened.sources,
            file_weights,
            Options(**case.options, **options),
            lambda shape, dtype: NpySink(written, shape, dtype),
        )
    for sink in sinks.values():
        sink.finish()  # type: ignore[attr-defined]
    whole = slope(case, arrays, weights=weights, **options)
    streamed = np.load(written)
    assert streamed.shape == whole.shape == arrays[0].shape
    assert streamed.dtype == whole.dtype
    assert streamed.tobytes() == whole.tobytes()
    assert (
        float(result.value).hex()
        == float(run(case, arrays, weights=weights, **options).value).hex()
    )


def shaped(case: Case) -> tuple[list[np.ndarray[Any, Any]], dict[str, Any]]:
    """Draw (5, 37) items, the class axis between them where there is one."""
    arrays = draw(case, (5, 37), seed=8)
    if not case.columns:
        return arrays, {}
    moved = [np.moveaxis(array, -1, 1) if array.ndim == 3 else array for array in arrays]
    return moved, {"class_axis": 1}


@each_case(defaults=True)
@pytest.mark.parametrize(("elements", "rows"), [(1, 1), (300, 4)])
def test_the_grid_only_rounds(
    case: Case, elements: int, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blocks of one row, of parts of a lead and of several leads."""
    arrays, options = shaped(case)
    weights = np.random.default_rng(3).uniform(0.0, 2.0, size=(5, 37))
    if case.form.layout == "element":
        weights = np.random.default_rng(3).uniform(0.0, 2.0, size=weight_shape(case, arrays))
    options |= {"weights": weights, "threads": 1}
    value, whole = run(case, arrays, **options).value, slope(case, arrays, **options)
    monkeypatch.setattr(layout, "BLOCK_ELEMENTS", elements)
    monkeypatch.setattr(layout, "LEAST_ROWS", rows)
    np.testing.assert_allclose(run(case, arrays, **options).value, value, rtol=1e-12)
    parts = slope(case, arrays, **options)
    np.testing.assert_allclose(parts, whole, rtol=1e-12, atol=1e-12 * np.abs(whole).max())


@each_case(pooled=True, defaults=True)
def test_the_grid_only_rounds_by_sample(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    arrays, options = shaped(case)
    options |= {"pooling": "sample", "reduction": "none", "threads": 2}
    value, whole = run(case, arrays, **options).value, slope(case, arrays, **options)
    for elements in (1, 40, 300):
        monkeypatch.setattr(layout, "BLOCK_ELEMENTS", elements)
        monkeypatch.setattr(layout, "LEAST_ROWS", 1)
        np.testing.assert_allclose(run(case, arrays, **options).value, value, rtol=1e-12)
        parts = slope(case, arrays, **options)
        np.testing.assert_allclose(parts, whole, rtol=1e-12, atol=1e-12 * np.abs(whole).max())
