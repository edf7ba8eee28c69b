"""Rows of figures, kept as JSON lines: what is there is not measured again."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

Row = Mapping[str, Any]


class KeptRows:
    """Rows by the values of their key; in memory alone without a file."""

    def __init__(self, file: Path | None, *key: str) -> None:
        """Read the rows that are there. They are of the tree that measured them."""
        self._file, self._key = file, key
        lines = file.read_text(encoding="utf-8").splitlines() if file and file.exists() else []
        self._rows = {tuple(row[name] for name in key): row for row in map(json.loads, lines)}

    def row(self, measure: Callable[[], Row], *key: Any) -> Row:
        """Return the row of a key, which is measured if it is not there."""
        if key not in self._rows:
            row = {**dict(zip(self._key, key, strict=True)), **measure()}
            if self._file is not None:
                with self._file.open("a", encoding="utf-8") as stream:
                    stream.write(json.dumps(row) + "\n")
            self._rows[key] = row
        return self._rows[key]
