"""Every way to name an input: the value is the same and is right."""

import gzip
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import lossctl as package
from tests.cli.expected import (
    BCE_WEIGHTED,
    CANCER,
    DIABETES,
    DIGITS,
    FOCAL,
    MSE,
    MSE_ROBUST,
    SCORED_CROSS,
    P,
    T,
    W,
)
from tests.cli.run import SCRIPT, in_bash, inside, lossctl, process
from tests.exhaustive import rest

SCORES = CANCER / "scores.csv"
TABLE = SCORES.read_text(encoding="utf-8")
COLUMNS = ("--column", "predictions=probability", "--column", "targets=target")
BARE = ("--loss", "focal", "--value-only")


def value(*args: str | Path, stdin: bytes | None = None, cwd: Path | None = None) -> str:
    """Return the number a run prints, as text."""
    done = lossctl(*args, cwd=cwd) if stdin is None else process(*args, stdin=stdin, cwd=cwd)
    assert done.code == 0, done
    assert done.err == "", done
    return done.out.strip()


@pytest.fixture(scope="module")
def reference() -> str:
    found = value("compute", CANCER / "preds.npy", CANCER / "targets.npy", *BARE)
    assert float(found) == pytest.approx(FOCAL, rel=1e-13)
    assert float(found) == pytest.approx(0.00848579077817073, rel=1e-13)
    return found


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Give a function that runs lossctl in this process and returns the number it prints."""

    def run(*args: str | Path) -> str:
        outcome = inside([str(arg) for arg in args], monkeypatch, capsys)
        assert (outcome.code, outcome.err) == (0, ""), outcome
        return outcome.out.strip()

    return run


def rewritten(lines: Callable[[list[list[str]]], str]) -> str:
    return lines([line.split(",") for line in TABLE.splitlines()])


def joined(delimiter: str, end: str = "\n") -> str:
    return rewritten(lambda rows: "".join(delimiter.join(row) + end for row in rows))


SPELLINGS = {
    "s.csv": TABLE,
    "s.tsv": joined("\t"),
    "semicolons.csv": joined(";"),
    "bars.csv": joined("|"),
    "tabs.txt": joined("\t"),
    "crlf.csv": joined(",", "\r\n"),
    "quoted.csv": rewritten(
        lambda rows: "".join(",".join(f'"{c}"' for c in row) + "\n" for row in rows)
    ),
    "spaced.csv": joined(", "),
    "bom.csv": "\ufeff" + TABLE,
    "no-last-break.csv": TABLE.rstrip("\n"),
    "blank-at-the-end.csv": TABLE + "\n\n\n",
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_tables(name: str, tmp_path: Path, reference: str) -> None:
    (tmp_path / name).write_text(SPELLINGS[name], encoding="utf-8", newline="")
    assert value("compute", "--table", name, *COLUMNS, *BARE, cwd=tmp_path) == reference


@pytest.mark.parametrize("name", ["s.csv.gz", "s.tsv.gz"])
def test_compressed_tables(name: str, tmp_path: Path, reference: str) -> None:
    content = joined("\t") if ".tsv" in name else TABLE
    (tmp_path / name).write_bytes(gzip.compress(content.encode()))
    files = (f"{name}::probability", f"{name}::target")
    assert value("compute", *files, *BARE, cwd=tmp_path) == reference


def test_columns_of_several_tables(tmp_path: Path, reference: str) -> None:
    for name, header, values in (("p.csv", "score", P), ("t.csv", "label", T)):
        lines = [header, *map(repr, values.tolist())]
        (tmp_path / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert value("compute", "p.csv", "t.csv", *BARE, cwd=tmp_path) == reference
    assert (
        value("compute", "p.csv::score", CANCER / "targets.npy", *BARE, cwd=tmp_path) == reference
    )


def test_weights_from_a_column(tmp_path: Path, here: Callable[..., str]) -> None:
    rows = (
        f"{p!r},{t},{w!r}\n" for p, t, w in zip(P.tolist(), T.tolist(), W.tolist(), strict=True)
    )
    (tmp_path / "s.csv").write_text("p,t,w\n" + "".join(rows), encoding="utf-8")
    columns = [f"--column={name}" for name in ("predictions=p", "targets=t", "weights=w")]
    found = here("compute", "--table", tmp_path / "s.csv", *columns, "-l", "bce", "--value-only")
    assert float(found) == pytest.approx(BCE_WEIGHTED, rel=1e-13)
    files = (
        f"{tmp_path / 's.csv'}::p",
        CANCER / "targets.npy",
        "--weights",
        CANCER / "weights.npy",
    )
    assert here("compute", *files, "-l", "bce", "--value-only") == found


def test_no_header(tmp_path: Path, reference: str) -> None:
    (tmp_path / "s.csv").write_text(TABLE.partition("\n")[2], encoding="utf-8")
    files = ("s.csv::1", "s.csv::3", "--no-header")
    assert value("compute", *files, *BARE, cwd=tmp_path) == reference


def test_said_delimiter(tmp_path: Path, reference: str) -> None:
    (tmp_path / "s.csv").write_text(joined("~"), encoding="utf-8")
    said = ("--delimiter", "~")
    assert value("compute", "--table", "s.csv", *COLUMNS, *said, *BARE, cwd=tmp_path) == reference


@pytest.mark.parametrize("form", ["csv", None, *map(rest, ("npy", "npz", "tsv"))])
def test_standard_input(form: str | None, reference: str) -> None:
    stream = io.BytesIO()
    if form == "npz":
        np.savez(stream, predictions=P)
    else:
        np.save(stream, P)
    text = {"csv": TABLE, "tsv": joined("\t")}.get(form or "", "").encode()
    said = ("--stdin-format", form) if form else ()
    place = "-::probability" if text else "-"
    args = ("compute", *said, *BARE, "--", place, CANCER / "targets.npy")
    assert value(*args, stdin=text or stream.getvalue()) == reference


def test_members_of_an_archive_on_standard_input(reference: str) -> None:
    stream = io.BytesIO()
    np.savez(stream, predictions=P, other=P[:3], labels=np.load(CANCER / "targets.npy"))
    for said in ((), ("--stdin-format", "npz")):
        args = ("compute", *said, *BARE, "--", "-", "-::labels")
        assert value(*args, stdin=stream.getvalue()) == reference
    done = process("compute", *BARE, "--", "-::other", "-", stdin=stream.getvalue())
    assert (done.code, "choose one with -::predictions" in done.err) == (2, True), done


def test_a_column_of_standard_input(reference: str) -> None:
    args = ("compute", "-::probability", CANCER / "targets.npy", *BARE)
    assert value(*args, stdin=TABLE.encode()) == reference


def test_standard_input_as_the_table(reference: str) -> None:
    args = ("compute", "--table", "-", *COLUMNS, *BARE)
    assert value(*args, stdin=TABLE.encode()) == reference
    assert value(*args, stdin=gzip.compress(TABLE.encode())) == reference


def test_pipes(reference: str) -> None:
    line = (
        f"{SCRIPT} compute <(cat {CANCER}/preds.npy) <(cat {CANCER}/targets.npy) {' '.join(BARE)} "
        f"&& cat {SCORES} | {SCRIPT} compute {' '.join(BARE)} -- -::probability -::target"
    )
    done = in_bash(line)
    assert (done.err, done.out.split()) == ("", [reference, reference])


def test_python_gives_the_same_bits(reference: str) -> None:
    assert repr(package.compute("focal", P, T).value) == reference
    assert repr(package.compute("focal", P.tolist(), T.tolist()).value) == reference


SELECTORS = ("p_0:p_9", "p_*", "p_0:p_4,p_5:p_9", "p_0,p_1,p_2,p_3,p_4,p_[5-9]")


def test_class_columns(tmp_path: Path, here: Callable[..., str]) -> None:
    scores, cross = DIGITS / "scores.csv", ("--loss", "cross_entropy", "--value-only")
    table = np.genfromtxt(scores, delimiter=",", skip_header=1)
    np.save(tmp_path / "p.npy", table[:, :10])
    np.save(tmp_path / "t.npy", table[:, 10].astype(int))
    wanted = here("compute", tmp_path / "p.npy", tmp_path / "t.npy", *cross)
    assert float(wanted) == pytest.approx(SCORED_CROSS, rel=1e-12)
    assert repr(package.compute("cross_entropy", table[:, :10], table[:, 10]).value) == wanted
    for selector in SELECTORS:
        files = (f"{scores}::{selector}", f"{scores}::label")
        assert here("compute", *files, *cross) == wanted, selector
    whole = (*("--table", scores), "--column", "predictions=p_*", "--column", "targets=label")
    assert value("compute", *whole, *cross) == wanted


def test_members_of_an_archive(here: Callable[..., str]) -> None:
    archive = DIABETES / "diabetes.npz"
    mse = ("--loss", "mse", "--value-only")
    found = value("compute", f"{archive}::preds", f"{archive}::targets", *mse)
    assert float(found) == pytest.approx(MSE, rel=1e-13)
    assert found == here(
        "compute", DIABETES / "preds.npy", archive, *mse
    )  # the member named targets
    table = ("--table", DIABETES / "predictions.csv")
    columns = ("--column", "predictions=prediction", "--column", "targets=target")
    assert found == here("compute", *table, *columns, *mse)
    robust = here("compute", f"{archive}::preds_huber", f"{archive}::targets", *mse)
    assert float(robust) == pytest.approx(MSE_ROBUST, rel=1e-13)


def test_names_with_colons_spaces_and_dashes(
    tmp_path: Path, reference: str, here: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a::b.npy", "a b.npy", "größe.npy", "-p.npy"):
        (tmp_path / name).write_bytes((CANCER / "preds.npy").read_bytes())
        assert here("compute", *BARE, "--", name, CANCER / "targets.npy") == reference
