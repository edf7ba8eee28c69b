"""Valid files that look odd are read, and what cannot be read in one way only is refused."""

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from tests.cli.run import SCRIPT as PROGRAM
from tests.cli.run import Outcome, in_bash, lossctl
from tests.io._case import npy

WIDE = 60_000  # columns; a row of them is longer than what is looked at first
DIGITS = 5000  # more than Python makes an integer of


def value(*args: str | Path, cwd: Path) -> float:
    outcome = lossctl("compute", *args, "--value-only", cwd=cwd)
    assert outcome.code == 0, outcome.err
    return float(outcome.out)


def refused(*args: str | Path, cwd: Path) -> str:
    outcome: Outcome = lossctl("compute", *args, cwd=cwd)
    assert (outcome.code, outcome.out) == (3, ""), outcome
    (line,) = outcome.err.splitlines()
    return line


# Tables


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_row_longer_than_what_is_looked_at_first(quote: str, tmp_path: Path) -> None:
    rows = [[f"column_number_{at}" for at in range(WIDE)]]
    rows += [[f"{at + row / 8:.6f}" for at in range(WIDE)] for row in (0, 1, 2)]
    lines = [",".join(f"{quote}{cell}{quote}" for cell in row) for row in rows]
    (tmp_path / "wide.csv").write_text("\n".join(lines) + "\n", encoding="ascii")
    assert len(lines[0]) > 1 << 20
    first, last = "wide.csv::column_number_0", f"wide.csv::column_number_{WIDE - 1}"
    assert value(first, last, "-l", "mae", cwd=tmp_path) == WIDE - 1


def test_a_header_longer_than_what_is_looked_at_first_without_rows(tmp_path: Path) -> None:
    (tmp_path / "wide.csv").write_text(",".join(f"column_number_{n}" for n in range(WIDE)) + "\n")
    line = refused("wide.csv::column_number_0", "wide.csv::column_number_1", "-l", "mse",
                   cwd=tmp_path)  # fmt: skip
    assert "no rows" in line


def test_a_cell_longer_than_the_csv_module_takes(tmp_path: Path) -> None:
    classes = 40_000
    scores = f"[{', '.join(['0.25'] * classes)}]"
    lines = ["p,t", *(f'"{scores}",{label}' for label in (0, classes - 1))]
    (tmp_path / "lists.csv").write_text("\n".join(lines) + "\n")
    assert len(scores) > 131_072
    got = value("lists.csv::p", "lists.csv::t", "-l", "cross_entropy", "--input", "logits",
                cwd=tmp_path)  # fmt: skip
    assert got == pytest.approx(np.log(classes), rel=1e-12)


@pytest.mark.parametrize("sign", ["", "-"])
def test_an_integer_of_very_many_digits(sign: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"p,t\n{sign}{'1' * DIGITS},2\n3,4\n")
    line = refused("a.csv::p", "a.csv::t", "-l", "mse", cwd=tmp_path)
    assert "data row 1, column 'p'" in line
    assert "beyond 2^53" in line
    assert len(line) < 300


def test_an_integer_of_very_many_zeros(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"p,t\n{'0' * DIGITS}1,2\n3,4\n")
    assert value("a.csv::p", "a.csv::t", "-l", "mse", cwd=tmp_path) == 1.0


@pytest.mark.parametrize("word", ["1e300", "inf", "9223372036854775808"])
def test_labels_that_are_texts_of_huge_numbers(word: str, tmp_path: Path) -> None:
    np.save(tmp_path / "t.npy", np.array([word, "1", "0"]))
    np.save(tmp_path / "p.npy", np.array([0.5, 0.25, 0.75]))
    outcome = lossctl("compute", "p.npy", "t.npy", "-l", "bce", cwd=tmp_path)
    assert outcome.code in {2, 3}
    assert outcome.err.startswith("error: ")


# Archives


