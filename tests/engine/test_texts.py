"""Texts in the place of numbers: labels, columns, and what is neither."""

import math

import numpy as np
import pandas as pd
import pytest

from lossctl.api import compute
from lossctl.core.errors import DataError, UsageError
from lossctl.engine import text_labels
from lossctl.engine.bind.class_names import number_targets
from lossctl.engine.sources import ArraySource
from lossctl.engine.text_labels import text_source


def test_texts_are_no_labels_where_they_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_labels, "MOST_WORDS", 3)
    words = ["a", "b", "c", "d"]
    with pytest.raises(DataError, match="more than 3"):
        compute("bce", [0.5] * 4, words)


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
    with pytest.raises(DataError, match="one label per row"):
        compute("cross_entropy", rows, [["a", "b"], ["b", "a"], ["a", "b"]])


def test_columns_of_one_name_stand_in_one_order() -> None:
    scores = pd.DataFrame({"p_cat": [0.5, 0.25], "p_dog": [0.75, 0.5]})
    labels = pd.DataFrame({"y_cat": [1, 0], "y_dog": [0, 1]})
    wanted = -np.log([[0.5, 0.25], [0.75, 0.5]]).mean()
    assert compute("bce", scores, labels).value == pytest.approx(wanted, rel=1e-14)
    with pytest.raises(DataError, match="p_cat"):
        compute("bce", scores, labels[["y_dog", "y_cat"]])


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
