"""Tables that would give a wrong number in silence, or none at all."""

from collections.abc import Iterator

from tests.io._case import DATA, USAGE, Case, packed, text

COLUMNS = ("--column", "predictions=p", "--column", "targets=t")
HEAD = "id,p,t,w"
ROWS = ("a,1,1.5,1", "b,2,2.5,1", "c,3,3.5,1")
GOOD = text(HEAD, *ROWS)


def bad(
    name: str,
    content: bytes,
    *words: str,
    file: str = "s.csv",
    code: int = DATA,
    more: tuple[str, ...] = (),
) -> Case:
    """Make a case that reads p and t of this table."""
    args = ("compute", "--table", file, *COLUMNS, "--loss", "mse", *more)
    return Case(f"table: {name}", args, code, (file, *words), {file: content})


def ragged() -> Iterator[Case]:
    yield bad("a row is longer", text(HEAD, ROWS[0], "b,2,2.5,1,9", ROWS[2]))
    yield bad("the first row is longer", text(HEAD, "a,1,1.5,1,9", *ROWS[1:]))
    yield bad("every row is longer", text(HEAD, *(row + ",9" for row in ROWS)))
    yield bad("every row is shorter", text(HEAD, *(row[:-2] for row in ROWS)))
    yield bad("a row is shorter", text(HEAD, ROWS[0], "b,2", ROWS[2]))
    yield bad("the last row is shorter", text(HEAD, *ROWS[:2], "c,3"))
    yield bad("a row lost its first cell", text(HEAD, ROWS[0], "2,2.5,1", ROWS[2]))
    yield bad("a row lost a cell nobody asked for", text(HEAD, ROWS[0], "b,2,2.5", ROWS[2]))
    yield bad("the last row is longer", text(HEAD, *ROWS[:2], "c,3,3.5,1,0"))
    yield bad("two rows on one line", text(HEAD, ROWS[0] + "," + ROWS[1], ROWS[2]))
    many = ["1,2,3,4"] * 3000
    yield bad("a longer row far down", text(HEAD, *many, "1,2,3,4,5", *many))
    yield bad("a shorter row far down", text(HEAD, *many, "1,2,3", *many))


def headers() -> Iterator[Case]:
    yield bad("two columns of one name", text("p,t,p", "1,2,3", "4,5,6"), "'p'")
    yield bad("no header", text("1,1.5", "2,2.5"), "header", code=USAGE)
    yield bad("only a header", text(HEAD))
    yield bad("only a header, no line break", HEAD.encode())
    yield bad("an empty file", b"", "empty")
    yield bad("white space", b"  \n \n\t\n", "empty")
    yield bad("a byte order mark and nothing else", b"\xef\xbb\xbf", "empty")
    yield bad("a blank line first", text("", HEAD, *ROWS), "blank")
    yield bad("a header of commas", text(",,,", *ROWS), code=USAGE)
    saved = text(",p,t", "0,1,1.5", "1,2,2.5")
    nameless = ("compute", "s.csv", "t.csv", "--loss", "mse")
    files = {"s.csv": saved, "t.csv": text("t", "1", "2")}
    words = ("s.csv", "several columns (p, t)")
    yield Case("table: an index without a name", nameless, USAGE, words, files)
    inside = files | {"s.csv": text("p,,t", "0,1,1.5", "1,2,2.5")}
    yield Case("table: a column without a name", nameless, DATA, ("s.csv", "no name"), inside)
    files = {"s.csv": text("p,q", "1,2"), "t.csv": text("t", "1")}
    yield Case("table: which column", nameless, USAGE, ("s.csv", "p, q"), files)
    for twice in ("p,q,p", "p:q,q", "*,p"):
        args = ("compute", f"s.csv::{twice}", "t.csv", "--loss", "cross_entropy")
        words = (f"s.csv: {twice} takes column", "twice")
        yield Case(f"table: {twice}", args, USAGE, words, files)


