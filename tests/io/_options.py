"""Well-formed data, badly asked for: files, losses, parameters and every option."""

from collections.abc import Iterator

from tests.io._case import DATA, PAIR, USAGE, Case, npy, text
from tests.io._npy import framed, header

START = ("compute", "p.npy", "t.npy")
MSE = (*START, "--loss", "mse")

OPTIONS = {
    "--threads": ("0", "-1", "abc", "1.5", ""),
    "--reduction": ("avg", "Mean", "", "0"),
    "--class-axis": ("9", "abc", "1.0"),
    "--ignore-index": ("abc", "0.5"),
    "--input": ("probs", "logit", "PROBABILITIES"),
    "--task": ("multi", "regression"),
    "--nan": ("drop", "ignore"),
    "--precision": ("half", "float32"),
    "--pooling": ("image", "sample"),
    "--format": ("xml", "JSON", "tabel"),
    "--stdin-format": ("xml", "parquet"),
    "--delimiter": ("ab",),
    "--fail-over": ("abc", "nan", "inf", "mse=", "=1", "huber=1", "mes=1", ""),
    "--tolerance": ("abc", "-1", "nan", "%", "-2%", "inf%"),
    "--class-weights": ("abc", "1,x", "-1,1", "0,0", "nan,1", ""),
    "--weights": ("none.npy", ""),
    "--column": ("predictions=p", "p"),
    "--table": ("s.csv",),
    "--id": ("id",),
    "--baseline": ("none.json", "folder"),
    "--output": ("none/x.json", "folder"),
    "--per-item": ("none/x.npy", "x.txt", "x", "folder", ""),
    "--gradient": ("none/x.npy", "x.pt", "x", "folder"),
}

FILES = {"--weights", "--baseline", "--output", "--per-item", "--gradient"}

SPECS = {
    "foccal": ("did you mean focal",),
    "FOCALS": ("did you mean focal",),
    "cross_entropi": ("did you mean cross_entropy",),
    "zzz": ("'zzz'", "lossctl list"),
    "": ("loss",),
    ":gamma=1": ("loss",),
    "focal:gama=1": ("'gama'", "did you mean gamma"),
    "focal:gamma": ("'gamma'",),
    "focal:gamma=": ("gamma",),
    "focal:=1": ("=1",),
    "focal:": ("focal:",),
    "focal:gamma=1,,alpha=1": ("expected",),
    "focal:gamma=1;alpha=1": ("gamma",),
    "focal:gamma=1,gamma=2": ("twice",),
    "focal:gamma=-1": ("gamma", "[0, inf)"),
    "focal:gamma=abc": ("gamma", "'abc'"),
    "focal:gamma=nan": ("gamma", "nan"),
    "focal:gamma=inf": ("gamma", "inf"),
    "focal:gamma=true": ("gamma",),
    "focal:gamma=null": ("gamma",),
    "focal:alpha=2": ("alpha", "[0, 1]"),
    "focal:alpha=[]": ("alpha",),
    "focal:alpha=[0.1,0.2,0.7]": ("alpha", "3"),
    "focal:alpha=[0.1": ("alpha",),
    "focal:classes=ovr": ("classes", "one_vs_rest"),
    "huber:delta=0": ("delta", "(0, inf)"),
    "mse:delta=1": ("mse", "no parameter"),
}


def options() -> Iterator[Case]:
    files = PAIR | {"folder/": b"", "s.csv": text("id,p,t", "a,1,2")}
    for option, values in OPTIONS.items():
        for value in values:
            word = value if option in FILES and value else option.strip("-")
            yield Case(f"option {option} {value!r}", (*MSE, option, value), USAGE, (word,), files)
    yield Case("option that is none", (*MSE, "--reductoin", "sum"), USAGE, ("--reduction",), files)
    yield Case("option without its value", (*MSE, "--threads"), USAGE, ("--threads",), files)
    yield Case("flag with a value", (*MSE, "--value-only=3"), USAGE, ("--value-only",), files)


def specs() -> Iterator[Case]:
    binary = {"p.npy": npy([0.9, 0.2]), "t.npy": npy([1, 0])}
    for spec, words in SPECS.items():
        yield Case(f"loss {spec!r}", (*START, "--loss", spec), USAGE, words, binary)
    yield Case("no loss", START, USAGE, ("--loss",), binary)
    both = (*START, "-l", "mse", "-l", "focall")
    yield Case("the second loss is none", both, USAGE, ("did you mean focal",), binary)
    twice = (*START, "-l", "mse", "-l", "huber", "--fail-over", "0.5")
    yield Case("a limit of which loss", twice, USAGE, ("--fail-over",), binary)
    for option in ("--per-item", "--gradient"):
        args = (*START, "-l", "mse", "-l", "huber", option, "x.npy")
        yield Case(f"two losses into one {option}", args, USAGE, (option, "{loss}"), binary)
    same = (*START, "-l", "mse", "--per-item", "x.npy", "--gradient", "x.npy")
    yield Case("items and gradient into one file", same, USAGE, ("x.npy",), binary)


def conflicts() -> Iterator[Case]:
    """Yield files that would be overwritten, and options that would do nothing."""
    for option, name in (("--per-item", "p.npy"), ("--gradient", "t.npy"), ("--output", "./p.npy")):
        words = (*MSE, "-f", "json", option, name)
        yield Case(f"{option} over an input", words, USAGE, (name.removeprefix("./"),), PAIR)
    alone = (*MSE, "--tolerance", "2%")
    yield Case("a tolerance without a baseline", alone, USAGE, ("--tolerance", "baseline"), PAIR)


