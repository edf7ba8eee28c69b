"""Law 7: wrong shapes are refused, inputs are never written to, every memory layout agrees."""

from typing import Any

import numpy as np
import pytest

from lossctl.api import compute, gradient
from lossctl.core.errors import DataError, UsageError
from lossctl.core.loss import Array
from tests.conformance.cases import Case, draw, each_case, run, slope

ITEMS = 12


def strided(array: Array) -> Array:
    room = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), array.dtype)
    room[..., ::2] = array
    return room[..., ::2]


def reversed_twice(array: Array) -> Array:
    return array[::-1].copy()[::-1]


def unaligned(array: Array) -> Array:
    data = b"x" + array.tobytes()
    return np.frombuffer(data, array.dtype, offset=1).reshape(array.shape)


def read_only(array: Array) -> Array:
    copy = array.copy()
    copy.flags.writeable = False
    return copy


LAYOUTS = {
    "read-only": read_only,
    "strided": strided,
    "negative strides": reversed_twice,
    "Fortran": np.asfortranarray,
    "big-endian": lambda array: array.astype(array.dtype.newbyteorder(">")),
    "unaligned": unaligned,
    "lists": lambda array: array.tolist(),
    "matrix of a larger one": lambda array: np.pad(array, 1)[(slice(1, -1),) * array.ndim],
}


@each_case()
def test_inputs_are_never_written_to(case: Case) -> None:
    arrays = draw(case, ITEMS)
    weights = np.linspace(0.0, 2.0, arrays[0].size).reshape(arrays[0].shape)
    if case.form.layout == "row":
        weights = weights[:, 0].copy()
    arrays[0].flat[-1] = np.nan
    before = [array.tobytes() for array in (*arrays, weights)]
    for policy in ("omit", "propagate"):
        run(case, arrays, weights=weights, nan=policy)
        slope(case, arrays, weights=weights, nan=policy)
    assert [array.tobytes() for array in (*arrays, weights)] == before


@each_case(defaults=True)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_of_memory_agrees(case: Case, layout: str) -> None:
    arrays = draw(case, ITEMS)
    turned = [LAYOUTS[layout](array) for array in arrays]
    assert run(case, turned).value == run(case, arrays).value
    np.testing.assert_array_equal(slope(case, turned), slope(case, arrays))


@each_case()
@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 2e-6), ("float16", 2e-6)])
def test_narrow_floats_agree_with_their_float64(case: Case, dtype: str, tolerance: float) -> None:
    """The same rounded inputs in float64 give the same number to float32 precision."""
    arrays = [a.astype(dtype) if a.dtype.kind == "f" else a for a in draw(case, ITEMS)]
    wide = [a.astype(np.float64) if a.dtype.kind == "f" else a for a in arrays]
    narrow, exact = run(case, arrays), run(case, wide)
    np.testing.assert_allclose(narrow.value, exact.value, rtol=tolerance, atol=1e-7)
    found, wanted = slope(case, arrays), slope(case, wide)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, wanted, rtol=3e-5, atol=3e-6 * np.abs(wanted).max())
    np.testing.assert_allclose(run(case, arrays, precision="double").value, exact.value, rtol=1e-15)
    assert slope(case, arrays, precision="double").dtype == np.float64


@each_case(defaults=True)
def test_items_keep_the_precision_of_the_predictions(case: Case) -> None:
    options = {"reduction": "none"}
    arrays = draw(case, ITEMS)
    narrow = [a.astype("float32") if a.dtype.kind == "f" else a for a in arrays]
    width = np.float64 if case.loss.pooled else np.float32
    assert run(case, arrays, **options).value.dtype == np.float64
    assert run(case, narrow, **options).value.dtype == width


