"""Law 7: wrong shapes are refused, inputs are never written to, every memory layout agrees."""

from typing import Any

import numpy as np
import pytest

from lossctl.api import compute, gradient
from lossctl.core.errors import DataError, UsageError
from lossctl.engine.bind.inputs import variants_of
from lossctl.losses.catalogue import get
from lossctl.testing.storage import ITEMS
from tests.conformance.cases import Case, draw, each_case, required, run, several, slope, slopes


@each_case(defaults=True)
def test_items_keep_the_precision_of_the_predictions(case: Case) -> None:
    arrays, options = several(case, ITEMS)
    narrow = [a.astype("float32") if a.dtype.kind == "f" else a for a in arrays]
    width = np.float64 if case.loss.pooled else np.float32
    assert run(case, arrays, reduction="none", **options).value.dtype == np.float64
    assert run(case, narrow, reduction="none", **options).value.dtype == width


@each_case(defaults=True)
def test_integer_predictions_are_read_as_float64(case: Case) -> None:
    """uint8 1 − 2 is 255; nothing is subtracted before the integers are floats."""
    arrays = draw(case, ITEMS)
    whole = np.abs(np.round(arrays[0])) % 2
    if case.form.kind == "log_probabilities" or case.inputs[0].kind == "log-probability":
        whole = np.zeros_like(whole)
    elif case.form.axes == "item class":
        whole = np.eye(case.columns)[np.arange(ITEMS) % case.columns]
    positive = [e.domain is not None and 0.0 not in e.domain for e in case.inputs]
    numbers = case.encoding == "values"
    others = [np.abs(np.round(a)) % 2 if numbers else a for a in arrays[1:]]
    inputs = [a + one for a, one in zip([whole, *others], positive, strict=True)]
    value = run(case, inputs).value
    for dtype in ("uint8", "int8", "uint32", "int64", *(() if any(positive) else ("bool",))):
        turned = [inputs[0].astype(dtype)]
        turned += [a.astype(dtype) if numbers else a for a in inputs[1:]]
        result = run(case, turned)
        assert float(result.value).hex() == float(value).hex()
        assert slope(case, turned).dtype == np.float64


@each_case("items", "pooled", "set", defaults=True)
def test_zero_axes_are_one_item(case: Case) -> None:
    arrays = draw(case, 1)
    if case.columns:
        pytest.skip("a row has an axis")
    scalars = [array[0] for array in arrays]
    plain = [float(array) for array in scalars]
    value = run(case, arrays).value
    for given in (scalars, plain, [np.array(number) for number in plain]):
        assert run(case, given).value == value
        if case.sort == "items":
            assert run(case, given, reduction="none").value.shape == ()
        assert all(found.shape == () for found in slopes(case, given).values())


@each_case("grid", defaults=True)
def test_an_image_needs_two_axes(case: Case) -> None:
    image = draw(case, 1)
    assert run(case, [array[0] for array in image]).value == run(case, image).value
    for given in ([a[0, 0] for a in image], [a[0, 0, 0] for a in image]):
        with pytest.raises(DataError, match=f"{case.loss.id} needs masks of 2 axes"):
            run(case, given)


@each_case(brief=True)
def test_the_number_of_inputs_is_checked_by_id(case: Case) -> None:
    arrays = draw(case, ITEMS)
    most = max(len(one.inputs) for one in variants_of(get(case.loss.id)))
    for given in ([], arrays[:1] * (most + 1)):
        with pytest.raises(UsageError, match=rf"{case.loss.id} takes predictions.* given"):
            compute(case.loss.id, *given)


@each_case(brief=True)
def test_what_is_no_number_is_refused(case: Case) -> None:
    arrays = draw(case, ITEMS)
    wrong: list[Any] = [
        arrays[0].astype(complex),
        np.full(arrays[0].shape, "high"),
        np.full(arrays[0].shape, {}, dtype=object),
        arrays[0].astype("datetime64[s]"),
        [[1.0], [1.0, 2.0]],
    ]
    if np.dtype(np.longdouble).itemsize > 8:
        wrong.append(arrays[0].astype(np.longdouble))
    for predictions in wrong:
        with pytest.raises(DataError, match=r"predictions|input 1"):
            gradient(case.loss.id, predictions, *arrays[1:], **required(case.loss))


@each_case(defaults=True, encodings=("index", "one_hot", "soft"))
def test_images_and_sequences_are_their_rows(case: Case) -> None:
    """(N, C, H, W), (N, T, C) and the flat rows are one and the same."""
    if case.form.axes != "item class":
        pytest.skip("an element has no class axis")
    arrays = draw(case, (2, 3, 5))
    images = [np.moveaxis(array, 3, 1) if array.ndim == 4 else array for array in arrays]
    flat = [array.reshape(30, *array.shape[3:]) for array in arrays]
    value = run(case, flat).value
    np.testing.assert_allclose(run(case, images, class_axis=1).value, value, rtol=1e-14)
    np.testing.assert_allclose(run(case, arrays, class_axis=-1).value, value, rtol=1e-14)
    if case.encoding == "index":
        np.testing.assert_allclose(run(case, images).value, value, rtol=1e-14)
    found = slope(case, images, class_axis=1)
    wanted = slope(case, flat).reshape(2, 3, 5, case.columns)
    np.testing.assert_allclose(np.moveaxis(found, 1, 3), wanted, rtol=1e-12, atol=1e-16)
