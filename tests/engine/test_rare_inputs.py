"""What few inputs come to: other libraries' arrays, shapes that do not fit, rules at their end."""

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lossctl.api import compute, gradient
from lossctl.core.errors import DataError, UsageError
from lossctl.core.options import Options, options_for
from lossctl.engine import text_labels
from lossctl.engine.bind.arguments import Binding
from lossctl.engine.bind.class_names import number_targets
from lossctl.engine.bind.groups import require_equal_lists
from lossctl.engine.bind.views import Forward
from lossctl.engine.sources import ArraySource
from lossctl.engine.text_labels import text_source
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
    given = compute("bce", [0.9, 0.2, 0.7], [1, 0, 0], class_weights="balanced", ignore_index=None)
    assert given.value == value
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
        ("cross_entropy", (6,), (3,), "reshape the predictions to (3, 2)"),
        ("cross_entropy", (2, 3, 5), (3, 2), "np.swapaxes"),
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


class Lists(ArraySource):
    """Rows that were lists, padded with NaN."""

    def __init__(self, label: str, *rows: list[float]) -> None:
        longest = max(map(len, rows))
        padded = [[*row, *[math.nan] * (longest - len(row))] for row in rows]
        super().__init__(np.array(padded), label)
        self.lengths = np.array([len(row) for row in rows])


def test_lists_of_a_row_are_of_one_length_in_all_inputs() -> None:
    scores, labels = Lists("p", [0.1, 0.2], [0.3]), Lists("t", [1, 0], [1])
    both: dict[str, Any] = {"predictions": scores, "targets": labels}
    group = ArraySource(np.array([1.0, 2.0]), "g")
    assert require_equal_lists(both | {"group": group}, None) is None
    alone = ArraySource(np.array([2.0, 1.0]), "w")
    assert require_equal_lists(both, alone) is alone
    weights = require_equal_lists(both, Lists("w", [2.0, 0.5], [3.0]))
    assert weights is not None
    assert weights.read(0, 4).tolist() == [2.0, 0.5, 3.0, 0.0]
    with pytest.raises(DataError, match=r"^t: item 1: 2 targets beside 1 predictions"):
        require_equal_lists({"predictions": scores, "targets": Lists("t", [1, 0], [1, 0])}, None)
    for other in (ArraySource(np.zeros((2, 2)), "t"), group):
        with pytest.raises(DataError, match=r"^p: .* targets"):
            require_equal_lists({"predictions": scores, "targets": other}, None)
    with pytest.raises(DataError, match=r"^p: .* group"):
        require_equal_lists(both | {"group": ArraySource(np.zeros((2, 2)), "g")}, None)


@pytest.mark.parametrize(
    ("loss", "scores", "targets", "options", "words"),
    [
        ("bce", [3.0, 0.5, 1.0, 2.5], [0, 1, 0, 1], {"input": "probabilities"}, "3"),
        ("bce", [3.0, 50.0, 1.0, 99.0], [0, 1, 0, 1], {"input": "probabilities"}, "100"),
        ("bce", [3.0, 150.0, 1.0, 255.0], [0, 1, 0, 1], {"input": "probabilities"}, "255"),
        ("bce", [3.0, 900.0, 1.0, 2.0], [0, 1, 0, 1], {"input": "probabilities"}, "900"),
        ("bce", [3, 900, 1, 2], [0, 1, 0, 1], {"input": "probabilities"}, "900"),
        ("dice", [3, 2, 1, 2], [0, 1, 0, 1], {"input": "probabilities"}, "input='labels'"),
        ("bce", [-1, 1, 1, -1], [0, 1, 0, 1], {}, "-1 and 1"),
        ("bce", [-5, 1, 1, -1], [0, 1, 0, 1], {}, "-5 and 1"),
        ("bce", [-0.5, -2.0, -0.1, -3.0], [0, 1, 0, 1], {}, "-3 and -0.1"),
        ("focal", [[300.0, 500.0], [20.0, 9.0]], [0, 1], {}, "9 and 500"),
        ("focal", [[-0.5, -2.0], [-0.1, -3.0]], [0, 1], {}, "-3 and -0.1"),
        ("dice", [0.5, 0.5], [0, 1], {"input": "labels"}, "labels"),
        ("bce", [0.5, 2.0], [0, 1], {"input": "logits", "clip_predictions": True}, "clip_predictions"),
        ("cross_entropy", np.eye(2), [[0.5, 0.5], [0.25, 0.75]], {}, "input='probabilities'"),
    ],
)  # fmt: skip
def test_what_predictions_cannot_be(
    loss: str, scores: Any, targets: Any, options: dict[str, Any], words: str
) -> None:
    with pytest.raises((DataError, UsageError), match="prediction") as caught:
        compute(loss, scores, targets, **options)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("relevance", "words"),
    [
        ([[2.0, 0.0, -1.0], [1.0, -1.0, -1.0]], "ignore_index=-1"),
        ([[2.0, 0.0, -math.inf], [1.0, -math.inf, -math.inf]], "omit"),
    ],
)
def test_relevance_that_looks_like_padding(relevance: Any, words: str) -> None:
    """Below 0 at the end of every list; infinity has no label to ignore."""
    scores = np.arange(6.0).reshape(2, 3)
    try:
        notes = str(compute("listnet", scores, relevance).notes)
    except DataError as error:
        notes = str(error)
    assert words in notes


