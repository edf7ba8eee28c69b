"""How often intervals, tests and gates are right, and what the bootstrap costs: docs/deciding.md.

``python -m benchmarks.deciding`` simulates (seven minutes of an idle core) and writes
docs/deciding.json and the tables of the page; ``python -m benchmarks.deciding coverage bootstrap``
measures these parts again and keeps the rest, ``… speed`` what comparisons and slices of up to 10⁸
rows cost, which takes longer; ``--table`` writes the tables of the record and measures nothing.
"""

import argparse
import json
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from benchmarks.deciding_speed import measure_speed
from benchmarks.simulations import CASES, Array, Pair, Random, draw_clusters, draw_series
from lossctl.uncertainty.bootstrap import block_replicates, bootstrap_difference, merge_replicates
from lossctl.uncertainty.clusters import block_cluster_sums, merge_cluster_sums
from lossctl.uncertainty.comparison import one_sided_gate
from lossctl.uncertainty.intervals import interval_of_mean
from lossctl.uncertainty.moments import Moments, block_moments
from lossctl.uncertainty.paired import (
    Contrast,
    Difference,
    FunctionOfSums,
    PairCounts,
    clustered_difference,
    function_contrast,
    mcnemar_difference,
    mean_contrast,
    paired_columns,
    paired_difference,
    serial_difference,
    unpaired_difference,
)
from lossctl.uncertainty.sign_flips import block_swaps, permutation_difference

RECORD = Path(__file__).parent.parent / "docs/deciding.json"
PAGE = RECORD.with_suffix(".md")
START, END = "<!-- figures -->\n", "<!-- /figures -->"
SIMULATIONS = 2_000
ROWS, REPLICATES, GRID = 1_000_000, 1_000, 262_144
EQUAL = Pair()
Row = dict[str, Any]
Test = Callable[[Random, int], Difference]


def paired_t(baseline: Array, model: Array) -> tuple[Difference, Contrast, Moments]:
    """Compare means by paired t."""
    moments = block_moments([baseline, model - baseline])
    contrast = mean_contrast(moments.n, moments.sums)
    return paired_difference(contrast, moments), contrast, moments


def by_t(random: Random, n: int) -> Difference:
    """Two equal models on the same items."""
    return paired_t(*EQUAL.draw(random, n))[0]