@each_case(defaults=True)
def test_labels_of_every_type_agree(case: Case) -> None:
    if case.encoding not in {"labels", "index", "one_hot"}:
        pytest.skip("the targets are no whole numbers")
    predictions, targets = draw(case, ITEMS)
    value, slopes = run(case, [predictions, targets]).value, slope(case, [predictions, targets])
    types = ["int8", "uint8", "int16", "uint64", "int64", "float16", "float32", "float64", ">i4"]
    for dtype in [*types, "bool"] if case.encoding != "index" else types:
        turned = [predictions, targets.astype(dtype)]
        assert run(case, turned).value == value, dtype
        np.testing.assert_array_equal(slope(case, turned), slopes)


@each_case(defaults=True)
def test_integer_predictions_are_read_as_float64(case: Case) -> None:
    """uint8 1 − 2 is 255; nothing is subtracted before the integers are floats."""
    arrays = draw(case, ITEMS)
    whole = np.abs(np.round(arrays[0])) % 2
    if case.form.layout == "row":
        whole = np.eye(case.columns)[np.arange(ITEMS) % case.columns]
    others = [np.abs(np.round(a)) % 2 if case.encoding == "values" else a for a in arrays[1:]]
    value = run(case, [whole, *others]).value
    for dtype in ("uint8", "int8", "uint32", "int64", "bool"):
        turned = [whole.astype(dtype)]
        turned += [a.astype(dtype) if case.encoding == "values" else a for a in others]
        result = run(case, turned)
        assert float(result.value).hex() == float(value).hex()
        assert slope(case, turned).dtype == np.float64


@each_case(defaults=True)
def test_zero_axes_are_one_item(case: Case) -> None:
    arrays = draw(case, 1)
    if case.columns:
        pytest.skip("a row has an axis")
    scalars = [array[0] for array in arrays]
    plain = [float(array) for array in scalars]
    value = run(case, arrays).value
    for given in (scalars, plain, [np.array(number) for number in plain]):
        assert run(case, given).value == value
        if not case.loss.pooled:
            assert run(case, given, reduction="none").value.shape == ()
        assert slope(case, given).shape == ()


@each_case(defaults=True)
def test_wrong_shapes_name_both(case: Case) -> None:
    arrays = draw(case, ITEMS)
    if len(arrays) == 1:
        pytest.skip("there is one input")
    predictions, targets = arrays[0], arrays[-1]
    wrong = [targets[:-1], targets[:, None], targets[None], np.concatenate([targets, targets])]
    if targets.ndim > 1:
        wrong += [targets[:, :-1], targets.T]
    for other in wrong:
        with pytest.raises(DataError) as caught:
            run(case, [*arrays[:-1], other])
        message = str(caught.value)
        assert str(predictions.shape) in message, message
        assert str(other.shape) in message, message


@each_case(defaults=True)
def test_no_items_are_an_error(case: Case) -> None:
    empty = [array[:0] for array in draw(case, ITEMS)]
    with pytest.raises(DataError, match="no items"):
        run(case, empty)
    with pytest.raises(DataError, match="no items"):
        slope(case, empty)


@each_case(defaults=True)
def test_the_number_of_inputs_is_checked(case: Case) -> None:
    arrays = draw(case, ITEMS)
    for given in ([], arrays[:1] * (len(case.loss.inputs) + 1)):
        with pytest.raises(UsageError, match=rf"{case.loss.id} takes predictions.* given"):
            compute(case.loss.id, *given)


@each_case(defaults=True)
def test_what_is_no_number_is_refused(case: Case) -> None:
    arrays = draw(case, ITEMS)
    wrong: list[Any] = [
        arrays[0].astype(complex),
        arrays[0].astype(str),
        arrays[0].astype(object),
        arrays[0].astype("datetime64[s]"),
        [[1.0], [1.0, 2.0]],
    ]
    if np.dtype(np.longdouble).itemsize > 8:
        wrong.append(arrays[0].astype(np.longdouble))
    for predictions in wrong:
        with pytest.raises(DataError, match="predictions"):
            gradient(case.loss.id, predictions, *arrays[1:])


@each_case(defaults=True)
def test_images_and_sequences_are_their_rows(case: Case) -> None:
    """(N, C, H, W), (N, T, C) and the flat rows are one and the same."""
    if case.form.layout != "row":
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
