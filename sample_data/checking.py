"""Hold the files in a folder against what would be made."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from entries import Array, Dataset, Entry
from files import decode, described, manifest_text

MODULES = (
    "checking.py",
    "entries.py",
    "files.py",
    "generate.py",
    "letters.py",
    "models.py",
    "parts.py",
    "pictures.py",
    "records.py",
    "rules.py",
    "tabular.py",
)
"""The programs of this folder, which are not made."""

RELATIVE_TOLERANCE = 1e-6
ABSOLUTE_TOLERANCE = 1.5e-6
"""A little over one unit of the last kept decimal, which rounding may tip either way."""


def array_difference(kept: Array, made: Array) -> str | None:
    """Say how a kept array differs from the one made now, or nothing."""
    if kept.dtype != made.dtype or kept.shape != made.shape:
        return f"{kept.dtype} {kept.shape} in the file, {made.dtype} {made.shape} made now"
    if made.dtype.kind == "f":
        limit = ABSOLUTE_TOLERANCE + RELATIVE_TOLERANCE * np.abs(made.astype(np.float64))
        wrong = ~(np.abs(kept.astype(np.float64) - made.astype(np.float64)) <= limit)
    else:
        wrong = kept != made
    if not wrong.any():
        return None
    where = np.argwhere(wrong)[0].tolist()
    values = f"{kept[tuple(where)]} in the file, {made[tuple(where)]} made now"
    return f"{int(wrong.sum())} of {wrong.size} values differ, the first at {where}: {values}"


def entry_difference(path: Path, entry: Entry) -> str | None:
    """Say how a kept file differs from the entry made now, or nothing."""
    if not path.is_file():
        return "missing"
    try:
        kept = decode(path)
    except (ValueError, OSError, EOFError, OverflowError, zipfile.BadZipFile) as error:
        return f"cannot be read: {error}"
    if isinstance(kept, dict) and isinstance(entry.data, dict):
        if list(kept) != list(entry.data):
            return f"{list(kept)} in the file, {list(entry.data)} made now"
        found = ((name, array_difference(kept[name], entry.data[name])) for name in kept)
        return next((f"{name}: {text}" for name, text in found if text), None)
    if isinstance(kept, dict) or isinstance(entry.data, dict):
        return "is not of the kind that is made now"
    return array_difference(kept, entry.data)


def manifest_differences(folder: Path, made: list[Dataset]) -> Iterator[str]:
    """Say how the two manifests differ from what would be made, or from the files."""
    readable = folder / "MANIFEST.md"
    if not readable.is_file() or readable.read_bytes() != manifest_text(made).encode():
        yield "MANIFEST.md: missing, or not the text that is made now"
    try:
        listed = json.loads((folder / "manifest.json").read_text(encoding="ascii"))["files"]
    except (ValueError, OSError, KeyError, TypeError) as error:
        yield f"manifest.json: cannot be read: {error!r}"
        return
    entries = {entry.path: entry for each in made for entry in each.entries}
    if list(listed) != list(entries):
        yield "manifest.json: does not list the files that are made now"
    for name in (name for name in entries if name in listed and (folder / name).is_file()):
        digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        if listed[name] != described(entries[name]) | {"sha256": digest}:
            yield f"manifest.json: what it says of {name} is not so (shape, dtype, text or sha256)"


def stray_files(folder: Path, made: list[Dataset]) -> Iterator[str]:
    """Name the files in the folder that nothing here makes."""
    known = {entry.path for each in made for entry in each.entries}
    known |= {"MANIFEST.md", "manifest.json", *MODULES}
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        hidden = any(part.startswith(".") or part == "__pycache__" for part in parts)
        if path.is_file() and not hidden and "/".join(parts) not in known:
            yield f"{'/'.join(parts)}: not made by generate.py"


def differences(folder: Path, made: list[Dataset]) -> list[str]:
    """List, a line each, all that is not as it would be made."""
    found = []
    for entry in (entry for each in made for entry in each.entries):
        difference = entry_difference(folder / entry.path, entry)
        if difference:
            found.append(f"{entry.path}: {difference}")
    return [*found, *manifest_differences(folder, made), *stray_files(folder, made)]
