"""What few inputs come to: other libraries' arrays, shapes that do not fit, rules at their end."""

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from lossctl.api import compute
from lossctl.core.errors import DataError, UsageError
from lossctl.core.options import Options
from lossctl.engine import text_labels
from lossctl.engine.bind.arguments import Binding
from lossctl.engine.bind.views import Forward
from lossctl.engine.sources import ArraySource
from lossctl.losses.regression.mse import MSE

RNG = np.random.default_rng(8)
LOGITS = RNG.normal(size=(2, 3, 4)) * 2
LAST = "item height width channel"
HALF = [1.0, 2.5, -3.0]


class Tensor:
    """As much of a tensor of PyTorch as is asked of one; tests/peers gives real ones."""

    __module__ = "torch"

    def __init__(self, array: np.ndarray, layout: str = "torch.strided") -> None:
        self.array, self.layout = array, layout

    def is_floating_point(self) -> bool:
        return self.array.dtype.kind == "f"

    def element_size(self) -> int:
        return self.array.itemsize

    def float(self) -> "Tensor":
        return Tensor(self.array.astype(np.float32), self.layout)

    def to_dense(self) -> "Tensor":
        return Tensor(self.array)

    def numpy(self) -> np.ndarray:
        assert (self.layout, self.array.itemsize >= 4) == ("torch.strided", True)
        return self.array

    def same(self) -> "Tensor":
        return self

    detach = cpu = resolve_conj = resolve_neg = same


class Exchanged:
    """An array of a library that exchanges memory by DLPack and knows nothing of NumPy."""

    def __init__(self, array: np.ndarray) -> None:
        self._array = array

    def __dlpack__(self, **options: Any) -> Any:
        return self._array.__dlpack__(**options)

    def __dlpack_device__(self) -> Any:
        return self._array.__dlpack_device__()


@pytest.mark.parametrize(
    "given",
    [
        Tensor(np.array(HALF)),
        Tensor(np.array(HALF, np.float16)),
        Tensor(np.array(HALF, np.float32), "torch.sparse_coo"),
        Exchanged(np.array(HALF)),
    ],
    ids=["double", "half", "sparse", "dlpack"],
)
def test_arrays_of_other_libraries(given: Any) -> None:
    assert compute("mse", given, [0.0, 0.5, 0.0]).value == pytest.approx((1 + 4 + 9) / 3)


class Broken:
    def __array__(self, *_: Any, **__: Any) -> np.ndarray:
        raise TypeError("no memory of my own")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (None, "predictions: None"),
        (SimpleNamespace(), "a SimpleNamespace"),
        ([1.0, "x", 2.0], "item 1: 'x'"),
        ([1.0, 2.0, SimpleNamespace()], "SimpleNamespace at item 2"),
        ([1.0, 2j, 3.0], "complex"),
        ([[1.0], [2.0, 3.0]], "different lengths"),
        (Broken(), "no memory of my own"),
    ],
)
def test_what_is_no_array_of_numbers(given: Any, words: str) -> None:
    with pytest.raises(DataError, match=r"^predictions") as caught:
        compute("mse", given, [1.0, 2.0, 3.0])
    assert words in str(caught.value)


def test_weights_by_the_share_of_two_classes() -> None:
    """N / (2 n) each: 3/4 for two of three, 3/2 for one."""
    value = compute("bce", [0.9, 0.2, 0.7], [1, 0, 0], class_weights="balanced").value
    wanted = -(1.5 * math.log(0.9) + 0.75 * math.log(0.8) + 0.75 * math.log(0.3)) / 3
    assert value == pytest.approx(wanted, rel=1e-14)


def test_class_counts_need_targets() -> None:
    fit: Any = None
    with pytest.raises(UsageError, match=r"mse: .*targets"):
        _ = Binding(MSE, fit, None, None, Options()).counts


