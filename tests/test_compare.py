"""Models compared from files, tables and item scores; expected numbers are SciPy's."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import lossctl
from lossctl.comparing import names_of
from lossctl.core.errors import DataError, UsageError
from lossctl.core.options import Options
from lossctl.evaluation import Data
from lossctl.loss_specs import spec_of
from lossctl.slice_search import SearchSize, find_slices
from tests.cli.run import lossctl as shell

ROWS = 400


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Write a table of two models, the second of which is worse in the north."""
    rng = np.random.default_rng(3)
    targets = (rng.random(ROWS) < 0.4).astype(int)
    old = 1.0 / (1.0 + np.exp(-rng.normal(size=ROWS) - 2.0 * targets + 1.0))
    region = rng.choice(["north", "south", "east"], ROWS)
    new = np.where(region == "north", 0.5 * old + 0.4 * (1 - targets), old)
    new = np.clip(new + rng.normal(scale=0.01, size=ROWS), 0.01, 0.99)
    frame = pd.DataFrame({"id": range(ROWS), "old": old, "new": new, "y": targets})
    frame["region"], frame["user"] = region, np.arange(ROWS) // 4
    frame.to_csv(tmp_path / "t.csv", index=False)
    return tmp_path / "t.csv"


def losses(table: Path, model: str) -> np.ndarray:
    """Return the squared errors of a model, computed here."""
    frame = pd.read_csv(table)
    return ((frame[model] - frame["y"]) ** 2).to_numpy()


def compared(table: Path, **more: object) -> lossctl.Comparisons:
    """Compare the two columns of the table by mse."""
    column = {"old": "old", "new": "new", "targets": "y"}
    return lossctl.compare(table=str(table), column=column, loss="mse", **more)


def test_a_paired_comparison_is_scipys(table: Path) -> None:
    (found,) = compared(table).comparisons
    old, new = losses(table, "old"), losses(table, "new")
    wanted = stats.ttest_rel(new, old)
    assert found.p_value == pytest.approx(wanted.pvalue, rel=1e-10)
    interval = wanted.confidence_interval()
    np.testing.assert_allclose(found.interval, [interval.low, interval.high], rtol=1e-9)
    assert (found.baseline, found.model, found.n) == ("old", "new", ROWS)
    assert (found.wins, found.ties, found.losses) == (
        (new < old).sum(),
        (new == old).sum(),
        (new > old).sum(),
    )
    assert found.verdict == "worse"


def test_an_unpaired_comparison_is_welchs(table: Path) -> None:
    (found,) = compared(table, unpaired=True).comparisons
    wanted = stats.ttest_ind(losses(table, "new"), losses(table, "old"), equal_var=False)
    assert found.p_value == pytest.approx(wanted.pvalue, rel=1e-10)
    assert found.wins is None


def test_slices_are_compared_alone(table: Path) -> None:
    answer = compared(table, by="region")
    frame = pd.read_csv(table)
    assert {one.name for one in answer.slices[0]} == {"north", "south", "east"}
    for one in answer.slices[0]:
        rows = (frame["region"] == one.name).to_numpy()
        wanted = stats.ttest_rel(losses(table, "new")[rows], losses(table, "old")[rows])
        assert one.comparison.p_value == pytest.approx(wanted.pvalue, rel=1e-9)
    assert answer.slices[0][0].name == "north"  # the worst first


def test_clusters_are_what_is_independent(table: Path) -> None:
    (found,) = compared(table, cluster_by="user").comparisons
    difference = losses(table, "new") - losses(table, "old")
    sums = difference.reshape(-1, 4).sum(axis=1) - 4.0 * difference.mean()
    groups = len(sums)
    error = np.sqrt(groups / (groups - 1) * (sums**2).sum()) / ROWS
    half = stats.t.ppf(0.975, groups - 1) * error
    mean = difference.mean()
    np.testing.assert_allclose(found.interval, [mean - half, mean + half], rtol=1e-9)


