"""Law 3: neither threads, nor the source, nor the company a loss keeps changes a bit."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lossctl.api import name_inputs
from lossctl.core.loss import Array
from lossctl.engine.evaluate import Request, evaluate
from lossctl.engine.options import Options
from lossctl.io.inputs import Inputs
from tests.conformance._sources import Served, item_weights, large, save
from tests.conformance.cases import (
    Case,
    cases,
    class_weights,
    draw,
    each_case,
    given_inputs,
    run,
    slope,
)

SERVINGS: tuple[dict[str, int], ...] = (
    {"threads": 2},
    {"threads": 5, "chunk": 1_000},
    {"threads": 1, "chunk": 65_537, "stride": 2},
)


def bits(case: Case, inputs: list[Any], **options: Any) -> tuple[str, bytes]:
    """Return the value and the gradient as bits."""
    value = run(case, inputs, **options).value
    return float(value).hex(), slope(case, inputs, **options).tobytes()


@each_case(defaults=True)
def test_threads_and_sources_change_no_bit(case: Case) -> None:
    arrays, options = large(case)
    once = bits(case, arrays, threads=1, **options)
    assert np.isfinite(float.fromhex(once[0]))
    for serving in SERVINGS:
        threads = serving["threads"]
        how = {name: number for name, number in serving.items() if name != "threads"}
        inputs = [Served(array, **how) for array in arrays] if how else arrays
        assert bits(case, inputs, threads=threads, **options) == once, serving


@each_case(defaults=True)
def test_weights_and_files_change_no_bit(case: Case, tmp_path: Path) -> None:
    arrays, options = large(case, seed=1)
    weights = item_weights(case, arrays, options)
    if (classes := class_weights(case)) is not None:
        options["class_weights"] = classes
    once = bits(case, arrays, weights=weights, threads=1, **options)
    names = [entry.name for entry in given_inputs(case)]
    named = save(tmp_path, {**dict(zip(names, arrays, strict=True)), "weights": weights})
    for threads in (2, 5):
        with Inputs(named) as opened:
            inputs: list[Any] = [opened.sources[name] for name in names]
            file_weights = opened.sources["weights"]
            found = bits(case, inputs, weights=file_weights, threads=threads, **options)
        assert found == once, threads


@each_case(defaults=True)
def test_memory_order_changes_no_bit(case: Case) -> None:
    arrays, options = large(case, seed=2)
    once = bits(case, arrays, **options)
    turned = [np.asfortranarray(array).astype(array.dtype.newbyteorder("S")) for array in arrays]
    assert bits(case, turned, **options) == once


@each_case(pooled=False, defaults=True)
def test_item_values_have_the_same_bits(case: Case) -> None:
    arrays, options = large(case, seed=3)
    once = run(case, arrays, reduction="none", threads=1, **options).value
    inputs = [Served(array, chunk=777, stride=3) for array in arrays]
    again = run(case, inputs, reduction="none", threads=5, **options).value
    assert again.tobytes() == once.tobytes()


@each_case(pooled=True, defaults=True)
@pytest.mark.parametrize("samples", [2, 7, 5_003])
def test_samples_have_the_same_bits(case: Case, samples: int) -> None:
    """Samples larger than a block, not aligned with blocks, and many in a block."""
    arrays = draw(case, (samples, 210_000 // samples // max(case.columns, 1)), seed=4)
    options: dict[str, Any] = {"pooling": "sample", "reduction": "none"}
    if case.columns:
        options["class_axis"] = 2
    once = run(case, arrays, threads=1, **options).value
    inputs = [Served(array, chunk=12_345) for array in arrays]
    assert run(case, inputs, threads=5, **options).value.tobytes() == once.tobytes()
    alone = [run(case, [a[:1] for a in arrays], **{**options, "pooling": "batch"}).value]
    np.testing.assert_allclose(once[:1], np.ravel(alone), rtol=1e-13)


def groups() -> dict[tuple[Any, ...], list[Case]]:
    """Gather the cases that read the same inputs the same way."""
    found: dict[tuple[Any, ...], list[Case]] = {}
    for case in cases():
        key = (case.form.layout, case.form.kind, case.columns, case.encoding)
        found.setdefault(key, []).append(case)
    return found


@pytest.mark.parametrize("key", [pytest.param(key, id="-".join(map(str, key))) for key in groups()])
def test_company_changes_no_bit(key: tuple[Any, ...]) -> None:
    together = groups()[key]
    arrays, options = large(together[0], seed=5)
    alone = [float(run(case, arrays, **options).value).hex() for case in together]
    sources = name_inputs([together[0].loss], arrays)
    chosen = Options(**together[0].options, **options)
    for step in (1, -1):
        requests = [Request(case.loss, case.params) for case in together[::step]]
        results = evaluate(requests, sources, None, chosen)
        assert [float(result.value).hex() for result in results[::step]] == alone


@pytest.mark.parametrize("turned", [1, -1])
def test_company_of_other_layouts_and_kinds_changes_no_bit(turned: int) -> None:
    """One loss reads probabilities, another logits, a third rows, a fourth masks."""
    rng = np.random.default_rng(6)
    predictions: Array = rng.dirichlet([1.0, 2.0, 3.0], size=70_000)
    targets = np.eye(3)[rng.integers(3, size=70_000)]
    names = ["bce", "bce_with_logits", "focal", "cross_entropy", "dice", "tversky"][::turned]
    from lossctl.api import compute
    from lossctl.api import evaluate as evaluate_names

    together = evaluate_names(names, predictions, targets)
    for name, result in zip(names, together, strict=True):
        alone = compute(name, predictions, targets)
        assert float(alone.value).hex() == float(result.value).hex()
        assert alone.input == result.input