@pytest.mark.parametrize(
    ("loss", "params", "several"),
    [
        ("focal", {"alpha": [0.2, 0.3, 0.5]}, True),
        ("bce_with_logits", {"pos_weight": [1, 2, 3]}, False),
    ],
)
def test_a_list_says_where_its_labels_may_lie(
    loss: str, params: dict[str, Any], several: bool
) -> None:
    labels = (RNG.uniform(size=LOGITS.shape) < 0.5).astype(float)
    labels[0, :, 0] = 1.0  # no class alone
    with pytest.raises(UsageError, match="has 3 entries") as caught:
        compute(loss, LOGITS, labels, input="logits", **params)
    assert "class_axis=1" in str(caught.value)
    assert ("task='multilabel'" in str(caught.value)) == several


@pytest.mark.parametrize(
    ("loss", "p", "t", "words"),
    [
        ("focal", (2, 3, 4), (2, 1, 4), "reshape the targets to (2, 4)"),
        ("cross_entropy", (2, 3, 4), (2, 1, 4), "reshape the targets to (2, 4)"),
        ("cross_entropy", (3, 2, 4), (2, 4), "class_axis=0"),
        ("cross_entropy", (5, 1), (5, 1), "length 1"),
        ("cross_entropy", (5, 1), (5,), "reshape the predictions to (5,)"),
        ("focal", (2, 4), (2, 4, 3), "(2, 4, 3)"),
        ("cross_entropy", (2, 4), (2, 4, 3), "swapped"),
    ],
)
def test_shapes_that_do_not_fit(
    loss: str, p: tuple[int, ...], t: tuple[int, ...], words: str
) -> None:
    scores, targets = RNG.normal(size=p) * 3, np.zeros(t, int)
    with pytest.raises((DataError, UsageError)) as caught:
        compute(loss, scores, targets)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("loss", "arrays", "options", "words"),
    [
        ("mse", ([1.0, 2.0], [0.0, 0.0]), {"input": "logits"}, "input: mse"),
        ("mse", ([1.0, 2.0], [0.0, 0.0]), {"weights": [0.0, 0.0]}, "mse: "),
        ("hinge", ([1.0, 2.0], [0, 1]), {"clip_predictions": True}, "clip_predictions: hinge"),
        ("hausdorff", (LOGITS, LOGITS > 0), {"task": "multilabel", "class_axis": 1}, "task: "),
        ("listnet", (LOGITS[0], LOGITS[1] > 0), {"batch_size": 2}, "batch_size"),
        ("listnet", (LOGITS[0, 0], [0, 1, 0, 2]), {"group": [0, 0, np.nan, 1]}, "item 2"),
        ("listnet", (LOGITS[0, 0], [0, 1, 0, 2]), {"group": [0, 0, 1]}, "group (3,)"),
        ("ctc", (np.zeros((6, 2, 4)), np.array([1, 2, 3]), [6, 6]), {}, "target_lengths"),
        ("ssim", (LOGITS[0], LOGITS[0]), {"axes": {"predictions": LAST}}, "(3, 4)"),
    ],
)  # fmt: skip
def test_what_a_loss_has_no_use_for(
    loss: str, arrays: tuple[Any, ...], options: dict[str, Any], words: str
) -> None:
    with pytest.raises((DataError, UsageError)) as caught:
        compute(loss, *arrays, **options)
    assert words in str(caught.value)


def test_an_axis_moved_forward_names_elements_where_they_lie() -> None:
    source = Forward(ArraySource(np.zeros((2, 4, 5, 3)), "p"), 3, 1)
    assert source.shape == (2, 3, 4, 5)
    assert source.where((1, 2, 3, 4)) == "item [1, 3, 4, 2]"
    assert source.where((1, 2)) == "item [1, 2]"
    assert source.where((1,)) == "item 1"


def test_weights_of_pixels_beside_classes() -> None:
    """A weight for each pixel says nothing of the entries of one."""
    classes = np.eye(3)[RNG.integers(3, size=(2, 4, 5))]
    scores = RNG.normal(size=(2, 4, 5, 3)) * 3
    first = np.moveaxis(scores, -1, 1), np.moveaxis(classes, -1, 1)
    with pytest.raises(DataError, match="class_axis=1"):
        compute("dice", *first, weights=np.ones((2, 4, 5)))


def test_texts_are_no_labels_where_they_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_labels, "MOST_WORDS", 3)
    words = ["a", "b", "c", "d"]
    with pytest.raises(DataError, match="more than 3"):
        compute("bce", [0.5] * 4, words)
