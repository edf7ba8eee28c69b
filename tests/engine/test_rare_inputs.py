"""What few inputs come to: shapes and labels that do not fit, options without a use."""

import math
from typing import Any

import numpy as np
import pytest

from lossctl.api import compute, gradient
from lossctl.core.errors import DataError, UsageError
from lossctl.core.options import Options, options_for
from lossctl.engine.bind.arguments import Binding
from lossctl.engine.bind.groups import require_equal_lists
from lossctl.engine.bind.views import Forward
from lossctl.engine.sources import ArraySource
from lossctl.losses.regression.mse import MSE

RNG = np.random.default_rng(8)
LOGITS = RNG.normal(size=(2, 3, 4)) * 2
LAST = "item height width channel"


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
        ("cross_entropy", (5, 1), (5, 1), "have one class"),
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
    with pytest.raises(DataError, match=r"^t: item 1: 2 targets, but 1 predictions"):
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
        ("bce", [0.5, 2.0], [0, 1], {"input": "logits", "clip_predictions": True}, "clip_"),
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


def test_a_slope_of_a_mean_needs_weight() -> None:
    with pytest.raises(DataError, match=r"^mse"):
        gradient("mse", [1.0, 2.0], [0.0, 0.0], weights=[0.0, 0.0])


def test_means_by_items_have_nothing_to_be_compared_with() -> None:
    """A constant's mean is by weights."""
    given: dict[str, Any] = {"weights": [1.0, 3.0, 0.5], "context": True}
    arrays = [1.0, 2.0, 4.0], [0.0, 1.0, 5.0]
    assert compute("mse", *arrays, **given).context
    assert not compute("mse", *arrays, mean_by="items", **given).context