def test_scores_of_other_tools_are_aligned_by_id(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    first, second = rng.integers(0, 2, 60), rng.integers(0, 2, 60)
    names = [f"s{number}" for number in range(60)]
    order = rng.permutation(60)
    pd.DataFrame({"id": names, "score": first}).to_csv(tmp_path / "a.csv", index=False)
    shuffled = pd.DataFrame({"id": names, "score": second}).iloc[order]
    shuffled.to_csv(tmp_path / "b.csv", index=False)
    answer = lossctl.compare(
        str(tmp_path / "a.csv") + "::score",
        str(tmp_path / "b.csv") + "::score",
        items=True,
        higher_is_better=True,
        id="id",
        method="mcnemar",
    )
    (found,) = answer.comparisons
    wins, lost = int((second > first).sum()), int((second < first).sum())
    assert (found.wins, found.losses) == (wins, lost)
    wanted = stats.binomtest(min(wins, lost), wins + lost).pvalue
    assert found.p_value == pytest.approx(wanted, rel=1e-9)


def test_the_gate_exits_by_its_verdict(table: Path) -> None:
    words = ["--table", str(table), "--column", "old=old", "--column", "new=new"]
    words += ["--column", "targets=y", "-l", "mse"]
    assert shell("compare", *words).code == 0
    worse = shell("compare", *words, "--fail-if-worse")
    assert worse.code == 1
    assert worse.err.startswith("error: gate failed: mse of new ")
    assert "worse than old" in worse.err
    assert worse.err.endswith(": failed)\n")
    few = shell("compare", *words, "--margin", "400%", "--fail-if-worse", "--undecided", "fail")
    assert few.code == 0


@pytest.mark.parametrize(
    ("more", "error", "words"),
    [
        ({"method": "welch"}, UsageError, "methods are auto, t"),
        ({"margin": "-1%"}, UsageError, "must be at least 0"),
        ({"cluster_by": "user", "method": "t"}, UsageError, "clusters are not"),
        ({"unpaired": True, "by": "region"}, UsageError, "no slices in common"),
        ({"by": "missing"}, UsageError, "missing"),
        ({"by": "region", "serial": True}, UsageError, "do not follow each other"),
        ({"by": "region", "method": "bootstrap"}, UsageError, "slices are compared by auto"),
        ({"cluster_by": np.arange(2.0)}, DataError, "2 values for 400 rows"),
    ],
)
def test_mistakes_say_what_to_do(
    table: Path, more: dict[str, object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        compared(table, **more)


def test_other_rows_are_refused(table: Path) -> None:
    frame = pd.read_csv(table)
    with pytest.raises(DataError, match="differ in shape"):
        lossctl.compare(frame["old"], frame["new"][:100], targets=frame["y"], loss="mse")


def test_models_are_named_by_what_differs() -> None:
    assert names_of(["runs/a/p.npy", "runs/b/p.npy"]) == ["a", "b"]
    assert names_of(["x/old.npy", "x/new.npy"]) == ["old", "new"]
    assert names_of(["t.csv::p1", "t.csv::p2"]) == ["p1", "p2"]
    with pytest.raises(UsageError, match="given twice"):
        names_of(["p.npy", "p.npy"])


def test_a_search_finds_the_planted_slice_and_nothing_else(table: Path) -> None:
    def search(model: str) -> list[tuple[str, ...]]:
        column = {"predictions": model, "targets": "y"}
        frame = pd.read_csv(table)[[model, "y", "region", "user"]]
        found = find_slices(
            spec_of("mse", {}), Data(table=frame, column=column), Options(), SearchSize()
        )
        return [tuple(f"{c.feature}={c.category}" for c in one.conditions) for one in found.slices]

    assert search("new") == [("region=north",)]
    assert search("old") == []


def test_intervals_and_worst_rows_stand_beside_gradients(table: Path, tmp_path: Path) -> None:
    words = ["--table", str(table), "--column", "predictions=new", "--column", "targets=y"]
    words += ["-l", "mse", "--interval", "--worst", "2", "--by", "region", "-f", "json"]
    alone = json.loads(shell("compute", *words).out)["results"][0]
    beside = shell("compute", *words, "--gradient", str(tmp_path / "g.npy"))
    (found,) = json.loads(beside.out)["results"]
    for name in ("value", "interval", "worst", "slices"):
        assert found[name] == alone[name]
    frame = pd.read_csv(table)
    slopes = 2.0 * (frame["new"] - frame["y"]) / ROWS
    np.testing.assert_allclose(np.load(tmp_path / "g.npy"), slopes, rtol=1e-12)


@pytest.mark.parametrize(
    ("loss", "rows"), [("bce", 270_000), ("bce", 500), ("dice", 500), ("perplexity", 500)]
)
@pytest.mark.parametrize("more", [{}, {"serial": True}, {"method": "permutation"}], ids=str)
def test_labels_to_ignore_are_rows_left_out(loss: str, rows: int, more: dict[str, object]) -> None:
    """Also where only one block of several has any."""
    rng = np.random.default_rng(5)
    targets = (rng.random(rows) < 0.4).astype(int)
    old = rng.uniform(0.05, 0.95, rows)
    new = np.clip(old + rng.normal(scale=0.05, size=rows), 0.01, 0.99)
    if loss == "perplexity":
        old, new = (np.stack([1.0 - p, p], axis=1) for p in (old, new))
    left_out = targets.copy()
    left_out[7] = -100
    kept = left_out >= 0
    more = {**more, "replicates": 20} if "method" in more else more
    (found,) = lossctl.compare(old, new, targets=left_out, loss=loss, **more).comparisons
    (wanted,) = lossctl.compare(
        old[kept], new[kept], targets=targets[kept], loss=loss, **more
    ).comparisons
    assert (found.n, found.wins, found.losses) == (wanted.n, wanted.wins, wanted.losses)
    assert found.difference == pytest.approx(wanted.difference, rel=1e-9)
    if "method" not in more:  # draws belong to rows, of which one is gone
        np.testing.assert_allclose(found.interval, wanted.interval, rtol=1e-5)


def test_models_of_other_shapes_are_refused(tmp_path: Path) -> None:
    rng = np.random.default_rng(8)
    np.save(tmp_path / "old.npy", rng.random((40, 4)))
    np.save(tmp_path / "new.npy", rng.random(40))
    np.save(tmp_path / "y.npy", rng.integers(0, 2, 40))
    done = shell(
        *("compare", "old.npy", "new.npy", "--targets", "y.npy", "--loss", "jaccard"), cwd=tmp_path
    )
    assert done.code == 3
    assert "new.npy (40,) and old.npy (40, 4) are read in different ways" in done.err


@pytest.mark.parametrize(("by", "place"), [("p::region", "p::region"), ("region", "FILE::region")])
def test_a_column_without_a_table_is_told_how_to_name_its_file(
    table: Path, by: str, place: str
) -> None:
    files = [f"{table}::{name}" for name in ("old", "new", "y")]
    plain = table.parent / "y.npy"
    np.save(plain, pd.read_csv(table)["y"].to_numpy())
    targets = files[2] if "::" in by else str(plain)
    run = shell("compare", *files[:2], "--targets", targets, "--loss", "mse", "--by", by)
    assert run.code == 2
    assert run.err.endswith(f'where it is: --by "region={place}"\n')
    bins = shell("compute", files[1], str(plain), "--loss", "mse", "--bins", "region=3")
    assert bins.err.startswith("error: --bins: region is a column of which table?")
    placed = f"region={table}::region"
    run = shell("compare", *files[:2], "--targets", files[2], "--loss", "mse", "--by", placed)
    assert run.code == 0
    assert "north" in run.out


def test_a_file_to_slice_by_is_told_to_have_a_name(table: Path) -> None:
    for name, groups in (("y", np.zeros(4)), ("g", np.array(["a", "b", "a", "b"]))):
        np.save(table.parent / f"{name}.npy", groups)
    y, place = table.parent / "y.npy", table.parent / "g.npy"
    words = ("compute", str(y), str(y), "-l", "mse", "--min-size", "1")
    done = shell(*words, "--by", str(place))
    assert done.code == 2
    assert done.err == f'error: --by: {place} is a file; name what it holds: --by "g={place}"\n'
    assert shell(*words, "--by", f"g={place}").code == 0


def test_slices_are_columns_of_the_file_of_the_targets(table: Path) -> None:
    """Without a table; another place may be named beside them."""
    old, new, y = (f"{table}::{name}" for name in ("old", "new", "y"))
    other = table.parent / "other.csv"
    pd.DataFrame({"age": np.arange(ROWS)}).to_csv(other, index=False)
    for words in (("compute", new, y), ("compare", old, new, "--targets", y)):
        done = shell(*words, "-l", "mse", "--by", "region", "--bins", "user=2",
                     "--by", f"age={other}::age", "--min-size", "1", "-f", "json")  # fmt: skip
        assert done.code == 0, done.err
        data = json.loads(done.out)
        (slices,) = [one["slices"] for one in data.get("comparisons", data.get("results"))]
        assert {one["by"] for one in slices if one["by"] != "age"} == {"region", "user"}
        assert {one["slice"] for one in slices if one["by"] == "region"} == {
            "north", "south", "east"
        }  # fmt: skip
    missing = shell("compute", new, y, "-l", "mse", "--by", "area")
    assert missing.code == 2
    assert "t.csv: no column 'area'" in missing.err
    python = lossctl.compute("mse", new, y, by="region")
    assert {one.name for one in python.slices} == {"north", "south", "east"}


def test_slices_are_named_or_searched(table: Path) -> None:
    words = ("slices", "--table", str(table), "--column", "predictions=new", "--column",
             "targets=y", "--loss", "mse")  # fmt: skip
    assert "say which slices" in shell(*words).err
    both = shell(*words, "--by", "region", "--find")
    assert both.code == 2
    assert "--find looks for slices itself" in both.err
    before = table.read_bytes()
    for words_of in (("-o", str(table)), ("--report", f"markdown={table}")):
        over = shell(*words, "--find", *words_of)
        assert over.code == 2
        assert "would overwrite" in over.err
    assert table.read_bytes() == before


def test_an_undecided_comparison_fails_where_that_is_asked_for(table: Path) -> None:
    where = ("--table", "t.csv", "--column", "old=old", "--column", "new=new")
    where += ("--column", "targets=y", "--loss", "brier")
    frame = pd.read_csv(table)
    nearly = np.clip(frame["old"] + np.random.default_rng(4).normal(scale=0.02, size=ROWS), 0, 1)
    frame.assign(new=nearly).to_csv(table, index=False)
    assert shell("compare", *where, cwd=table.parent).code == 0
    done = shell("compare", *where, "--undecided", "fail", cwd=table.parent)
    assert done.code == 4
    assert "gate undecided: brier of new" in done.err
    frame.to_csv(table, index=False)  # worse, and no gate on that
    assert shell("compare", *where, "--undecided", "fail", cwd=table.parent).code == 0
