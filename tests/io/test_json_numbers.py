"""Lines of numbers alone, read as a table: the numbers, types and errors of a JSON parser."""

import gzip
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lossctl
from lossctl.io import json_numbers, jsonl

pytest.importorskip("pyarrow")

KEYS = ("prediction", "p_1", "e", "target")
NUMBERS = ("0", "7", "-12", "0.5", "-0.25", "1e-05", "2.5E+3", "1e5", "123456.789", "5e-324")
WRONG = (
    *(
        "01",
        "-01",
        "1.",
        ".5",
        "+1",
        "--1",
        "1-2",
        "1e",
        "1e5.5",
        "1 2",
        "1,2",
        "0x1",
        "1_0",
        "-",
        "",
    ),
    *("NaN", "Infinity", "null", "true", '"1"', "[1]", "9007199254740993", "1" + 30 * "0", "1e999"),
)
RESHAPED = (
    *(
        '{{"{0}": 1, "{1}": 2}} 3',
        '{{"{0}": , "{1}": 2}}1',
        '{{"{0}": 1 , "{1}": 2}}',
        '{{"{0}": 1}}',
    ),
    *('{{"{1}": 1, "{0}": 2}}', '{{"{0}": 1, "{0}": 2}}', '{{"{0}": 1, "{1}": 2, "z": 3}}', ""),
    *(
        '{{"{0}": 1, "{1}": 2}}\r',
        '1{{"{0}": , "{1}": 2}}',
        '{{"{0}": 1, "{1}": 2',
        '"{0}{1}"',
        "1",
    ),
    *('{{"{0}1": 1, "{1}": 2}}', '{{"e{0}": 1, "{1}": 2}}', '{{"{0}": 1, "{1}":2}}', "\x0b"),
    '{{"{0}": 1, "{1}": 2}}{{"{0}": 1, "{1}": 2}}',
)


