"""Tables of what was measured."""

import statistics
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmarks.memory import Setting

SHOWN = ("PyTorch", "compile", "jax", "sklearn", "NumPy")


def memory_head(setting: "Setting") -> str:
    """Head a table of losses in memory."""
    what = "value and gradient" if setting.gradient else "value"
    title = f"\n{what}, {setting.elements:,} {setting.dtype} scores in memory, two threads"
    names = "".join(f"{name:>9}" for name in SHOWN)
    return f"{title}\n{'loss':27}{'lossctl ms':>11}{names}{'difference':>12}{'processor':>11}"


def memory_row(row: dict[str, Any]) -> str:
    """Write one loss: our time, and how many times as long each peer takes."""
    ratios = "".join(
        f"{row['ratios'][name]:8.2f}×" if name in row["ratios"] else f"{'–':>9}" for name in SHOWN
    )
    apart = row["difference"].get("PyTorch")
    difference = f"{apart:12.1e}" if apart is not None else f"{'–':>12}"
    processor = row["processor_ratios"].get("PyTorch")
    busy = f"{processor:10.2f}×" if processor is not None else ""
    return f"{row['case']:27}{row['seconds']['lossctl'] * 1e3:11.2f}{ratios}{difference}{busy}"


def geometric_mean(ratios: Iterable[float]) -> float:
    """Return the geometric mean."""
    return statistics.geometric_mean(list(ratios))
