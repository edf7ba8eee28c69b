"""Write the tables of the documents that are made from declarations in the code.

A table stands between ``<!-- table: NAME -->`` and ``<!-- end of table -->``. Run
``python docs/tables.py`` to write them, with ``--check`` to exit 1 when one is not what would be
written.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from lossctl.io.registry import FORMATS, PACKED_SUFFIXES, listed, names, stream_formats

DOCS = Path(__file__).resolve().parent
END = "<!-- end of table -->"


def formats() -> Iterator[str]:
    """Yield the rows of every format, and of what formats share."""
    yield "| format | spelled | notes |"
    yield "|---|---|---|"
    for form in FORMATS:
        needs = f"needs `lossctl[{form.extra}]`; " if form.extra else ""
        others = [f"`{suffix}`" for suffix in form.suffixes[1:]]
        also = f"; also {listed(others)}" if others else ""
        yield f"| {form.name} | {form.spelled} | {needs}{form.notes}{also} |"
    packed = names(lambda form: form.packed)
    folders = listed(names(lambda form: form.folders), "or")
    ends = ", ".join(f"`scores.csv{suffix}`" for suffix in PACKED_SUFFIXES)
    extra = "`.zst` needs Python 3.14 or `lossctl[zst]`"
    yield f"| compressed | {ends} | {listed(packed)}; {extra} |"
    spelled = "`'preds-*.npy'`, `'part-*.csv::p'`, `parts/::p`"
    yield f"| several files | {spelled} | one data set; a folder is one of {folders} files |"
    how = "found from the first bytes; `--stdin-format` says it"
    yield (
        f"| standard input | `-`, `-::p` | {listed(stream_formats(), 'or')}, compressed or not, "
        f"{how} |"
    )


TABLES: dict[str, tuple[str, Callable[[], Iterator[str]]]] = {"formats": ("files.md", formats)}


def written(name: str) -> tuple[Path, str]:
    """Return the page of a table, and its text with the table as it should be."""
    page, rows = TABLES[name]
    path, start = DOCS / page, f"<!-- table: {name} -->"
    before, _, rest = path.read_text(encoding="utf-8").partition(start)
    _, _, after = rest.partition(END)
    return path, "\n".join([before + start, *rows(), END]) + after


def main() -> int:
    """Write or check the tables; return the exit status."""
    parser = argparse.ArgumentParser(description="Make or check the tables of the documents.")
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 if different")
    options = parser.parse_args()
    for name in TABLES:
        path, text = written(name)
        if not options.check:
            path.write_text(text, encoding="utf-8")
        elif path.read_text(encoding="utf-8") != text:
            print(
                f"docs/{path.name} is not what docs/tables.py writes now: run it", file=sys.stderr
            )
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
