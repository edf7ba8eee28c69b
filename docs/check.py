"""Write docs/check.md from the pages of the rules; ``--check`` says whether it is fresh."""

# ruff: noqa: E501 - lines of a page, as wide as those of other pages

import json
import sys
from pathlib import Path

from lossctl.checks.registry import shipped
from lossctl.report.formats import markdown_table
from lossctl.report.rule_page import as_markdown, render_rules

PAGE = Path(__file__).with_suffix(".md")
DOCS = PAGE.parent
HEAD = """# Checking predictions

Is the number a loss, or a mistake? `check` looks for mistakes in saved predictions and targets, and in the loss that they are
evaluated with:

```sh
lossctl check sample_data/digits/probabilities.npy sample_data/digits/targets.npy --loss cross_entropy
```

Each finding has a code, the numbers behind it, what to do, and where one can do it a command that repairs it. Here the loss is
told that probabilities are logits:

```sh
lossctl check sample_data/digits/probabilities.npy sample_data/digits/targets.npy --loss cross_entropy --input logits --fail-on never
```

Without `--loss` it says what the data look like (task, kind of the predictions, classes, balance, chance level) and which losses
fit. It reads every file that `compute` reads, standard input too, with the same options.

| wanted | how |
|---|---|
| only some rules | `--select LC1,LC301`, `--ignore LC307`: codes, their beginnings, or names |
| what a rule means | `lossctl explain LC101`, `lossctl explain --list` |
| exit code 1 for warnings too, or never | `--fail-on warning`, `--fail-on never`; errors alone when not given |
| a report for CI | `--report junit=FILE`, `github`, `gitlab=FILE`, `markdown=FILE`, `sarif=FILE` |
| JSON | `--format json`; `lossctl schema check` is its schema |
| warning signs over time | `--log history.csv::loss,val_loss`, or `--series 'runs/*/preds.npy'` with the targets and a loss |

An **error** means that the number is meaningless, a **warning** that it is probably not what was wanted; **info** is worth knowing.
A finding that another one explains is not reported again: it stands under `skipped` with its cause. Exit code 3 is for files
that cannot be read and shapes that do not fit each other.

The gravest findings (softmax or sigmoid applied twice, rows that are unrelated or shifted, an inverted positive class, a value
worse than chance) are notes of `compute` too, where files are read: a few rows show whether the rules are to be asked at all.
`recommend` names these findings, and predictions that are not finite, constant, on another scale or the targets themselves, and
measures no steps after training on them.

What was not said is assumed, and the line that begins with `data:` says how the data were read. Targets with fractions beside
several numbers each are numbers (of quantiles, or members of an ensemble), not classes. Forecasts that repeat the last value fit
the target before theirs: LC202 then is no more than info.

In Python and in tests:

```python
import numpy as np

import lossctl
from lossctl.testing import assert_clean

predictions = np.load("sample_data/digits/probabilities.npy")
targets = np.load("sample_data/digits/targets.npy")
report = lossctl.check(predictions, targets + 1, loss="cross_entropy")
print(report.findings[0].code, report.findings[0].command)
assert_clean(predictions, targets, loss="cross_entropy")
```

## A rule of your own

A rule is a function of what is known of the data, with a declaration. `needs` says what must be known; a rule that is asked
gets a `Facts` (`lossctl/checks/facts.py` lists what it has) and returns what it saw, or nothing:

```python
# my_rules.py
from lossctl.checks.rule import Page, Seen, rule

PAGE = Page(
    what="Predicted counts are negative.",
    why="No count is below 0, and a Poisson loss has no value there.",
    example="counts = model.predict(x)",
    remedy="Predict the logarithm of the rate.",
    reference="https://scikit-learn.org/stable/modules/linear_model.html",
)


@rule("XX101", "negative-counts", "error", PAGE, needs=("values",))
def negative_counts(facts):
    low = facts.predictions.low
    whole = facts.targets.whole and facts.targets.low >= 0
    if not (whole and low < 0):
        return None
    command = facts.repair.rewrite(predictions="np.maximum(p, 0)")
    return Seen(f"the least prediction is {low:g}", {"low": low}, command=command)
```

```sh
lossctl check sample_data/diabetes/preds.npy sample_data/diabetes/targets.npy --plugin my_rules.py
lossctl explain XX101 --plugin my_rules.py
```

A package offers a rule by an entry point of the group `lossctl.rules` whose name is the code. `lossctl.testing.check_rule` holds
it to the laws that those of lossctl obey: it is declared, is found where the mistake is planted, is silent on clean data, and
its command repairs what it found:

```python
import numpy as np

from lossctl.testing import check_rule
from my_rules import negative_counts

counts = np.arange(40)
check_rule(negative_counts, planted=[(counts - 5.5, counts)], clean=[(counts + 0.5, counts)])
```

## What it takes, and how often it is right

Numbers that no rule can judge from a part are taken from every row: the range, missing values, labels, copies of rows. The rest
is judged by at most 20,000 rows; of rows with more than 131,072 numbers, such as large masks, by pieces of them.

"""
RULES = """## The rules
"""


def main() -> int:
    """Write the page, or compare it."""
    page = render()
    if "--check" in sys.argv[1:]:
        fresh = PAGE.read_text(encoding="utf-8") == page
        print("docs/check.md is fresh" if fresh else "docs/check.md: run docs/check.py")
        return 0 if fresh else 1
    PAGE.write_text(page, encoding="utf-8")
    return 0


def render() -> str:
    """Return the page."""
    rules = list(shipped().values())
    pages = [as_markdown(one, level=3) for one in rules]
    parts = [HEAD.rstrip("\n"), render_times(), render_shares(), RULES.rstrip("\n")]
    return "\n\n".join([*parts, render_rules(rules, "markdown"), *pages]) + "\n"


def render_times() -> str:
    """Return the measured time and memory beside those of compute, as a table."""
    measured = json.loads((DOCS / "check_time.json").read_text(encoding="utf-8"))
    cases = measured["cases"]
    lines = [
        f"Processor time and most memory of `compute` and `check`, of {measured['rows']:,} rows on two shared processors; table, lines and",
        "masks are smaller (`python -m benchmarks.check`):",
        "",
    ]
    header = ("case", *next(iter(cases.values())))
    rows = [(name, *map(str, figures.values())) for name, figures in cases.items()]
    return "\n".join([*lines, *markdown_table(header, rows, header[1:])])


def render_shares() -> str:
    """Return how often rules found what was planted, and accused models that are fine."""
    measured = json.loads((DOCS / "check.json").read_text(encoding="utf-8"))
    planted = measured["planted"]
    code, worst = min(planted.items(), key=lambda one: one[1]["first"] / one[1]["planted"])
    clean = measured["clean"]
    accused = sum(clean["accused"].values())
    return (
        f"Of {len(planted)} planted kinds of mistakes each was named first in at least {worst['first']} of {worst['planted']} random cases ({code} least);\n"
        f"of {clean['models']:,} simulated models that are fine, {accused or 'none'} had a finding above info "
        "(`python -m benchmarks.check_rules`)."
    )


if __name__ == "__main__":
    sys.exit(main())
