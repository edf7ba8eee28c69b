"""Names are the field's: no word of the house's old private language, and one name for one thing.

The words stand in names of modules, classes, functions, arguments, variables, attributes and
keywords, whole or between underscores. Strings and comments are prose and not looked at.
"""

import ast
import json
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

PACKAGE = Path(__file__).parent.parent / "lossctl"
# Beyond 300: losses of tokens (3), names of other libraries (1), text labels and their classes,
# columns in pieces, row groups (4), label maps (1), which axis holds classes (1), best constants
# and broken pairs (2), logs: dialects, lists and paths in cells, ragged lists of parquet, numbers
# in names, safetensors, foreign files (7), what arguments are bound to (1), the headings of help,
# the pager, what values are compared with (3), the search in the list of losses (1), the room of
# uncertainty: sums, intervals, tests, resampling, slices, verdicts (14), the units a value is made
# of and what is seen of them: intervals, pairs, slices, the worst (12), comparisons of models and
# slices as doors, and their renderers (9); values per item as tables, and where they wait (2);
# places of output apart from the output (1); what a gradient is like (2); methods of comparisons,
# and their words (2); gates as one type, outcomes and the reports for CI systems, each a renderer
# (11); the next losses of the catalogue: of preferences and their builder (8), of values:
# charbonnier, rmse, wmape, mase, rmsse and their builder (6); of recommendations the kind of the
# targets, robust scales, and fits of probabilities and of decisions after training (4); a loss for
# training (1); the room of rules: what a rule, a fact and a finding is, the pass and the sample,
# seven families of rules, their statistics in a room, doors; hashes of rows, levels, a first
# look, counts of distinct values, differences of ids (55);
# metrics: what one is, their families and list, labels as predictions, doors (13);
# races: folds, rows, features, candidates and their faults, two models, commands, judging, the
# answer, its test, the door and its renderer, in a room (18);
# more pictures: what they read, their rows and cells in figures and in a terminal,
# the options of comparisons, what makes each, and calibration of forecasts (19);
# differences of models in slices (1); shards, what files hold of them, merging (6);
# clusters: what travels, sessions, the executor, places, the call, names of declarations (7);
# small calls and the plans that they share (2); places of files, URLs, files there, ranges (4);
# lines of numbers alone (1); the index of list and show (5), parts of outputs, the door to
# clusters, runs of blocks, counts of several labels, axes and surfaces in figures (6);
# losses: concordance, divergence from log-probabilities (2); totals of losses (1).
MODULES_AT_MOST = 630
LOADED_AT_MOST = 32  # evaluation, its inputs, loss names; sums and what is decided; loops, totals
LOADED_BY_THE_SHELL_AT_MOST = 58  # help, comparison, details, totals, places, splits, clusters, 45

WORDS = {
    "surprise": "nll, or negative log-likelihood",
    "apart": "difference, distance, or what is split",
    "told": "the thing that is said: note, message, changed",
    "blame": "report",
    "charged": "zero_safe_product",
    "lacking": "one_minus_dice",
    "priced": "one_minus_tversky",
    "jumps": "the Lovász gradient",
    "shortfall": "hinge",
    "stray": "out_of_range",
    "holes": "nan_mask",
    "settle": "resolve",
    "settled": "resolved",
    "drain": "worker",
    "census": "class counts",
    "turned": "column_major",
    "label_pull": "sigmoid residual",
    "loose_rows": "unnormalized_rows",
    "pull": "vjp",
    "pullback": "vjp",
    "Look": "a block reader",
    "Asked": "what it holds",
    "Wanted": "what it holds",
    "Found": "what it holds",
    "Whole": "Integer",
    "Truth": "Boolean",
    "OneOf": "Enumeration",
    "Either": "Union",
}
MODULES = {
    *("once", "extent", "measured", "masses", "ramp", "economy", "excess", "quotient", "student"),
    *("gains", "pairing", "contrast", "labelled", "select", "signed", "census", "assign", "kinds"),
    *("evidence", "packed", "derived", "fold", "magnitude", "starters", "walk", "sketch"),
    *("optional", "plain_values", "recommending", "positioned", "distance", "surprise"),
}  # fmt: skip

