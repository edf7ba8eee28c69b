"""Results as HTML tables and pandas frames, for notebooks."""

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from lossctl.core.result import Result


def html_table(rows: Iterable[tuple[str, str]]) -> str:
    """Return a table of names and texts; both are data, and are escaped."""
    cells = "".join(
        f"<tr><th style='text-align:left'>{escape(name)}</th>"
        f"<td style='text-align:left'>{escape(text)}</td></tr>"
        for name, text in rows
    )
    return f"<table>{cells}</table>"


def result_table(result: "Result") -> str:
    """Return a result as a table: value, classes and parts, how it was read, notes."""
    rows = [(result.loss, repr(result).partition(": ")[0].removeprefix(f"<Result {result.loss} "))]
    rows += [(name, f"{value:.12g}") for name, value, _ in result.inner_values()]
    rows += [(name, str(value)) for name, value in result.params.items()]
    rows += [("items", f"{result.items} ({result.reduction})")]
    rows += [("read as", f"{result.input.kind}: {result.input.evidence}")]
    rows += [(name, f"{value:.6g}") for name, value in result.context.items()]
    rows += [("note", text) for text in result.notes]
    return html_table([*rows, ("signature", result.signature)])


def result_frame(result: "Result") -> Any:
    """Return a result as a pandas frame: one row per value, or one per item."""
    import pandas as pd  # noqa: PLC0415 - slow to import

    if isinstance(result.value, np.ndarray):
        index = pd.MultiIndex.from_product([range(n) for n in result.value.shape])
        rows_of = index if result.value.ndim > 1 else range(result.value.size)
        return pd.DataFrame({result.loss: result.value.ravel()}, index=rows_of)
    rows = [(result.loss, float(result), result.reduction, result.items, result.signature)]
    rows += [(name, value, "", result.items, "") for name, value, _ in result.inner_values()]
    return pd.DataFrame(rows, columns=["loss", "value", "reduction", "items", "signature"])
