"""Write docs/options.md from the table of shared options; ``--check`` says whether it is fresh."""

import sys
from pathlib import Path

from lossctl.core.options import GROUPS, OPTIONS, Option
from lossctl.core.spelling import markdown_cell

PAGE = Path(__file__).with_suffix(".md")
HEAD = """# Options

Options that all losses share. Each has one name: in the shell (`--batch-size`), in a configuration
of `run` (`reading: {batch_size: 32}`) and in Python (`batch_size=32`). Options that can change a
value are in the signature of a result when they are not at their defaults.
"""


def main() -> int:
    """Write the page, or compare it."""
    page = render()
    if "--check" in sys.argv[1:]:
        fresh = PAGE.read_text(encoding="utf-8") == page
        print("docs/options.md is fresh" if fresh else "docs/options.md: run docs/options.py")
        return 0 if fresh else 1
    PAGE.write_text(page, encoding="utf-8")
    return 0


def render() -> str:
    """Return the page."""
    parts = [HEAD]
    for title in GROUPS:
        rows = [_row(option) for option in OPTIONS.values() if option.group == title]
        head = "| option | values | default | meaning |\n|---|---|---|---|"
        parts.append("\n".join([f"## {title}\n", head, *rows]) + "\n")
    return "\n".join(parts)


def _row(option: Option) -> str:
    shell = "" if not option.flag else f", `{option.flag}`"
    default = "" if option.default is None else f"`{str(option.default).lower()}`"
    whom = f" For {option.meant_for}." if option.meant_for else ""
    signed = "" if option.signed else " Not in the signature."
    cells = (
        f"`{option.name}`{shell}",
        option.domain.describe().replace(" | ", ", "),
        default,
        f"{option.help}{whom}{signed}",
    )
    return f"| {' | '.join(map(markdown_cell, cells))} |"


if __name__ == "__main__":
    sys.exit(main())