NAMED_FOR_WHAT_THEY_SHOW = ("cli", "report")
"""Commands and renderers are named for what they run and show, such as `cli/run`."""
SAME_NAME = {
    "__init__": "every package has one",
    "contrastive": "the loss, and the mathematics it shares with others",
    "nll": "the loss, and the mathematics it shares with others",
    "ctc": "the loss, and its lattice",
    "boxes": "measures of boxes, and the builder of losses on them",
    "logic": "rules of an objective, and the builder of losses on truths",
}
"""Names that several modules may have, each with what it is wherever it stands."""


def names(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the line and the name of everything a module names."""
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield line, name
            case ast.ClassDef(name=name) | ast.alias(name=name, asname=None):
                yield line, name.rpartition(".")[2]
            case ast.alias(asname=str(name)) | ast.arg(arg=name) | ast.keyword(arg=str(name)):
                yield line, name
            case ast.Name(id=name) | ast.Attribute(attr=name):
                yield line, name


def old_words(name: str) -> set[str]:
    """Return the words of the old language in a name: whole, or between underscores."""
    bare = name.strip("_")
    return {word for word in WORDS if re.search(rf"(^|_){word}(_|$)", bare)}


def files() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize(
    ("name", "words"),
    [("surprise", {"surprise"}), ("_nll", set()), ("rows_apart", {"apart"}), ("foretold", set()),
     ("told_options", {"told"}), ("Look", {"Look"}), ("Lookup", set()), ("a_census", {"census"})],
)  # fmt: skip
def test_words_are_found_between_underscores(name: str, words: set[str]) -> None:
    assert old_words(name) == words


def test_no_name_is_of_the_old_language() -> None:
    found: dict[str, set[str]] = defaultdict(set)
    for path in files():
        for line, name in names(ast.parse(path.read_text(encoding="utf-8"))):
            for word in old_words(name):
                found[word].add(f"{path.relative_to(PACKAGE)}:{line} {name}")
    lines = [
        f"{word} ({WORDS[word]}): {len(places)} places, such as {', '.join(sorted(places)[:4])}"
        for word, places in sorted(found.items())
    ]
    assert not lines, "\n".join(lines)


def test_no_module_has_a_name_that_says_nothing() -> None:
    found = [str(path.relative_to(PACKAGE)) for path in files() if path.stem in MODULES]
    assert not found, found


def test_modules_of_one_name_mean_one_thing() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for path in files():
        place = path.relative_to(PACKAGE)
        if place.parts[0] not in NAMED_FOR_WHAT_THEY_SHOW:
            places[path.stem].append(str(place))
    several = {name: found for name, found in places.items() if len(found) > 1}
    lines = [
        f"{name}: {', '.join(found)}" for name, found in several.items() if name not in SAME_NAME
    ]
    assert not lines, "\n".join(lines)


def test_the_package_has_few_modules() -> None:
    assert len(files()) <= MODULES_AT_MOST


def loaded(code: str) -> list[str]:
    """Return our modules that a fresh interpreter has read, but for the packages' own files."""
    report = (
        "import sys, json; print('\\n' + json.dumps(sorted(name for name, module in "
        "sys.modules.items() if name.split('.')[0] == 'lossctl' "
        "and not (getattr(module, '__file__', None) or '').endswith('__init__.py'))))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", f"{code}\n{report}"], capture_output=True, text=True, check=True
    )
    found: list[str] = json.loads(answer.stdout.splitlines()[-1])
    return found


def test_a_call_reads_few_modules() -> None:
    found = loaded("import lossctl; lossctl.compute('mse', [1.0, 2.0], [0.0, 0.0])")
    assert len(found) <= LOADED_AT_MOST, "\n".join(found)


def test_a_command_reads_few_modules(tmp_path: Path) -> None:
    predictions, targets = tmp_path / "predictions.npy", tmp_path / "targets.npy"
    np.save(predictions, np.array([0.2, 0.7, 0.9]))
    np.save(targets, np.array([1, 0, 1]))
    command = ["lossctl", "compute", str(predictions), str(targets), "--loss", "focal"]
    code = (
        f"import sys; sys.argv = {command!r}\nfrom lossctl.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit as error:\n    assert not error.code, error.code"
    )
    found = loaded(code)
    assert len(found) <= LOADED_BY_THE_SHELL_AT_MOST, "\n".join(found)
