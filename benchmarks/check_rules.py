"""How often each rule of ``lossctl check`` finds what was planted, and what it says of fine models.

``python -m benchmarks.check_rules [--planted N] [--clean N] [--only LC2] [-o FILE]`` simulates and
prints a table; ``-o docs/check.json`` writes the figures that ``docs/check.md`` shows.
"""

import argparse
import json
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

import lossctl
from benchmarks import check_plants, check_plants_values, check_series
from benchmarks.check_cases import Case, Random, clean
from lossctl.checks.facts import Facts
from lossctl.checks.finding import Report
from lossctl.checks.registry import chosen
from lossctl.checks.run_rules import run_rules
from lossctl.core.errors import DataError, UsageError

PLANTS: Mapping[str, Callable[[Random], Case]] = {
    **check_plants.PLANTS,
    **check_plants_values.PLANTS,
}
SILENT = {"info"}  # severities of findings that a fine model may have


def report_of(case: Case) -> Report:
    """Check a case."""
    if "ids" in case.notes:
        raise ValueError("ids stand in tables")
    return lossctl.check(case.predictions, case.targets, loss=case.loss, **case.options)


def report_of_series(series: Mapping[str, Any]) -> Report:
    """Check values over time."""
    return run_rules(chosen("LC7"), Facts(series=dict(series)))


def planted(code: str, seed: int) -> tuple[list[str], Any]:
    """Plant a mistake, and return the codes of what is found, the first one first."""
    random = np.random.default_rng([int(code[2:]), seed])
    if code in check_series.PLANTS:
        series = check_series.PLANTS[code](random)
        return [each.code for each in report_of_series(series).findings], series
    case = PLANTS[code](random)
    try:
        return [each.code for each in report_of(case).findings], case
    except (DataError, UsageError) as error:
        return [f"refused: {error}"[:60]], case


def fine(seed: int) -> tuple[list[tuple[str, str]], Any]:
    """Simulate a model that is fine, and return codes and severities of what is found."""
    random = np.random.default_rng([7, seed])
    case = clean(random)
    found = [(each.code, each.severity) for each in report_of(case).findings]
    series = check_series.fine(random)
    found += [(each.code, each.severity) for each in report_of_series(series).findings]
    return found, case


def measure_planted(code: str, times: int, *, show: bool = False) -> dict[str, Any]:
    """Return how often a mistake was found, first and at all, and what came first instead."""
    first, anywhere, instead = 0, 0, Counter[str]()
    for seed in range(times):
        codes, case = planted(code, seed)
        first += codes[:1] == [code]
        anywhere += code in codes
        if codes[:1] != [code]:
            instead[codes[0] if codes else "nothing"] += 1
            if show:
                print(code, seed, codes, getattr(case, "kind", ""), getattr(case, "sharpness", ""))
    return {"planted": times, "first": first, "found": anywhere, "instead": dict(instead)}


def measure_clean(times: int, *, show: bool = False) -> dict[str, Any]:
    """Return how often each rule accuses a fine model."""
    accused: Counter[str] = Counter()
    for seed in range(times):
        found, case = fine(seed)
        wrong = {code for code, severity in found if severity not in SILENT}
        accused.update(wrong)
        if show and wrong:
            print("clean", seed, sorted(wrong), case.kind, case.looks, case.sharpness, case.notes)
    return {"models": times, "accused": dict(sorted(accused.items()))}


def main() -> None:
    """Measure, print, and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--planted", type=int, default=200)
    parser.add_argument("--clean", type=int, default=2_000)
    parser.add_argument("--only", default="LC", help="beginning of codes")
    parser.add_argument("--show", action="store_true", help="print every case that went wrong")
    parser.add_argument("-o", "--output", type=Path)
    given = parser.parse_args()
    codes = [code for code in (*PLANTS, *check_series.PLANTS) if code.startswith(given.only)]
    rows = {}
    for code in sorted(codes):
        rows[code] = measure_planted(code, given.planted, show=given.show)
        row = rows[code]
        print(f"{code}  first {row['first']}/{row['planted']}  {row['instead'] or ''}", flush=True)
    of_clean = measure_clean(given.clean, show=given.show)
    print(f"clean: {of_clean['accused'] or 'none accused'} of {given.clean}")
    if given.output:
        text = json.dumps({"planted": rows, "clean": of_clean}, indent=1, sort_keys=True)
        given.output.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
