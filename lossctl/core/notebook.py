"""Results as HTML tables and pandas frames, for notebooks."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from numpy.typing import NDArray


def html_table(rows: Iterable[tuple[str, str]]) -> str:
    """Return a table of names and texts; both are data, and are escaped."""
    cells = "".join(
        f"<tr><th style='text-align:left'>{escape(name)}</th>"
        f"<td style='text-align:left'>{escape(text)}</td></tr>"
        for name, text in rows
    )
    return f"<table>{cells}</table>"


def frame(rows: Sequence[tuple[Any, ...]], columns: Sequence[str]) -> Any:
    """Return rows as a pandas frame."""
    import pandas as pd  # noqa: PLC0415 - slow to import

    return pd.DataFrame(rows, columns=list(columns))


def frame_of_items(name: str, values: NDArray[Any]) -> Any:
    """Return an array as a pandas frame of one column, a row an entry."""
    import pandas as pd  # noqa: PLC0415 - slow to import

    index = pd.MultiIndex.from_product([range(n) for n in values.shape])
    return pd.DataFrame(
        {name: values.ravel()}, index=index if values.ndim > 1 else range(values.size)
    )
