"""Write the table of docs/files.md from the formats; ``--check`` says whether it is fresh."""

import sys
from collections.abc import Iterator
from pathlib import Path

from lossctl.core.spelling import listed
from lossctl.io.file_formats import FORMATS, PACKED_SUFFIXES, names, stream_formats

PAGE = Path(__file__).with_suffix(".md")
START, END = "<!-- made by docs/files.py -->\n", "<!-- end -->"


def main() -> int:
    """Write the table, or compare it."""
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(START)
    page = before + START + "\n".join([*table(), END]) + rest.partition(END)[2]
    if "--check" in sys.argv[1:]:
        print("docs/files.md is fresh" if text == page else "docs/files.md: run docs/files.py")
        return int(text != page)
    PAGE.write_text(page, encoding="utf-8")
    return 0


def table() -> Iterator[str]:
    """Yield the rows: every format, and what formats share."""
    yield "| format | spelled | notes |"
    yield "|---|---|---|"
    for form in FORMATS:
        needs = f"needs `lossctl[{form.extra}]`; " if form.extra else ""
        others = [f"`{suffix}`" for suffix in form.suffixes[1:]]
        also = f"; also {listed(others)}" if others else ""
        yield f"| {form.name} | {form.spelled} | {needs}{form.notes}{also} |"
    packed, folders = names(lambda form: form.packed), names(lambda form: form.folders)
    ends = ", ".join(f"`scores.csv{suffix}`" for suffix in PACKED_SUFFIXES)
    extra = "`.zst` needs Python 3.14 or `lossctl[zst]`"
    yield f"| compressed | {ends} | {listed(packed)}; {extra} |"
    spelled, what = "`'preds-*.npy'`, `'part-*.csv::p'`, `parts/::p`", listed(folders, "or")
    yield f"| several files | {spelled} | one data set; a folder is one of {what} files |"
    urls = "`https://host/preds.npy`, `'s3://bucket/preds-*.npy'`"
    yield f"| at a URL | {urls} | needs `lossctl[remote]`; see [files at URLs](#files-at-urls) |"
    how = "compressed or not, found from the first bytes; `--stdin-format` says it"
    yield f"| standard input | `-`, `-::p` | {listed(stream_formats(), 'or')}, {how} |"


if __name__ == "__main__":
    sys.exit(main())