@pytest.mark.parametrize(
    ("loss", "targets", "words"),
    [
        ("bce", ["a", "b", "c"], "hold 3"),
        ("bce", ["a", "b", "a"], "positive='b'"),
        ("mse", ["a", "1", "2"], "'a'"),
        ("mse", ["1", "2", "x y"], "'x y'"),
        ("mse", np.array(["1", b"x", "2"], object), "'x'"),
    ],
)
def test_texts_that_are_no_targets(loss: str, targets: list[str], words: str) -> None:
    with pytest.raises((DataError, UsageError)) as caught:
        compute(loss, [0.25, 0.5, 0.75], targets)
    assert words in str(caught.value)


def test_texts_that_are_targets() -> None:
    scores = np.array([0.25, 0.5, 0.75])
    wanted = -(math.log(0.75) + math.log(0.5) + math.log(0.25)) / 3
    for options in ({"positive": "b"}, {"class_names": ["a", "b"]}):
        assert compute("bce", scores, ["a", "b", "a"], **options).value == pytest.approx(wanted)
    assert compute(
        "bce", scores, np.array([b"no", b"yes", b"no"]), positive="yes"
    ).value == pytest.approx(wanted)
    assert compute("bce", scores, ["0", "1", "0"]).value == pytest.approx(wanted)
    assert compute("bce", scores, ["1", "0", None], nan="omit").items == 2
    assert compute("mse", scores, ["1.25", "-0.5", "0.75"]).value == pytest.approx(2 / 3)
    rows = np.array([[0.5, 0.5], [0.25, 0.75], [0.75, 0.25]])
    with pytest.raises(UsageError, match="positive"):
        compute("cross_entropy", rows, ["a", "b", "a"], positive="b")
    with pytest.raises(DataError, match="one label a row"):
        compute("cross_entropy", rows, [["a", "b"], ["b", "a"], ["a", "b"]])


def test_maps_of_one_label() -> None:
    """Two maps of zeros overlap wholly."""
    empty = np.zeros((2, 4, 4), int)
    assert compute("dice", empty, empty, input="labels", class_names=["a", "b"]).value == 0.0


def test_options_that_mean_nothing_to_one_loss_are_at_their_defaults() -> None:
    given = Options(clip_predictions=True, reduction="sum")
    assert options_for(MSE, given) == Options(reduction="sum")
    assert options_for(MSE, Options(reduction="sum")) == Options(reduction="sum")


@pytest.mark.parametrize(
    ("loss", "scores", "targets", "words"),
    [
        ("bce", [0.5, 0.25, 0.5], [0, 1, 255], "ignore_index=255"),
        ("bce", [0.5, 0.25, 0.5], [0, 255, 255], "t / 255"),
        ("bce", [0.5, 0.25, 0.5], [0, 2, 255], "item 1"),
        ("hinge", [0.5, 0.25, 0.5], [1, -1, 3], "got 3 at item 2"),
        ("hinge", [0.5, 0.25, 0.5], [1, 2, 2], "t - 1"),
        ("dice", [0.5, 0.25, 0.5], [0, 3, 2], "input='labels'"),
        ("bce", [0.5, 0.25, 0.5], [0, 3, 2], "got 3 at item 1"),
        ("focal", [[0.5, 0.5], [0.25, 0.75]], [[1.0, 1.0], [0.0, 1.0]], "got 2 at item 0"),
        ("focal", [[0.5, 0.5], [0.25, 0.75]], [[1.0, 0.5], [0.0, 1.0]], "got 1.5 at item 0"),
        ("cross_entropy", [[0.5, 0.5], [0.25, 0.75]], [1, 2], "t - 1"),
        ("cross_entropy", [[0.5, 0.5]] * 3, [0, 1, 255], "ignore_index=255"),
    ],
)
def test_labels_outside_their_range(loss: str, scores: Any, targets: Any, words: str) -> None:
    options = {"task": "multiclass"} if np.ndim(targets) == 2 else {}
    with pytest.raises(DataError, match="targets") as caught:
        compute(loss, scores, np.array(targets), **options)
    assert words in str(caught.value)


