"""A change detector, no oracle: what every loss answered when the reference was last written.

The numbers come from this code and say only that they did not move; what they should be, the
oracles say. Where a change means to move them, the reference is written anew, and the change log
says which: ``python -m benchmarks.bits write --rounded tests/conformance/reference.json.xz``.
"""

import json
import lzma
import warnings
from pathlib import Path
from typing import Any

import pytest

from benchmarks.bits import is_fast
from benchmarks.figures.misuse import misuse_scenes
from benchmarks.figures.rounded import differences
from benchmarks.figures.scene import Scene, Store
from benchmarks.figures.small import small_scenes

REFERENCE = Path(__file__).with_name("reference.json.xz")
FEW = 20
# A sum of 3e38, −3e38 and small numbers: what is left depends on the order of the addition.
CANCEL = {"hinge_embedding-any-distances-values-given-default far"}


@pytest.fixture(scope="module")
def reference() -> dict[str, Any]:
    """Return what was answered, by the names of scenes."""
    found: dict[str, Any] = json.loads(lzma.decompress(REFERENCE.read_bytes()))
    return found


def changes(scenes: list[Scene], store: Store, reference: dict[str, Any]) -> list[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = {scene.name: scene.answer(store) for scene in scenes}
    return [
        f"{name}: {change}"
        for name, answer in found.items()
        if name not in CANCEL
        for change in differences(reference[name], answer)
    ]


def test_one_answer_of_eight_is_what_it_was(reference: dict[str, Any]) -> None:
    store = Store()
    every = [*small_scenes(store), *misuse_scenes(store)]
    names = {scene.name for scene in every}
    assert names == reference.keys(), sorted(names ^ reference.keys())[:FEW]
    moved = changes([scene for scene in every if is_fast(scene.name)], store, reference)
    assert not moved, "\n".join(moved[:FEW])


@pytest.mark.exhaustive
def test_every_answer_is_what_it_was(reference: dict[str, Any]) -> None:
    store = Store()
    moved = changes([*small_scenes(store), *misuse_scenes(store)], store, reference)
    assert not moved, "\n".join(moved[:FEW])
