"""What notebooks show: pages of answers, HTML tables and pandas frames of names and values."""

from collections.abc import Iterable, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from lossctl.core.loss import Array
from lossctl.core.spelling import html_text

PAGES = "lossctl.report.html.notebook"  # far above: an answer is shown by what is made from it


def html_page(answer: Any, rows: Iterable[tuple[str, str]] | None = None) -> str | None:
    """Return the content of the page of an answer; where Jinja2 is missing a table, if any."""
    if find_spec("jinja2") is not None:
        return str(import_module(PAGES).shown(answer))
    return None if rows is None else html_table(rows)


def html_table(rows: Iterable[tuple[str, str]]) -> str:
    """Return a table of names and texts; both are data, and are escaped."""
    cells = "".join(
        f"<tr><th style='text-align:left'>{html_text(name)}</th>"
        f"<td style='text-align:left'>{html_text(text)}</td></tr>"
        for name, text in rows
    )
    return f"<table>{cells}</table>"


def frame(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Any:
    """Return rows as a pandas frame."""
    import pandas as pd  # noqa: PLC0415 - slow to import

    return pd.DataFrame(list(rows), columns=list(columns))


def frame_of_items(name: str, values: Array) -> Any:
    """Return one value per item as a column of a pandas frame, indexed as the items are."""
    import pandas as pd  # noqa: PLC0415 - slow to import

    index: Any = range(values.size)
    if values.ndim > 1:
        index = pd.MultiIndex.from_product([range(length) for length in values.shape])
    return pd.DataFrame({name: values.ravel()}, index=index)
