"""Law 4: a streamed gradient is the whole one, and the grid only rounds."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lossctl.core.options import Options
from lossctl.engine.bind import layout
from lossctl.engine.evaluate import Request
from lossctl.engine.gradient import gradient
from lossctl.io.input_files import Inputs
from lossctl.io.write import NpySink
from lossctl.testing.storage import item_weights, large
from tests.conformance._files import save
from tests.conformance.cases import (
    Case,
    before_items,
    by_loss,
    by_sort,
    draw,
    each_case,
    run,
    slope,
    slopes,
    weight_shape,
)


@each_case(brief=True, quick=by_sort)
def test_a_gradient_from_files_to_a_file_is_the_one_in_memory(case: Case, tmp_path: Path) -> None:
    arrays, options = large(case, seed=7)
    weights = item_weights(case, arrays, options)
    names = [entry.name for entry in case.inputs]
    named = save(tmp_path, dict(zip(names, arrays, strict=True)), weights)
    files = iter(tmp_path / f"gradient-{number}.npy" for number in range(len(names)))
    with Inputs(named) as opened:
        file_weights = opened.sources.pop("weights", None)
        result, sinks = gradient(
            Request(case.loss, case.params),
            opened.sources,
            file_weights,
            Options(**case.options, **options),
            lambda shape, dtype: NpySink(next(files), shape, dtype),
        )
    whole = slopes(case, arrays, weights=weights, **options)
    for number, (name, sink) in enumerate(sinks.items()):
        sink.finish()  # type: ignore[attr-defined]
        streamed = np.load(tmp_path / f"gradient-{number}.npy")
        assert streamed.shape == whole[name].shape
        assert streamed.dtype == whole[name].dtype
        assert streamed.tobytes() == whole[name].tobytes()
    value = run(case, arrays, weights=weights, **options).value
    assert float(result.value).hex() == float(value).hex()


def shaped(case: Case) -> tuple[list[np.ndarray[Any, Any]], dict[str, Any]]:
    """Draw (5, 37) items (or 5 images), the class axis between them where there is one."""
    arrays = draw(case, 5 if case.sort == "grid" else (5, 37), seed=8)
    if not case.columns or case.encoding == "values":  # whose columns are the last axis
        return arrays, {}
    return before_items(arrays, 2), {"class_axis": 1}


def cut_blocks(monkeypatch: pytest.MonkeyPatch, elements: int, rows: int) -> None:
    """Cut blocks of as many rows as fit `elements`, but of `rows` at least."""

    def step(self: layout.Layout) -> int:
        return max(rows, elements // max(self.width, 1))

    monkeypatch.setattr(layout.Layout, "step", property(step))


@each_case(brief=True, quick=by_loss)
@pytest.mark.parametrize(("elements", "rows"), [(1, 1), (300, 4)])
def test_the_grid_only_rounds(
    case: Case, elements: int, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blocks of one row, of parts of a lead and of several leads."""
    arrays, options = shaped(case)
    options["threads"] = 1
    if not case.loss.grouped:
        shape = (5, 37) if case.form.axes == "item class" else weight_shape(case, arrays)
        options["weights"] = np.random.default_rng(3).uniform(0.0, 2.0, size=shape)
    value, whole = run(case, arrays, **options).value, slope(case, arrays, **options)
    cut_blocks(monkeypatch, elements, rows)
    np.testing.assert_allclose(run(case, arrays, **options).value, value, rtol=1e-12)
    parts = slope(case, arrays, **options)
    np.testing.assert_allclose(parts, whole, rtol=1e-12, atol=1e-12 * np.abs(whole).max())


@each_case("pooled", "set", brief=True)
def test_the_grid_only_rounds_by_sample(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    arrays, options = shaped(case)
    options |= {"pooling": "sample", "reduction": "none", "threads": 2}
    value, whole = run(case, arrays, **options).value, slope(case, arrays, **options)
    for elements in (1, 40, 300):
        cut_blocks(monkeypatch, elements, 1)
        np.testing.assert_allclose(run(case, arrays, **options).value, value, rtol=1e-12)
        parts = slope(case, arrays, **options)
        np.testing.assert_allclose(parts, whole, rtol=1e-12, atol=1e-12 * np.abs(whole).max())
