"""Tables of what was measured."""

import statistics
from collections.abc import Iterable
from typing import Any

from benchmarks.cases import MOST_USED, PEERS, Setting


def memory_head(setting: Setting) -> str:
    """Head a table of losses in memory."""
    what = "value and gradient" if setting.gradient else "value"
    title = f"\n{what}, {setting.elements:,} {setting.dtype} scores in memory, two threads"
    names = "".join(f"{name:>9}" for name in PEERS)
    return f"{title}\n{'loss':27}{'lossctl ms':>11}{names}{'difference':>12}{'processor':>11}"


def memory_row(row: dict[str, Any]) -> str:
    """Write one loss: our time, and how many times as long each peer takes."""
    ratios = "".join(
        f"{row['ratios'][name]:8.2f}×" if name in row["ratios"] else f"{'–':>9}" for name in PEERS
    )
    apart = row["difference"].get("PyTorch")
    difference = f"{apart:12.1e}" if apart is not None else f"{'–':>12}"
    processor = row["processor_ratios"].get("PyTorch")
    busy = f"{processor:10.2f}×" if processor is not None else ""
    return f"{row['case']:27}{row['seconds']['lossctl'] * 1e3:11.2f}{ratios}{difference}{busy}"


def geometric_mean(ratios: Iterable[float]) -> float:
    """Return the geometric mean."""
    return statistics.geometric_mean(list(ratios))


def targets(figures: dict[str, Any]) -> list[dict[str, Any]]:
    """Compare what was measured with the targets; print and return them."""
    found = [
        *_ratio_targets(figures.get("losses", [])),
        *_limit_targets(figures),
        *_process_targets(figures),
    ]
    if found:
        print("\ntargets")
    for one in found:
        verdict = "met" if one["met"] else "MISSED"
        print(f"{one['what']:62}{one['wanted']:>8}{one['found']:9.2f}  {verdict}")
    return found


def _target(what: str, wanted: float, found: float, *, most: bool = False) -> dict[str, Any]:
    met = found <= wanted if most else found >= wanted
    sign = "≤" if most else "≥"
    return {"what": what, "wanted": f"{sign} {wanted:g}", "found": found, "met": met}


def _ratio_targets(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = []
    for dtype in ("float32", "float64"):
        for gradient in (False, True):
            some = [r for r in rows if r["dtype"] == dtype and r["gradient"] == gradient]
            what = f"{'value and gradient' if gradient else 'value'}, {dtype}"
            eager = {r["case"]: r["ratios"]["PyTorch"] for r in some if "PyTorch" in r["ratios"]}
            if not eager:
                continue
            least = min(eager, key=eager.__getitem__)
            mean, wanted = geometric_mean(eager.values()), 3.5 if gradient else 4.0
            found.append(_target(f"{what}: eager PyTorch, geometric mean", wanted, mean))
            found.append(_target(f"{what}: eager PyTorch, least ({least})", 1.0, eager[least]))
            used = [r for r in some if r["case"] in MOST_USED]
            for peer in ("compile", "jax"):
                ratios = [r["ratios"][peer] for r in used if peer in r["ratios"]]
                if ratios:
                    mean = geometric_mean(ratios)
                    found.append(_target(f"{what}: {peer}, the {len(ratios)} most used", 0.8, mean))
    return found


def _limit_targets(figures: dict[str, Any]) -> list[dict[str, Any]]:
    found = []
    limits, rows = figures.get("limits"), figures.get("losses", [])
    for row in rows if limits else []:
        plain = row["dtype"] == "float32" and not row["gradient"]
        if plain and row["case"] in {"mse", "mae"}:
            speed = 8 * row["elements"] / row["seconds"]["lossctl"]
            share = speed / limits["read_bytes_per_second"]
            found.append(_target(f"{row['case']}: share of the memory bandwidth", 0.6, share))
    for row in figures.get("threads", []):
        if row["bound"] == "arithmetic":
            gain = row["gains"].get("2", 0.0)
            found.append(_target(f"{row['case']}: two threads over one", 1.7, gain))
    return found


def _process_targets(figures: dict[str, Any]) -> list[dict[str, Any]]:
    found = []
    for row in figures.get("processes", []):
        if "npy" in row["what"]:
            found.append(_target(f"{row['what']}: PyTorch script", 6.0, row["ratios"]["PyTorch"]))
            found.append(_target(f"{row['what']}: NumPy script", 3.0, row["ratios"]["NumPy"]))
        if polars := row["ratios"].get("polars"):
            ours = 1.0 / polars
            found.append(_target(f"{row['what']}: time over polars'", 1.3, ours, most=True))
    if rows := figures.get("rows"):
        most = max(row["peak_mb"] for row in rows)
        found.append(_target("peak memory over rows, MB", 300.0, most, most=True))
        exact = float(rows[-1].get("exact_to_the_last_bit", 0))
        what = f"{rows[-1]['rows']:,} rows equal the exact sum to the last bit"
        found.append(_target(what, 1.0, exact))
    return found
