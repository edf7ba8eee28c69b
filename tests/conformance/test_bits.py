"""Law 3: neither threads, nor the source, nor the company a loss keeps changes a bit."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lossctl.api import compute
from lossctl.api import evaluate as evaluate_names
from lossctl.core.loss import Array
from lossctl.core.options import Options
from lossctl.data_places import Data
from lossctl.evaluation import evaluate
from lossctl.io.input_files import Inputs
from lossctl.loss_specs import Spec
from lossctl.testing.storage import Served, bits, item_weights, large
from tests.conformance._files import save
from tests.conformance.cases import (
    Case,
    by_loss,
    by_sort,
    cases,
    draw,
    each_case,
    given_class_weights,
    run,
)


@each_case(brief=True, quick=by_sort)
def test_weights_and_files_change_no_bit(case: Case, tmp_path: Path) -> None:
    arrays, options = large(case, seed=1)
    options |= given_class_weights(case)
    weights = item_weights(case, arrays, options)
    once = bits(case, arrays, weights=weights, threads=1, **options)
    names = [entry.name for entry in case.inputs]
    named = save(tmp_path, dict(zip(names, arrays, strict=True)), weights)
    with Inputs(named) as opened:
        inputs: list[Any] = [opened.sources[name] for name in names]
        read = opened.sources.get("weights")
        found = bits(case, inputs, weights=read, threads=5, **options)
    assert found == once


@each_case(brief=True, quick=by_sort)
def test_memory_order_changes_no_bit(case: Case) -> None:
    arrays, options = large(case, seed=2)
    once = bits(case, arrays, **options)
    turned = [np.asfortranarray(array).astype(array.dtype.newbyteorder("S")) for array in arrays]
    assert bits(case, turned, **options) == once


@each_case("pooled", "set", brief=True, quick=by_loss)
@pytest.mark.parametrize("samples", [2, 7, 5_003])
def test_samples_have_the_same_bits(case: Case, samples: int) -> None:
    """Samples larger than a block, not aligned with blocks, and many in a block."""
    few = case.loss.grouped and samples > 7  # a group is a block of its own
    samples = 61 if few else samples
    arrays = draw(case, (samples, 300_000 // samples // max(case.columns, 1)), seed=4)
    options: dict[str, Any] = {"pooling": "sample", "reduction": "none"}
    if case.columns:
        options["class_axis"] = 2
    once = run(case, arrays, threads=1, **options).value
    inputs = [Served(array, chunk=12_345) for array in arrays]
    assert run(case, inputs, threads=5, **options).value.tobytes() == once.tobytes()
    alone = [run(case, [a[:1] for a in arrays], **{**options, "pooling": "batch"}).value]
    np.testing.assert_allclose(once[:1], np.ravel(alone), rtol=1e-13)


def groups() -> dict[tuple[Any, ...], list[Case]]:
    """Gather the cases that read the same inputs the same way; a few parameter sets each."""
    found: dict[tuple[Any, ...], dict[str, list[Case]]] = {}
    for case in cases():
        inputs = tuple((e.name, e.kind, str(e.domain)) for e in case.inputs)
        options = tuple(case.options.items())
        key = (case.form.axes, case.form.kind, case.columns, case.encoding, case.loss.grouped)
        mine = found.setdefault((*key, inputs, options), {}).setdefault(case.loss.id, [])
        if len(mine) < 2 and case.params.get("log_input", True):
            mine.append(case)
    together = {key: [case for some in by.values() for case in some] for key, by in found.items()}
    return {key: some for key, some in together.items() if len({c.loss.id for c in some}) > 1}


COMPANIES = [pytest.param(some, id="-".join(map(str, key[:5]))) for key, some in groups().items()]


@pytest.mark.parametrize("together", COMPANIES)
def test_company_changes_no_bit(together: list[Case]) -> None:
    arrays, options = large(together[0], seed=5)
    alone = [float(run(case, arrays, **options).value).hex() for case in together]
    chosen = Options(**together[0].options, **options)
    for step in (1, -1):
        specs = [Spec(case.loss, case.params) for case in together[::step]]
        results = evaluate(specs, Data(arrays), chosen)
        assert [float(result.value).hex() for result in results[::step]] == alone


@pytest.mark.parametrize("turned", [1, -1])
def test_company_of_other_layouts_and_kinds_changes_no_bit(turned: int) -> None:
    """One loss reads probabilities, another logits, a third rows, a fourth masks."""
    rng = np.random.default_rng(6)
    predictions: Array = rng.dirichlet([1.0, 2.0, 3.0], size=300_000)
    targets = np.eye(3)[rng.integers(3, size=300_000)]
    names = ["bce", "bce_with_logits", "focal", "cross_entropy", "dice", "tversky"][::turned]
    together = evaluate_names(names, predictions, targets)
    for name, result in zip(names, together, strict=True):
        alone = compute(name, predictions, targets)
        assert float(alone.value).hex() == float(result.value).hex()
        assert alone.input == result.input