def by_welch(random: Random, n: int) -> Difference:
    """Two equal models, each on items of its own."""
    baseline, _ = EQUAL.draw(random, n)
    _, model = EQUAL.draw(random, n // 2)
    intervals = (interval_of_mean(block_moments([losses])) for losses in (baseline, model))
    return unpaired_difference(*intervals)


def by_delta(random: Random, n: int) -> Difference:
    """The rmse of two equally noisy models."""
    root = FunctionOfSums(
        lambda sums: np.sqrt(sums[..., 0] / n),
        lambda sums: np.array([0.5 / np.sqrt(sums[0] * n)]),
    )
    noise = random.standard_normal((3, n))
    columns = paired_columns([(noise[0] + noise[1]) ** 2], [(noise[0] + noise[2]) ** 2])
    moments = block_moments(columns)
    return paired_difference(function_contrast(moments.sums, root), moments)


def by_cluster(random: Random, n: int) -> Difference:
    """Differences that share an effect of their cluster."""
    differences, codes = draw_clusters(random, n)
    block = block_cluster_sums([np.zeros(n), differences], codes)
    clusters = merge_cluster_sums([block], int(codes[-1]) + 1)
    return clustered_difference(mean_contrast(n, clusters.totals), clusters)


def by_series(random: Random, n: int) -> Difference:
    """Differences that are correlated with those before."""
    differences = draw_series(random, n)
    contrast = mean_contrast(n, np.array([0.0, differences.sum()]))
    return serial_difference(contrast, contrast.influence([np.zeros(n), differences]))


def by_bootstrap(random: Random, n: int) -> Difference:
    """Two equal models, resampled."""
    baseline, model = EQUAL.draw(random, n)
    paired, contrast, _ = paired_t(baseline, model)
    seed = int(random.integers(2**63))
    columns = [baseline, model - baseline]
    return bootstrap_difference(paired, contrast, block_replicates(columns, 0, seed=seed))


def by_permutation(random: Random, n: int) -> Difference:
    """Two equal models, swapped."""
    baseline, model = EQUAL.draw(random, n)
    paired, contrast, moments = paired_t(baseline, model)
    seed = int(random.integers(2**63))
    swaps = block_swaps([model - baseline, np.ones(n)], 0, seed=seed, replicates=999)
    return permutation_difference(paired, contrast, moments.sums, swaps)


def by_mcnemar(random: Random, n: int) -> Difference:
    """The errors of two equal models."""
    baseline, model = ((losses > np.log(2.0)).astype(float) for losses in EQUAL.draw(random, n))
    return mcnemar_difference(paired_t(baseline, model)[0], PairCounts.of(baseline, model))


TESTS: dict[str, tuple[Test, tuple[int, ...]]] = {
    "paired t": (by_t, (100, 1_000, 10_000)),
    "Welch's t": (by_welch, (100, 1_000, 10_000)),
    "delta method, rmse": (by_delta, (100, 1_000, 10_000)),
    "clusters (10 items each)": (by_cluster, (100, 1_000, 10_000)),
    "serial, ρ = 0.5": (by_series, (100, 1_000, 10_000)),
    "bootstrap": (by_bootstrap, (100, 1_000)),
    "permutation": (by_permutation, (100, 1_000)),
    "McNemar, exact": (by_mcnemar, (100, 1_000, 10_000)),
}


def measure_coverage() -> list[Row]:
    """Return how often 95 % intervals hold the truth; it should be 93.5 to 96.5 %."""
    return [
        {
            "what": case.name,
            "n": n,
            "simulations": SIMULATIONS,
            "share": (share := case.coverage(n, SIMULATIONS)),
            "holds": 0.935 <= share <= 0.965,
        }
        for case in CASES
        for n in case.sizes
    ]


def measure_sizes() -> list[Row]:
    """Return how often equal models have p ≤ 0.05; it should be 4 to 6 %, of an exact test less."""
    rows = []
    for name, (test, sizes) in TESTS.items():
        for n in sizes:
            times = (5 if n <= 1_000 else 2) * SIMULATIONS
            if name in {"bootstrap", "permutation"}:
                times = SIMULATIONS
            random = np.random.default_rng([18, n])
            p_values = (test(random, n).p_value for _ in range(times))
            share = sum(p is not None and p <= 0.05 for p in p_values) / times
            holds = (share >= 0.04 or "exact" in name) and share <= 0.06
            rows.append(
                {"what": name, "n": n, "simulations": times, "share": share, "holds": holds}
            )
    return rows


def gate_share(pair: Pair, n: int, margin: float, times: int) -> float:
    """Return how often a one-sided gate at 95 % calls the model worse."""
    random = np.random.default_rng([19, n])
    worse = 0
    for _ in range(times):
        baseline, model = pair.draw(random, n)
        difference = paired_t(baseline, model)[0]
        worse += one_sided_gate(difference, 0.95, margin * difference.baseline) == "worse"
    return worse / times


def measure_gates() -> list[Row]:
    """Return how often gates fail equal models, ≤ 5.5 %, and find a regression of 2 %, ≥ 95 %."""
    rows = []
    for n, times in ((500, 10_000), (2_000, 10_000), (20_000, 4_000)):
        share = gate_share(EQUAL, n, 0.0, times)
        row = {"what": "equal models, margin 0", "n": n, "simulations": times, "share": share}
        rows.append(row | {"holds": share <= 0.055})
    for n, margin in ((500, 0.0), (2_000, 0.0), (20_000, 0.0), (20_000, 0.005)):
        share = gate_share(Pair(excess=0.02), n, margin, SIMULATIONS)
        what = f"+2 % loss, margin {100 * margin:g} %"
        row = {"what": what, "n": n, "simulations": SIMULATIONS, "share": share}
        rows.append(row | ({"holds": share >= 0.95} if margin else {}))
    return rows


def measure_agreement() -> list[Row]:
    """Return the greatest relative difference of p-values from SciPy's; it should be ≤ 1e-10."""
    random, t_error, binomial_error = np.random.default_rng(20), 0.0, 0.0
    for _ in range(SIMULATIONS):
        n, spread = int(random.integers(2, 500)), 10.0 ** random.uniform(-3, 3)
        baseline = random.choice([0.0, 1.0, 1e6]) + spread * random.standard_normal(n)
        model = baseline + spread * random.uniform(0, 1) * random.standard_normal(n)
        p_value, expected = paired_t(baseline, model)[0].p_value, stats.ttest_rel(model, baseline)
        assert p_value is not None
        t_error = max(t_error, abs(p_value / expected.pvalue - 1.0))
        counts = PairCounts(int(random.integers(1, 10 ** random.integers(1, 5))), 5, n)
        exact = mcnemar_difference(paired_t(baseline, model)[0], counts).p_value
        reference = stats.binomtest(counts.wins, counts.wins + counts.losses).pvalue
        assert exact is not None
        if reference > 1e-290:
            binomial_error = max(binomial_error, abs(exact / reference - 1.0))
    return [
        {
            "what": name,
            "simulations": SIMULATIONS,
            "error": float(error),
            "holds": bool(error <= 1e-10),
        }
        for name, error in (("ttest_rel", t_error), ("binomtest", binomial_error))
    ]


def run_bootstrap() -> None:
    """Resample a million differences, block by block, and print seconds and MiB at most."""
    differences = np.random.default_rng(0).standard_normal(ROWS)
    wall, processor = time.perf_counter(), time.process_time()
    merge_replicates(
        block_replicates([differences[at : at + GRID]], at, replicates=REPLICATES)
        for at in range(0, ROWS, GRID)
    )
    seconds = time.perf_counter() - wall, time.process_time() - processor
    kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sys.stdout.write(json.dumps([*seconds, kib / 1024]))


def measure_bootstrap() -> list[Row]:
    """Return what 10⁶ rows × 1,000 replicates cost one core: ≤ 8 s and < 300 MB."""
    command = [sys.executable, "-c", "from benchmarks import deciding; deciding.run_bootstrap()"]
    runs = [json.loads(subprocess.check_output(command)) for _ in range(3)]
    wall, processor, mib = min(runs)  # the quickest
    what = f"{ROWS:,} rows × {REPLICATES:,} replicates"
    row = {"what": what, "seconds": wall, "processor_seconds": processor, "mib": mib}
    holds = processor <= 8.0 and mib * 1.048576 < 300.0  # others may use the core as well
    return [row | {"holds": holds}]


PARTS: dict[str, Callable[[], list[Row]]] = {
    "coverage": measure_coverage,
    "sizes": measure_sizes,
    "gates": measure_gates,
    "agreement": measure_agreement,
    "bootstrap": measure_bootstrap,
    "speed": measure_speed,
}
HEADS = {
    "coverage": "95 % intervals that hold the truth (93.5 to 96.5 %)",
    "sizes": "Equal models with p ≤ 0.05 (4 to 6 %, exact tests at most 6 %)",
    "gates": "Gates at 95 % that say worse",
    "agreement": "p-values beside SciPy's (≤ 1e-10)",
    "bootstrap": "Poisson bootstrap: seconds of one core and memory (≤ 8 s, < 300 MB)",
    "speed": "Processor time beside `compute` of the same files",
}


def seen(row: Row) -> str:
    """Return what was seen, in bold where it misses its bar."""
    if "share" in row:
        text = f"{100 * row['share']:.1f} %"
    elif "ratio" in row:
        text = f"{100 * (row['ratio'] - 1):+.0f} %"
    elif "error" in row:
        text = f"{row['error']:.1g}"
    else:
        text = f"{row['processor_seconds']:.1f} s, {row['mib']:.0f} MiB"
    return text if row.get("holds", True) else f"**{text}**"


def table(head: str, rows: list[Row]) -> list[str]:
    """Return the lines of a table: a value a line, a number of items a column."""
    sizes = sorted({row.get("n", 0) for row in rows})
    names = list(dict.fromkeys(row["what"] for row in rows))
    cells = {(row["what"], row.get("n", 0)): seen(row) for row in rows}
    heads = [f"n = {size:,}" if size else "seen" for size in sizes]
    lines = [[head, *heads], ["---"] * (len(sizes) + 1)]
    lines += [[name, *(cells.get((name, size), "") for size in sizes)] for name in names]
    return ["| " + " | ".join(line) + " |" for line in lines]


def tables(record: dict[str, Any]) -> str:
    """Return the record as tables in Markdown."""
    parts = [table(head, record[part]) for part, head in HEADS.items() if part in record]
    return "\n\n".join("\n".join(lines) for lines in parts)


def with_tables(page: str, record: dict[str, Any]) -> str:
    """Return the page with the tables of the record between their marks."""
    before, _, rest = page.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\n{tables(record)}\n\n{END}{after}"


def main() -> None:
    """Measure what is asked for, and write the record and the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="all but speed by default")
    parser.add_argument("--table", action="store_true", help="write the page, measure nothing")
    asked = parser.parse_args()
    record = json.loads(RECORD.read_text(encoding="utf-8")) if RECORD.exists() else {}
    by_default = [part for part in PARTS if part != "speed"]
    for part in [] if asked.table else asked.parts or by_default:
        record[part] = PARTS[part]()
        record["machine"] = {
            "processor": platform.machine(),
            "python": platform.python_version(),
            "numpy": version("numpy"),
            "scipy": version("scipy"),
        }
        print(tables({part: record[part]}), flush=True)
        RECORD.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8"), record), encoding="utf-8")


if __name__ == "__main__":
    main()