def test_truth_values_are_the_first_two_classes() -> None:
    rows = np.array([[0.5, 0.5], [0.25, 0.75]])
    found = compute("cross_entropy", rows, np.array([False, True]), input="probabilities")
    assert found.value == pytest.approx(-(math.log(0.5) + math.log(0.75)) / 2, rel=1e-14)


def test_columns_of_one_name_stand_in_one_order() -> None:
    scores = pd.DataFrame({"p_cat": [0.5, 0.25], "p_dog": [0.75, 0.5]})
    labels = pd.DataFrame({"y_cat": [1, 0], "y_dog": [0, 1]})
    wanted = -np.log([[0.5, 0.25], [0.75, 0.5]]).mean()
    assert compute("bce", scores, labels).value == pytest.approx(wanted, rel=1e-14)
    with pytest.raises(DataError, match="p_cat"):
        compute("bce", scores, labels[["y_dog", "y_cat"]])


def test_a_slope_of_a_mean_needs_weight() -> None:
    with pytest.raises(DataError, match=r"^mse"):
        gradient("mse", [1.0, 2.0], [0.0, 0.0], weights=[0.0, 0.0])


def test_means_by_items_have_nothing_to_be_compared_with() -> None:
    """A constant's mean is by weights."""
    given: dict[str, Any] = {"weights": [1.0, 3.0, 0.5], "context": True}
    arrays = [1.0, 2.0, 4.0], [0.0, 1.0, 5.0]
    assert compute("mse", *arrays, **given).context
    assert not compute("mse", *arrays, mean_by="items", **given).context


def test_text_read_as_numbers_and_looked_through() -> None:
    spelled = text_source(np.array([["1", "2.5"], ["", "-3"]]), "t")
    assert spelled.is_text
    assert spelled.read(0, 2).tolist() == [1.0, 2.5]
    assert np.isnan(spelled.read(2, 3)).all()
    assert spelled.first(lambda word: word == "-3") == ("item [1, 1]", "-3")
    assert spelled.first(lambda word: word == "x") == ("item [0, 0]", "")
    words = text_source(np.array(["1", "b", "2"]), "t")
    with pytest.raises(DataError, match="item 1"):
        words.read(0, 1)
    with pytest.raises(DataError, match="item 1"):
        text_labels.with_common_codes([ArraySource(np.zeros(2), "t"), words])
    coded, coder = text_labels.with_common_codes([words, text_source(np.array(["b", "a"]), "t")])
    assert [list(part.read(0, part.shape[0])) for part in coded] == [[0, 1, 2], [1, 3]]
    assert list(coder.words) == ["1", "b", "2", "a"]


def test_targets_of_text_where_no_loss_reads_them() -> None:
    """Numbers as text are numbers; labels are numbered as their columns, or as they are sorted."""
    spelled, _, labels = number_targets(text_source(np.array(["2", "0.5"]), "t"), 0, ())
    assert (spelled.read(0, 2).tolist(), labels) == ([2.0, 0.5], [])
    plain = ArraySource(np.zeros(2), "t")
    assert number_targets(plain, 0, ()) == (plain, None, [])
    words = text_source(np.array(["cat", "ape", "cat"]), "t")
    by_name, _, _ = number_targets(words, 2, ("p_cat", "p_ape"))
    assert by_name.read(0, 3).tolist() == [0, 1, 0]
    by_order, _, _ = number_targets(words, 0, ())
    assert by_order.read(0, 3).tolist() == [1, 0, 1]
    with pytest.raises(DataError, match="class_names"):
        compute("cross_entropy", np.full((3, 3), 1 / 3), ["a", "1", "b"])
