"""A catalogue that holds more losses than the tree names is no fault of the tree."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import lossctl
from lossctl.losses import plugins
from lossctl.losses.catalogue import CATALOGUE, Entry, names
from lossctl.recommender.decision_tree import load_tree
from tests.cli.run import Answer
from tests.test_contributing import LOSS


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """Read tree and catalogue anew, before and after."""
    for cached in (load_tree, names):
        cached.cache_clear()
    yield
    for cached in (load_tree, names):
        cached.cache_clear()


ASKED = ("--task", "regression", "--metric", "mae", "--no-input", "-f", "json")


def test_a_loss_without_a_leaf_is_not_recommended(
    advise: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = json.loads(advise(*ASKED).out)
    monkeypatch.setitem(CATALOGUE, "twice_mae", Entry("regression", ("double_mae",)))
    load_tree.cache_clear()
    names.cache_clear()
    assert json.loads(advise(*ASKED).out) == before
    shown = json.loads(advise("--explain-tree", "-f", "json").out)
    assert set(shown["not_recommended"]) == {"twice_mae", "custom"}


def test_losses_of_plugins_change_nothing(
    advise: Answer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = json.loads(advise(*ASKED).out)
    monkeypatch.setattr(plugins, "_from_files", {})
    (tmp_path / "mine.py").write_text(LOSS, encoding="utf-8")
    assert lossctl.load_plugin(tmp_path / "mine.py") == ["twice_mae"]
    assert json.loads(advise(*ASKED).out) == before
    assert advise("--explain-tree").code == 0
