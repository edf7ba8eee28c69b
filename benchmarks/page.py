"""Tables of docs/performance.md: ``python -m benchmarks.page figures.json --into PAGE``.

Several files of figures are merged, later ones replacing parts of earlier ones.
"""

import argparse
import json
import re
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from benchmarks.backends import means, side_by_side
from benchmarks.cases import PEERS
from benchmarks.report import targets

Rows = list[dict[str, Any]]


def table(heads: list[str], rows: list[list[str]]) -> str:
    """Write a table whose first column is text and whose others are numbers."""
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def times(number: float | None) -> str:
    """Write a ratio."""
    if number is None:
        return ""
    return f"{number:.1f}" if number >= 10 else f"{number:.2f}"


def losses(rows: Rows, dtype: str, *, gradient: bool) -> str:
    """Write our time for every loss and how many times as long each peer takes."""
    some = [row for row in rows if row["dtype"] == dtype and row["gradient"] == gradient]
    some.sort(key=lambda row: row["ratios"].get("PyTorch", 0.0))
    shown = [name for name in PEERS if any(name in row["ratios"] for row in some)]
    body = [
        [
            row["case"],
            f"{row['seconds']['lossctl'] * 1e3:.1f}",
            *(times(row["ratios"].get(name)) for name in shown),
        ]
        for row in some
    ]
    return table(["loss", "lossctl, ms", *shown], body)


def processes(rows: Rows) -> str:
    """Write seconds, peak memory and ratios of whole processes."""
    names = list(dict.fromkeys(name for row in rows for name in row["seconds"]))
    body = [[row["what"], *(_process(row, name) for name in names)] for row in rows]
    return table(["", *names], body)


def _process(row: dict[str, Any], name: str) -> str:
    """Write seconds, peak memory and, for a peer, how many times as long as ours it takes."""
    if name not in row["seconds"]:
        return ""
    ratio = "" if name == "lossctl" else f" ({times(row['ratios'][name])}×)"
    return f"{row['seconds'][name]:.2f} s, {row['peak_mb'][name]:.0f} MB{ratio}"


def from_files(rows: Rows) -> str:
    """Write our time from files, and that of others over it."""
    names = ("in memory", "PyTorch")
    body = [
        [
            row["case"],
            f"{row['seconds']['lossctl'] * 1e3:.1f}",
            *(times(row["ratios"].get(name)) for name in names),
        ]
        for row in sorted(rows, key=lambda row: row["ratios"].get("PyTorch", 0.0))
    ]
    return table(["loss", "lossctl, ms", *names], body)


def files(rows: Rows) -> str:
    """Write seconds and peak memory over rows."""
    return table(
        ["rows", "seconds", "peak memory"],
        [[f"{r['rows']:,}", f"{r['seconds']:.2f}", f"{r['peak_mb']:.0f} MB"] for r in rows],
    )


def threads(rows: Rows) -> str:
    """Write what more threads gain."""
    counts = list(rows[0]["gains"])
    heads = ["loss", "bound by", *(f"{count} over 1" for count in counts if count != "1")]
    body = [
        [row["case"], row["bound"], *(times(row["gains"][c]) for c in counts if c != "1")]
        for row in rows
    ]
    return table(heads, body)


def sizes(rows: Rows) -> str:
    """Write PyTorch's time over ours by size."""
    counts = sorted({row["elements"] for row in rows})
    by_case: dict[str, dict[int, float]] = {}
    for row in rows:
        by_case.setdefault(row["case"], {})[row["elements"]] = row["ratios"]["PyTorch"]
    body = [
        [case, *(times(found.get(count)) for count in counts)] for case, found in by_case.items()
    ]
    return table(["loss", *(f"{count:,}" for count in counts)], body)


def verdicts(figures: dict[str, Any]) -> str:
    """Write the targets and what was found."""
    body = [
        [one["what"], one["wanted"], f"{one['found']:.2f}", "met" if one["met"] else "missed"]
        for one in targets(figures)
    ]
    return table(["target", "wanted", "found", ""], body)


def limits(found: dict[str, float]) -> str:
    """Write what the machine can do."""
    body = [
        ["memory read, one thread", f"{found['read_bytes_per_second_1'] / 1e9:.1f} GB/s"],
        ["memory read, two threads", f"{found['read_bytes_per_second'] / 1e9:.1f} GB/s"],
        ["NumPy exp, float32, two threads", f"{found['exp_float32_per_second'] / 1e9:.2f} G/s"],
        ["NumPy exp, float64, two threads", f"{found['exp_float64_per_second'] / 1e9:.2f} G/s"],
    ]
    return table(["limit", "found"], body)


def parts_of(figures: dict[str, Any]) -> dict[str, str]:
    """Return every table there are figures for, by name."""
    parts: dict[str, str] = {}
    for dtype in ("float32", "float64"):
        for gradient in (False, True):
            rows = [
                row
                for row in figures.get("losses", [])
                if row["dtype"] == dtype and row["gradient"] == gradient
            ]
            if rows:
                parts[f"{dtype}{' gradient' if gradient else ''}"] = losses(
                    rows, dtype, gradient=gradient
                )
    writers: dict[str, Any] = {
        "limits": limits,
        "sizes": sizes,
        "threads": threads,
        "processes": processes,
        "rows": files,
        "files": from_files,
        "startup": startup,
        "backends": lambda found: side_by_side(found, _largest(found)),
    }
    if "backends" in figures:
        parts["backend means"] = means(figures["backends"])
    for name, write in writers.items():
        if figures.get(name):
            parts[name] = write(figures[name])
    if "losses" in figures:
        with redirect_stdout(sys.stderr):  # it prints them too
            parts["targets"] = verdicts(figures)
    return parts


def _largest(found: dict[str, Rows]) -> int:
    return max(row["elements"] for rows in found.values() for row in rows)


def startup(rows: Rows) -> str:
    """Write seconds of whole processes that do little."""
    return table(["whole process", "median"], [[r["what"], f"{r['seconds']:.2f} s"] for r in rows])


def put_into(page: str, parts: dict[str, str]) -> str:
    """Replace what stands between ``<!-- NAME -->`` and ``<!-- end -->``."""
    for name, text in parts.items():
        pattern = rf"(<!-- {name} -->\n).*?(<!-- end -->)"
        page = re.sub(pattern, lambda m, text=text: f"{m[1]}{text}\n{m[2]}", page, flags=re.DOTALL)
    return page


def main() -> None:
    """Print the tables, or put them into a page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "figures", nargs="+", type=Path, help="JSON files of benchmarks/run.py and backends"
    )
    parser.add_argument("--into", type=Path, help="the page whose tables are to be replaced")
    given = parser.parse_args()
    figures: dict[str, Any] = {}
    for path in given.figures:
        figures |= json.loads(path.read_text())
    parts = parts_of(figures)
    if given.into:
        given.into.write_text(put_into(given.into.read_text(), parts))
    else:
        print("\n\n".join(f"## {name}\n\n{text}" for name, text in parts.items()))


if __name__ == "__main__":
    main()