CELLS = {
    "NA": "'NA'",
    "N/A": "'N/A'",
    "None": "'None'",
    "null": "'null'",
    "NULL": "'NULL'",
    "<NA>": "'<NA>'",
    "n/a": "'n/a'",
    "hello": "'hello'",
    "-": "'-'",
    "#N/A": "'#N/A'",
    "50%": "'50%'",
    "1e": "'1e'",
    "0x10": "'0x10'",
    "1.2.3": "'1.2.3'",
    "1 000": "'1 000' is not a number (a thousands separator?",
    "1_0": "'1_0'",
    "$3": "'$3'",
    '"1,5"': "--decimal ,",
    '"1,500"': "thousands separator, or a decimal comma? --decimal ,",
    '"1,500.5"': "thousands separator?",
    '"1.500,5"': "thousands separator?",
    "1'000": "thousands separator?",
    "1\u202f000": "thousands separator?",
    "[0.1 0.2 ... 0.9]": "shortened",
    "True": "'True'",
    "': hm": "not a number",
    "": "NaN",
    "nan": "NaN",
    "NaN": "NaN",
    "18446744073709551617": "2^53",
    "9007199254740993": "2^53",
}


def cells() -> Iterator[Case]:
    for cell, word in CELLS.items():
        content = text(HEAD, ROWS[0], f"b,{cell},2.5,1", ROWS[2])
        yield bad(f"cell {cell!r}", content, word, "row 2")
    yield bad("a text target", text(HEAD, ROWS[0], "b,2,x,1"), "'t'", "row 2", "'x'")
    yield bad("a blank line inside", text(HEAD, ROWS[0], "", ROWS[1]), "row 2")
    yield bad("several blank lines inside", text(HEAD, ROWS[0], "", "", "", ROWS[1]), "row 2")
    yield bad("a line of commas", text(HEAD, ROWS[0], ",,,", ROWS[1]), "row 2")
    yield bad("a comment line", text(HEAD, "# made by hand", *ROWS), "comment line?")
    yield bad("a comment line of four cells", text(HEAD, "# by,hand,of,me", *ROWS), "row 1")
    yield bad("a header again in the middle", text(HEAD, *ROWS, HEAD, *ROWS), "'p'", "row 4")
    semicolons = text("p;t", "0,5;1", "0,25;2")
    yield bad("decimal commas", semicolons, "'0,5'", "row 1", "--decimal ,")
    points = text("p;t", "0,5;1", "0.25;2")
    yield bad("decimal points", points, "'0.25'", "row 2", "decimal point", more=("--decimal", ","))
    single = {"p.csv": text("p", "1", "", "3"), "t.csv": text("t", "1", "2", "3")}
    args = ("compute", "p.csv", "t.csv", "--loss", "mse")
    yield Case("table: a blank line in a single column", args, DATA, ("p.csv", "row 2"), single)
    short = {"p.csv": text("p", "1", "2"), "t.csv": text("t", "1", "2", "3")}
    yield Case("table: tables of different length", args, DATA, ("p.csv", "t.csv", "2", "3"), short)


def encodings() -> Iterator[Case]:
    plain = GOOD.decode()
    yield bad("UTF-16 without a mark", plain.encode("utf-16-le"))
    yield bad("UTF-32", plain.encode("utf-32"))
    yield bad("Latin-1 in the header", plain.replace("id", "größe").encode("latin-1"), "UTF-8")
    late = text(HEAD, *["a,1,1.5,1"] * 300_000) + "é,1,1.5,1\n".encode("latin-1")
    yield bad("Latin-1 after 3 MB", late, "UTF-8")
    yield bad("NUL bytes", GOOD.replace(b"2.5", b"2\x005"))
    wide = text(HEAD, *["a,1,1.5,1"] * 120_000) + b"b,2\x00,2.5,1\n"
    yield bad("NUL bytes after 1 MB", wide)
    yield bad("noise", bytes(range(128, 256)) * 8)
    yield bad("an image", b"\x89PNG\r\n\x1a\n" + b"\0" * 60)
    yield bad("an unclosed quote", text(HEAD, ROWS[0], 'b,"2,2.5,1', ROWS[2]))
    yield bad("an unclosed quote in the header", text('id,"p,t,w', *ROWS))
    yield bad("a cell of 200,000 letters", text(HEAD, "a," + "1" * 200_000 + ",1,1"))
    yield bad("cut gzip named csv", packed(GOOD)[:-9])
    yield bad("line ends of an old Mac", GOOD.replace(b"\n", b"\r"))


