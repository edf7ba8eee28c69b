"""Bits of values and gradients: ``python -m benchmarks.bits write FILE``, later ``check FILE``.

Every loss is called through the public API in every form, with every set of parameters of the laws,
read and weighed in many ways, over several blocks, and wrongly. The file holds the calls with their
inputs beside the answers, so that `check` needs nothing of the tree it runs in but the API. On one
machine a change of code that should change no number leaves every answer as it was; on another the
last bits may differ, and ``check --near`` compares to 1e-10.
"""

import argparse
import gzip
import json
import lzma
import math
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zlib import crc32

from benchmarks.figures.large import large_scenes
from benchmarks.figures.misuse import misuse_scenes
from benchmarks.figures.rounded import rounded
from benchmarks.figures.scene import Scene, Store
from benchmarks.figures.small import small_scenes

NEAR = 1e-10
FEW = 8  # one of so many scenes is among the fast ones
SHOWN = 40


def main() -> int:
    """Write the file, or compare it with what is answered now."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=["write", "check"])
    parser.add_argument("file", type=Path)
    parser.add_argument("--near", action="store_true", help="compare numbers to 1e-10")
    parser.add_argument("--rounded", action="store_true", help="write names and numbers only")
    parser.add_argument("--fast", action="store_true", help="one scene of eight, none of blocks")
    parser.add_argument("--only", default="", help="scenes whose names hold this")
    parser.add_argument("--all", action="store_true", help="show every difference")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    start = time.perf_counter()
    if asked.action == "write":
        scenes = write_rounded(asked.file) if asked.rounded else write(asked.file, fast=asked.fast)
        print(f"{scenes} scenes in {time.perf_counter() - start:.0f} s")
        return 0
    return check(asked, start)


def every_scene(store: Store) -> Iterator[Scene]:
    """Yield every scene, in order."""
    yield from small_scenes(store)
    yield from misuse_scenes(store)
    yield from large_scenes(store)


def is_fast(name: str) -> bool:
    """Whether a scene is among the few that are checked in seconds."""
    slow = " large " in name or " many classes " in name or name.endswith(" wide")
    return not slow and crc32(name.encode()) % FEW == 0


def write(file: Path, *, fast: bool) -> int:
    """Write scenes and answers; return how many there are."""
    store = Store()
    scenes = [scene for scene in every_scene(store) if not fast or is_fast(scene.name)]
    entries = [scene.to_json() | {"was": scene.answer(store)} for scene in scenes]
    used = {r["array"] for scene in scenes for r in scene.inputs.values() if "array" in r}
    store.arrays = {key: array for key, array in store.arrays.items() if key in used}
    text = json.dumps({"arrays": store.to_json(), "scenes": entries}, separators=(",", ":"))
    opening: Any = gzip.open if file.suffix == ".gz" else open
    with opening(file, "wt", encoding="utf-8") as stream:
        stream.write(text)
    return len(entries)


def write_rounded(file: Path) -> int:
    """Write what the reference in the tests holds; return how many scenes there are."""
    store = Store()
    scenes = [*small_scenes(store), *misuse_scenes(store)]
    found = {scene.name: rounded(scene.answer(store)) for scene in scenes}
    file.write_bytes(lzma.compress(json.dumps(found, separators=(",", ":")).encode()))
    return len(found)


def check(asked: argparse.Namespace, start: float) -> int:
    """Repeat the calls of a file; show what answers otherwise now."""
    opening: Any = gzip.open if asked.file.suffix == ".gz" else open
    with opening(asked.file, "rt", encoding="utf-8") as stream:
        data = json.load(stream)
    store, differing, number = Store.from_json(data["arrays"]), 0, 0
    for entry in data["scenes"]:
        if asked.only not in entry["name"] or (asked.fast and not is_fast(entry["name"])):
            continue
        was, scene = entry.pop("was"), Scene(**entry)
        number += 1
        found = json.loads(json.dumps(scene.answer(store)))
        if changes := list(differences(was, found, near=asked.near)):
            differing += 1
            if asked.all or differing <= SHOWN:
                print("\n  ".join([scene.name, *changes]))
    print(f"{differing} of {number} differ ({time.perf_counter() - start:.0f} s)")
    return 1 if differing else 0


def differences(was: Any, found: Any, path: str = "", *, near: bool) -> Iterator[str]:
    """Yield where two answers are not the same, or not near."""
    if isinstance(was, dict) and isinstance(found, dict) and was.keys() == found.keys():
        for key in was:
            if not (near and key == "digest"):
                yield from differences(was[key], found[key], f"{path}.{key}", near=near)
    elif isinstance(was, list) and isinstance(found, list) and len(was) == len(found):
        for place, (one, other) in enumerate(zip(was, found, strict=True)):
            yield from differences(one, other, f"{path}[{place}]", near=near)
    elif was != found and not (near and are_near(was, found)):
        yield f"{path[1:]}: was {was}, is {found}"


def are_near(one: Any, other: Any) -> bool:
    """Whether two hexadecimal numbers are equal to 1e-10."""
    try:
        first, second = float.fromhex(one), float.fromhex(other)
    except (TypeError, ValueError):
        return False
    if math.isnan(first):
        return math.isnan(second)
    return math.isclose(first, second, rel_tol=NEAR)


if __name__ == "__main__":
    sys.exit(main())
