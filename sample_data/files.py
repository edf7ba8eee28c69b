"""The files on disk: arrays, tables and the two manifests, written and read back."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
from entries import Array, Dataset, Entry, Table

MANIFEST_HEAD = """\
# Sample data

Predictions, targets, weights and more, to try lossctl on and for its tests. All of it is made by
`generate.py` from data that scikit-learn ships, from scikit-learn's seeded generators, and from a
few quoted sentences. Every prediction is out-of-fold: a model never saw the targets of the items
that it scored. `manifest.json` has the same for programs, with the SHA-256 of each file.

- `python sample_data/generate.py` writes every file again (scikit-learn 1.6 or later).
- `python sample_data/generate.py --check` exits 1 and says why if a file is not what it would
  make: whole numbers exactly, others within a relative 1e-6 or one unit of the sixth decimal.

Numbers are rounded to six decimals (float64, or float32 where said), and a .csv holds exactly
the numbers of the .npy files beside it. scikit-learn itself is under the BSD 3-Clause licence.
"""


def csv_bytes(table: Table) -> bytes:
    """Write columns as CSV, each number in the shortest form that reads back the same."""
    rows = zip(*(column.tolist() for column in table.values()), strict=True)
    lines = [",".join(table), *(",".join(map(repr, row)) for row in rows)]
    return ("\n".join(lines) + "\n").encode("ascii")


def encode(entry: Entry) -> bytes:
    """Return the bytes of an entry's file."""
    buffer = io.BytesIO()
    if not isinstance(entry.data, dict):
        np.save(buffer, np.ascontiguousarray(entry.data), allow_pickle=False)
    elif entry.path.endswith(".csv"):
        return csv_bytes(entry.data)
    else:
        np.savez(buffer, allow_pickle=False, **entry.data)
    return buffer.getvalue()


def decode(path: Path) -> Array | Table:
    """Read a file back as what was encoded."""
    if path.suffix != ".csv":
        loaded = np.load(path, allow_pickle=False)
        return loaded if isinstance(loaded, np.ndarray) else dict(loaded)
    head, *lines = path.read_text(encoding="ascii").splitlines()
    columns = zip(*(line.split(",") for line in lines), strict=True)
    return dict(zip(head.split(","), map(csv_column, columns), strict=True))


def csv_column(texts: tuple[str, ...]) -> Array:
    """Read a column as whole numbers if all its values are, else as floats."""
    try:
        return np.array([int(text) for text in texts], dtype=np.int64)
    except ValueError:
        return np.array([float(text) for text in texts], dtype=np.float64)


def described(entry: Entry) -> dict[str, Any]:
    """Return an entry's shape, dtype and text for manifest.json."""
    data = entry.data
    if not isinstance(data, dict):
        return {"shape": list(data.shape), "dtype": str(data.dtype), "description": entry.text}
    shapes: Any = {name: list(column.shape) for name, column in data.items()}
    if entry.path.endswith(".csv"):
        shapes = [len(next(iter(data.values()))), len(data)]
    dtypes = {name: str(column.dtype) for name, column in data.items()}
    return {"shape": shapes, "dtype": dtypes, "description": entry.text}


def manifest_row(entry: Entry) -> str:
    """Return the line of MANIFEST.md's table for an entry."""
    facts = described(entry)
    shape, dtype = facts["shape"], facts["dtype"]
    if isinstance(shape, dict):
        shape = ", ".join(f"{name} {value}" for name, value in shape.items())
    if isinstance(dtype, dict):
        kinds = set(dtype.values())
        named = ", ".join(f"{name} {value}" for name, value in dtype.items())
        dtype = f"all {kinds.pop()}" if len(kinds) == 1 else named
    return f"| `{entry.path}` | {shape} | {dtype} | {entry.text} |"


def manifest_text(made: list[Dataset]) -> str:
    """Return MANIFEST.md."""
    parts = [MANIFEST_HEAD]
    for each in made:
        folder = each.entries[0].path.split("/")[0]
        rows = "\n".join(manifest_row(entry) for entry in each.entries)
        parts.append(
            f"## {folder}: {each.title[0].lower()}{each.title[1:]}\n\n"
            f"| file | shape | dtype | what it is |\n| --- | --- | --- | --- |\n{rows}\n\n"
            f"Made: {each.made}\n\nSource: {each.source}\n"
        )
    return "\n".join(parts)


def write(folder: Path, made: list[Dataset]) -> None:
    """Write every file and the two manifests."""
    listed: dict[str, Any] = {}
    for entry in (entry for each in made for entry in each.entries):
        path = folder / entry.path
        path.parent.mkdir(parents=True, exist_ok=True)
        content = encode(entry)
        path.write_bytes(content)
        listed[entry.path] = described(entry) | {"sha256": hashlib.sha256(content).hexdigest()}
    (folder / "MANIFEST.md").write_bytes(manifest_text(made).encode())
    text = json.dumps({"files": listed}, indent=1, ensure_ascii=True) + "\n"
    (folder / "manifest.json").write_bytes(text.encode("ascii"))