def compressed() -> Iterator[Case]:
    whole = packed(text(HEAD, *ROWS * 50))
    for cut in (0, 1, 5, 12, len(whole) // 2, len(whole) - 6, len(whole) - 1):
        yield bad(f"gzip cut to {cut} of {len(whole)} bytes", whole[:cut], file="s.csv.gz")
    yield bad("text named gz", GOOD, file="s.csv.gz")
    wrong = whole[:-8] + b"\1\2\3\4" + whole[-4:]
    yield bad("gzip with a wrong checksum", wrong, file="s.csv.gz")
    noise = whole[:20] + b"\xff" * 20 + whole[40:]
    yield bad("gzip with noise inside", noise, file="s.csv.gz")
    yield bad("gzip of nothing", packed(b""), "empty", file="s.csv.gz")
    yield bad("gzip followed by noise", whole + b"noise", file="s.csv.gz")
    yield bad("gzip of Latin-1", packed("größe,p,t\n1,2,3\n".encode("latin-1")), file="s.csv.gz")


def delimiters() -> Iterator[Case]:
    semicolon = ("--delimiter", ";")
    yield bad("another delimiter than said", GOOD, "no column 'p'", code=USAGE, more=semicolon)
    yield bad("commas in a tsv", GOOD, "no column 'p'", file="s.tsv", code=USAGE)
    args = ("compute", "--table", "s.csv", *COLUMNS, "--loss", "mse")
    files = {"s.csv": GOOD}
    for given in (";;", "", "tab"):
        more = (*args, "--delimiter", given)
        yield Case(f"table: delimiter {given!r}", more, USAGE, ("--delimiter",), files)
    yield bad("a quote as delimiter", GOOD, code=USAGE, more=("--delimiter", '"'))
    yield bad("a line break as delimiter", GOOD, code=USAGE, more=("--delimiter", "\n"))
    columns = ("--column", "predictions=1", "--column", "targets=2")
    first = ("compute", "--table", "s.csv", *columns, "--no-header", "--loss", "mse")
    yield Case("table: a header after all", first, DATA, ("s.csv", "row 1", "'p'"), files)


SELECTORS = {
    "P": (USAGE, "did you mean p"),
    "prediction": (USAGE, "no column"),
    "zzz": (USAGE, "no column", "id"),
    "q_*": (USAGE, "q_*"),
    "p:zzz": (USAGE, "p:zzz"),
    "t:p": (USAGE, "t:p"),
    "p,,t": (USAGE, "s.csv"),
    "p,": (USAGE, "s.csv"),
    "id": (DATA, "'id'", "'a'"),
    "*": (DATA, "'id'"),
}


def selectors() -> Iterator[Case]:
    for selector, (code, *words) in SELECTORS.items():
        args = ("compute", f"s.csv::{selector}", "s.csv::t", "--loss", "mse")
        yield Case(f"table: column {selector!r}", args, code, ("s.csv", *words), {"s.csv": GOOD})


def ids() -> Iterator[Case]:
    one = text("id,p", "a,1", "b,2", "c,3")
    others = {
        "one is missing": (text("id,t", "a,1", "b,2"), "'c'"),
        "one is another": (text("id,t", "a,1", "b,2", "d,3"), "'c'"),
        "one comes twice": (text("id,t", "a,1", "b,2", "b,3"), "'b'", "two.csv"),
        "one is empty": (text("id,t", "a,1", ",2", "c,3"), "row 2", "two.csv"),
        "none": (text("key,t", "a,1", "b,2", "c,3"), "two.csv", "'id'"),
        "one differs by its zeros": (text("id,t", "a,1", "b,2", "0c,3"), "'c'"),
    }
    for name, (other, *words) in others.items():
        code = USAGE if name == "none" else DATA
        args = ("compute", "one.csv::p", "two.csv::t", "--id", "id", "--loss", "mse")
        yield Case(f"ids: {name}", args, code, tuple(words), {"one.csv": one, "two.csv": other})
    leading = {"one.csv": text("id,p", "007,1", "8,2"), "two.csv": text("id,t", "7,1", "8,2")}
    args = ("compute", "one.csv::p", "two.csv::t", "--id", "id", "--loss", "mse")
    yield Case("ids: 007 is not 7", args, DATA, ("'007'",), leading)
    zeros = {"one.csv": text("id,p", "01,1", "1,2"), "two.csv": text("id,t", "1,1", "1.0,2")}
    yield Case("ids: 01 and 1.0 are not 1", args, DATA, ("one.csv",), zeros)


def cases() -> Iterator[Case]:
    for part in (ragged, headers, cells, encodings, compressed, delimiters, selectors, ids):
        yield from part()