@pytest.fixture(params=["loops", "pyarrow"])
def parsed_as_table(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Cut small pieces; return a list of whether each was read as a table."""
    seen: list[bool] = []
    if request.param == "pyarrow":
        monkeypatch.setattr(json_numbers, "LOOP", None)
    columns = json_numbers.NumberLines.columns

    def noted(*arguments: Any) -> Any:
        found = columns(*arguments)
        seen.append(found is not None)
        return found

    monkeypatch.setattr(json_numbers.NumberLines, "columns", noted)
    monkeypatch.setattr(jsonl, "LEAST", 0)
    monkeypatch.setattr(jsonl, "PIECE", 256)
    return seen


def answer(path: Path, names: tuple[str, str]) -> Any:
    """Return the columns to the bit, or the error."""
    try:
        columns = [lossctl.read(f"{path}::{name}") for name in names]
    except lossctl.LossctlError as error:
        return str(error)
    return [(column.dtype.str, column.tobytes()) for column in columns]


def as_json(path: Path, names: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> Any:
    with monkeypatch.context() as patch:
        patch.setattr(jsonl, "number_lines", lambda *_: None)
        return answer(path, names)


def line(names: tuple[str, str], choose: np.random.Generator) -> str:
    first, second = choose.choice(NUMBERS, 2)
    return f'{{"{names[0]}": {first}, "{names[1]}": {second}}}'


def test_numbers_of_every_spelling(
    tmp_path: Path, parsed_as_table: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    choose, path = np.random.default_rng(1), tmp_path / "a.jsonl"
    for _ in range(60):
        names = tuple(choose.permutation(KEYS)[:2].tolist())
        lines = [line(names, choose) for _ in range(choose.integers(1, 40))]
        path.write_text("\n".join(lines) + str(choose.choice(["", "\n", "\n\n"])))
        expected = [[json.loads(text)[name] for text in lines] for name in names]
        for name, numbers in zip(names, expected, strict=True):
            column = lossctl.read(f"{path}::{name}")
            assert column.tolist() == numbers
            assert (column.dtype.kind == "i") == ({int} == set(map(type, numbers)))
        assert answer(path, names) == as_json(path, names, monkeypatch)
    assert np.mean(parsed_as_table) > 0.9


@pytest.mark.parametrize("wrong", [*WRONG, *RESHAPED])
def test_what_json_would_not_have(
    wrong: str, tmp_path: Path, parsed_as_table: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    choose, path = np.random.default_rng(2), tmp_path / "a.jsonl"
    for names in (("prediction", "target"), ("e", "p_1")):
        for place in (1, 7, 29):
            lines = [line(names, choose) for _ in range(30)]
            number = f'{{{{"{{0}}": {wrong}, "{{1}}": 2}}}}'
            lines[place] = (wrong if wrong in RESHAPED else number).format(*names)
            path.write_text("\n".join(lines) + "\n", newline="")
            assert answer(path, names) == as_json(path, names, monkeypatch)
    assert any(parsed_as_table)
    assert not all(parsed_as_table)


def test_the_line_that_is_wrong_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    good = '{"prediction": 0.5, "target": 1}\n'
    path.write_text(9_999 * good + '{"prediction": .5, "target": 1}\n' + 9 * good)
    with pytest.raises(lossctl.DataError, match=r": line 10000, column 16: not a JSON object \(E"):
        lossctl.read(f"{path}::prediction")


@pytest.mark.parametrize("is_packed", [False, True])
def test_a_line_that_is_cut_off_at_the_end_is_named_once(tmp_path: Path, is_packed: bool) -> None:
    path = tmp_path / f"a.jsonl{'.gz' if is_packed else ''}"
    text = b'{"prediction": 0.5, "target": 1}\n{"prediction": 0.5, "tar'
    path.write_bytes(gzip.compress(text) if is_packed else text)
    with pytest.raises(lossctl.DataError) as caught:
        lossctl.read(f"{path}::prediction")
    assert re.findall(r"line (\d+)", str(caught.value)) == ["2"]
    assert re.findall(r"column (\d+)", str(caught.value)) == ["21"]  # where the text opens


@pytest.mark.parametrize(
    ("name", "rows", "place"),
    [("a.csv", "y,t\n1,1\n{0},1\n2,1\n", "data row 2"),
     ("q.csv", 'y,t\n"1",1\n"{0}",1\n"2",1\n', "data row 2"),
     ("a.jsonl", '{{"y": 1, "t": 1}}\n{{"y": {0}, "t": 1}}\n{{"y": 2, "t": 1}}\n', "line 2")],
)  # fmt: skip
def test_a_number_beyond_float64_is_infinite_data(
    tmp_path: Path, name: str, rows: str, place: str
) -> None:
    """It is judged and named as an infinity that is written out."""
    found = {}
    for number in ("1e400", "Infinity" if name.endswith("jsonl") else "inf"):
        path = tmp_path / name
        path.write_text(rows.format(number))
        result = lossctl.compute("mse", f"{path}::y", f"{path}::t")
        assert not np.isfinite(result.value)
        found[number] = [note for note in result.notes if place in note]
    first, second = found.values()
    assert first == second
    assert first


def test_integers_are_told_from_floats(tmp_path: Path, parsed_as_table: list[bool]) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"y": 1}\n' * 100 + '{"y": 1.0}\n' * 100 + '{"y": 2}\n' * 100)
    column = lossctl.read(f"{path}::y")
    assert column.dtype == np.float64
    assert column.sum() == 400.0
    assert all(parsed_as_table)


def test_loops_round_decimals_as_python_does() -> None:
    if json_numbers.LOOP is None:
        pytest.skip("without compiled loops")
    random = np.random.default_rng(5)
    bits = random.integers(0, 2**63, 20_000).view(np.float64)
    texts = [repr(x) for x in bits.tolist() if 1e-307 < x < np.inf]
    texts += [f"-{x:.{n}f}" for n in range(1, 17) for x in random.random(200).tolist()]
    mantissas = random.integers(2**53 + 1, 10**18, 20_000).tolist()
    powers = random.integers(-290, 290, 20_000).tolist()
    texts += [f"{m}e{p}" for m, p in zip(mantissas, powers, strict=True)]
    ties = (2**53 + 1 + 2 * random.integers(0, 2**52, 2_000)).tolist()  # halfway between two
    texts += [f"{m}.0" for m in ties] + [f"{m}e0" for m in ties]
    found = json_numbers.columns_of_lines("\n".join(texts).encode(), (b"", b""), b"n")
    assert found is not None
    ((numbers, sort),) = found
    assert sort == "real"
    assert numbers.tobytes() == np.array([float(text) for text in texts]).tobytes()


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    "odd",
    [
        "",
        "3,,x",
        "+3,4,x",
        "3,nan,x",
        "3,4",
        "3,4,x,5",
        "3,4,é",
        "-0,4,x",
        "9007199254740993,4,x",
        "3, 4,x",
        '3,4,"x"',
        "3,4,\0",
        "3,0x1,x",
        "3,5e-324,x",
        "3,1e999,x",
        "3,x,4",
        "3,True,x",
    ],
)
def test_csv_has_the_same_columns_and_errors_with_loops_and_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, odd: str, end: str
) -> None:
    path = tmp_path / "t.csv"
    lines = ["p,t,s", *(f"{n}.5,{n},s{n}" for n in range(5)), odd, "7,8,x", ""]
    path.write_bytes(end.join(lines).encode())
    with_loops = answer(path, ("p", "t"))
    monkeypatch.setattr(json_numbers, "LOOP", None)
    assert answer(path, ("p", "t")) == with_loops