def zipped(members: Mapping[str, bytes], method: int) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2, zipfile.ZIP_DEFLATED])
def test_an_archive_that_is_compressed_well(method: int, tmp_path: Path) -> None:
    members = {"p.npy": npy(np.full(300_000, 3.0)), "t.npy": npy(np.full(300_000, 1.0))}
    content = zipped(members, method)
    if method != zipfile.ZIP_DEFLATED:
        assert sum(map(len, members.values())) > 1100 * len(content)
    (tmp_path / "a.npz").write_bytes(content)
    assert value("a.npz::p", "a.npz::t", "-l", "mse", cwd=tmp_path) == 4.0


def test_a_damaged_member_of_lzma(tmp_path: Path) -> None:
    content = bytearray(zipped({"p.npy": npy(np.arange(999.0))}, zipfile.ZIP_LZMA))
    content[60:90] = b"\xff" * 30
    (tmp_path / "a.npz").write_bytes(bytes(content))
    assert "a.npz" in refused("a.npz::p", "a.npz::p", "-l", "mse", cwd=tmp_path)


@pytest.mark.parametrize("second", ["p.npy", "p"])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_array_that_an_archive_holds_twice(second: str, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("p.npy", npy([1.0, 2.0]))
        archive.writestr(second, npy([3.0, 4.0]))
        archive.writestr("t.npy", npy([1.0, 2.0]))
        archive.writestr("q.npy", npy([1.0, 4.0]))
    assert "'p' 2 times" in refused("a.npz::p", "a.npz::t", "-l", "mse", cwd=tmp_path)
    assert value("a.npz::q", "a.npz::t", "-l", "mse", cwd=tmp_path) == 2.0  # (0 + 4) / 2


# JSON lines


GOOD = '{"p": 1, "t": 1}'
CANCEL = {
    "two in a line, one in two lines": [f"{GOOD},{GOOD}", '{"p": 4', '"t": 5}'],
    "two in a line, one list in two lines": [f"{GOOD},{GOOD}", '{"p":1,"t":1,"q":[{}', "{}]}"],
    "three in a line, one in three lines": [f"{GOOD},{GOOD},{GOOD}", '{"p": 4', '"t": 5', '"q":1}'],
    "the mark between lines, in a line": [f'{GOOD},"\u2424",{GOOD}', '{"p": 4', '"t": 5}'],
    "the mark, spelled": [f'{GOOD},"\\u2424",{GOOD},"\\u2424",{GOOD}', '{"p": 4', '"t": 5}'],
}


@pytest.mark.parametrize("lines", CANCEL.values(), ids=CANCEL)
def test_lines_are_records_one_by_one(lines: list[str], tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("\n".join([GOOD, *lines, GOOD]) + "\n", encoding="utf-8")
    assert "line 2" in refused("a.jsonl::p", "a.jsonl::t", "-l", "mse", cwd=tmp_path)


@pytest.mark.parametrize("text", ["\u2424", "\\u2424", "a\\\\u2424"])
def test_a_text_with_the_mark_between_lines(text: str, tmp_path: Path) -> None:
    lines = [f'{{"p": {at}, "t": 0, "name": "{text}"}}' for at in range(4)]
    assert all(json.loads(line) for line in lines)
    (tmp_path / "a.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert value("a.jsonl::p", "a.jsonl::t", "-l", "mse", cwd=tmp_path) == 3.5  # (0+1+4+9) / 4


# Descriptors


@pytest.mark.parametrize("place", ["-", "/dev/stdin", "/dev/fd/0"])
def test_a_column_of_a_file_that_is_redirected(place: str, tmp_path: Path) -> None:
    table = tmp_path / "a.csv"
    table.write_text("p,t\n1,2\n3,5\n")
    command = f"{PROGRAM} compute {place}::p {table}::t -l mse --value-only < {table}"
    outcome = in_bash(command)
    assert (outcome.code, outcome.out) == (0, "2.5\n"), outcome  # (1 + 4) / 2