def files() -> Iterator[Case]:
    here = PAIR | {"folder/": b"", "preds.npy": PAIR["p.npy"]}
    named = {
        "a folder": ("folder", "folder"),
        "a name near another": ("pred.npy", "did you mean preds.npy"),
        "no such file": ("zzz.npy", "zzz.npy"),
        "no such folder": ("none/p.npy", "none/p.npy"),
        "a file taken for a folder": ("p.npy/x.npy", "p.npy/x.npy"),
        "no name": ("", "file"),
        "a name too long for the system": ("n" * 300 + ".npy", "nnn"),
        "a control character": ("a\x1b[31mb.npy", "\\x1b[31m"),
        "a lone surrogate": ("a\udcff.npy", "a"),
        "a dot": (".", "."),
    }
    for name, (file, word) in named.items():
        args = ("compute", file, "t.npy", "-l", "mse")
        yield Case(f"file: {name}", args, USAGE, (word,), here)
    for file in ("p.pt", "p.jpg", "p.xlsx", "p", "p.gz", "p.npy.bak"):
        args = ("compute", file, "t.npy", "-l", "mse")
        yield Case(f"file: {file}", args, USAGE, (file,), PAIR | {file: b"\x01\x02\x03 some bytes"})
    yield Case("file: one only", ("compute", "p.npy", "-l", "mse"), USAGE, ("targets",), here)
    yield Case("file: none", ("compute", "-l", "mse"), USAGE, ("predictions",), here)
    yield Case(
        "file: three",
        (*START, "preds.npy", "-l", "mse"),
        USAGE,
        ("mse takes predictions and targets; 3 given",),
        here,
    )
    yield Case("file: missing weights", (*MSE, "--weights", "ww.npy"), USAGE, ("ww.npy",), here)
    columns = (*MSE, "--table", "s.csv", "--column", "label=t")
    yield Case(
        "file: a column of no input", columns, USAGE, ("label",), here | {"s.csv": text("a", "1")}
    )


def earlier(loss: str, value: str) -> bytes:
    """Return the JSON of an earlier run."""
    reading = '{"kind": "values", "task": "regression", "targets": "values"}'
    more = f'"reduction": "mean", "input": {reading}, "data": {{"rows": 1}}'
    entry = f'{{"loss": "{loss}", "params": {{}}, {more}, "value": {value}}}'
    return f'{{"schema_version": 1, "results": [{entry}]}}'.encode()


def baselines() -> Iterator[Case]:
    contents = {
        "not JSON": (b"nonsense", DATA),
        "empty": (b"", DATA),
        "a list": (b"[]", DATA),
        "a number": (b"3", DATA),
        "without results": (b"{}", DATA),
        "results of nothing": (b'{"results": 3}', DATA),
        "bytes": (b"\xff\xfe\x00", DATA),
        "deep": (b"[" * 100_000, DATA),
        "of another loss": (earlier("mae", "1"), USAGE),
        "that is not finite": (earlier("mse", "null"), DATA),
        "of text": (earlier("mse", '"1"'), DATA),
        "of NaN": (earlier("mse", "NaN"), DATA),
        "of a huge number": (earlier("mse", "1e999"), DATA),
    }
    for name, (content, code) in contents.items():
        yield Case(
            f"baseline {name}",
            (*MSE, "--baseline", "old.json"),
            code,
            ("old.json",),
            PAIR | {"old.json": content},
        )


def stdin() -> Iterator[Case]:
    whole = PAIR["p.npy"]
    args = ("compute", "-", "t.npy", "-l", "mse")
    given = {
        "empty": b"",
        "cut in the header": whole[:60],
        "cut in the data": whole[:-1],
        "with bytes after": whole + b"x",
        "noise": b"\x93NUMPZ" + whole[6:],
        "a cut archive": b"PK\x03\x04" + b"\0" * 50,
        "a cut gzip": b"\x1f\x8b\x08\x00\0\0\0",
        "asking for 16 GiB": framed(header("(2147483648,)")),
    }
    for name, content in given.items():
        yield Case(f"stdin: {name}", args, DATA, ("stdin",), PAIR, content)
    twice = ("compute", "-", "-", "-l", "mse")
    yield Case("stdin: read twice", twice, USAGE, ("standard input",), PAIR, whole)
    as_npy = (*args, "--stdin-format", "npy")
    yield Case("stdin: text said to be npy", as_npy, DATA, ("stdin",), PAIR, b"p\n1\n2\n3\n4\n")
    as_npz = (*args, "--stdin-format", "npz")
    yield Case("stdin: npy said to be npz", as_npz, DATA, ("stdin",), PAIR, whole)


def commands() -> Iterator[Case]:
    for name, args, words in (
        ("unknown", ("comput", "p.npy"), ("comput",)),
        ("unknown page", ("show", "focall"), ("did you mean focal",)),
        ("page without a loss", ("show",), ("LOSS",)),
        ("format of a page", ("show", "focal", "--format", "xml"), ("--format", "xml")),
        ("family", ("list", "--family", "regresion"), ("did you mean regression",)),
        ("task", ("list", "--task", "binry"), ("did you mean binary",)),
        ("format of the list", ("list", "--format", "yaml"), ("--format", "yaml")),
        ("schema", ("schema", "results"), ("did you mean result",)),
        ("too many words", ("list", "focal"), ("focal",)),
    ):
        yield Case(f"command: {name}", args, USAGE, words)


def cases() -> Iterator[Case]:
    for part in (options, specs, conflicts, files, baselines, stdin, commands):
        yield from part()
