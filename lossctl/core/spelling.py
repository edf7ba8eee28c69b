"""How text is written: the nearest known name, plurals, and what makes text harmless where it goes.

Names of columns, files, classes and components come from whoever made the data. The functions at
the end are the one place that keeps them data, one for each kind of output;
``lossctl.report.formats`` says which format uses which.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Literal, TypeAlias

Door: TypeAlias = Literal["python", "shell"]
FLAGS = {
    "header": "--header/--no-header",
    "sets": "--set",
    "form": "--format",
}  # of what is no option of every loss; ``core.options`` adds those
OF_RUNS = {
    "gradient",
    "output",
    "fail_over",
    "sets",
    "data",
    "weights_grid",
    "sensitivity",
    "report",
}
UNSAID: Any = object()
_DOOR: ContextVar[Door] = ContextVar("_DOOR", default="python")
_IN_CONFIG: ContextVar[bool] = ContextVar("_IN_CONFIG", default=False)

SHOWN = 12  # columns that a note shows
LONGEST_NAME = 60  # letters of a name that a message lists
LONGEST_MESSAGE = 1200  # letters of a whole one
DIGITS = 6  # significant digits of numbers that people read
EVERY_DIGIT = 17  # with which a number reads back as the very same


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ``'; did you mean focal?'``, or an empty string when nothing is near."""
    if len(name) > LONGEST_NAME:  # comparing takes long, and nobody misspells so
        return ""
    from difflib import get_close_matches  # noqa: PLC0415 - misspelled names only

    by_lower = {candidate.lower(): candidate for candidate in known}
    near = get_close_matches(name.lower(), by_lower, n=1, cutoff=0.6)
    return f"; did you mean {shortened(by_lower[near[0]], LONGEST_NAME)}?" if near else ""


def plural(count: int, noun: str) -> str:
    """Return ``1 item`` or ``3 items``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def listed(words: Iterable[str], last: str = "and") -> str:
    """Join words as a sentence does: ``npy, csv and tsv``."""
    *some, final = words
    return f"{', '.join(some)} {last} {final}" if some else final


def shortened(text: str, most: int) -> str:
    """Return a text of at most so many letters: of a longer one the beginning and the end.

    Examples
    --------
    >>> shortened("predictions", 11), shortened("predictions", 8)
    ('predictions', 'pred … s')
    """
    if len(text) <= most:
        return text
    end = (most - 3) // 4
    return f"{text[: most - 3 - end]} … {text[-end:]}"


def shortened_distinct(names: Sequence[str], most: int) -> list[str]:
    """Shorten texts so that different ones stay so: by a longer end, or by their number in front.

    Examples
    --------
    >>> shortened_distinct(["politics_north", "politics_south"], 10)
    ['poli … rth', 'poli … uth']
    """
    for end in range((most - 3) // 4, most - 2):
        start = most - 3 - end
        short = [n if len(n) <= most else f"{n[:start]} … {n[-end:]}" for n in names]
        if len(set(short)) == len(set(names)):
            return short
    return [f"{at} {shortened(name, most)}" for at, name in enumerate(names)]


def first_and_last(names: Sequence[str]) -> str:
    """Join the names of columns, of many the first and the last."""
    shown = names if len(names) <= SHOWN else [*names[: SHOWN - 2], "…", names[-1]]
    return ", ".join(shown)


def some_of(names: Iterable[object], most: int = 12) -> str:
    """List names as a message does: of many the first, of long ones what tells them apart.

    Examples
    --------
    >>> some_of(["a", "b"]), some_of(range(5000), 3)
    ('a, b', '0, 1, 2, … (5000 in all)')
    """
    every = [str(name) for name in names]
    more = f", … ({len(every)} in all)" if len(every) > most else ""
    return ", ".join(shortened(name, LONGEST_NAME) for name in every[:most]) + more


def number(value: float, digits: int = DIGITS) -> str:
    """Write a number for reading, in so many significant digits; ``nan`` and ``inf`` as words.

    Examples
    --------
    >>> number(0.008485790778), number(float("inf")), number(2 / 3, 3)
    ('0.00848579', 'inf', '0.667')
    """
    return f"{value:.{digits}g}"


def numbers(*values: float, digits: int | None = None) -> tuple[str, ...]:
    """Write numbers that are compared, in more digits where fewer would make two of them equal.

    Examples
    --------
    >>> numbers(0.5, 0.25), numbers(0.12345678, 0.12345679)
    (('0.5', '0.25'), ('0.12345678', '0.12345679'))
    """
    every = {number(value, EVERY_DIGIT) for value in values}
    ways = (
        tuple(number(value, enough) for value in values)
        for enough in range(DIGITS if digits is None else digits, EVERY_DIGIT + 1)
    )
    return next(shown for shown in ways if len(set(shown)) == len(every))


def seen_as(value: float) -> str:
    """Return a number in six digits; in all of them where six would make a whole number of it.

    Examples
    --------
    >>> seen_as(1.5), seen_as(1 / 3), seen_as(2.0), seen_as(1.0000001)
    ('1.5', '0.333333', '2', '1.0000001')
    """
    short = f"{value:.6g}"
    hidden = abs(value) < 1e6 and float(short).is_integer() and float(short) != value
    return repr(float(value)) if hidden else short


# Names of options, as the reader of a message writes them


@contextmanager
def at_door(door: Door) -> Iterator[None]:
    """Spell options inside the block as those do who came in there: Python or the shell."""
    before = _DOOR.set(door)
    try:
        yield
    finally:
        _DOOR.reset(before)


@contextmanager
def in_config() -> Iterator[None]:
    """Spell options inside the block as the keys of a configuration, but for those of `run`."""
    before = _IN_CONFIG.set(True)
    try:
        yield
    finally:
        _IN_CONFIG.reset(before)


def in_shell() -> bool:
    """Whether the reader of a message typed a command."""
    return _DOOR.get() == "shell"


def option(name: str, value: Any = UNSAID) -> str:
    """Write an option of this name, with a value or without, as the reader of a message does.

    This is the one place that knows how: messages never spell an option themselves.

    Examples
    --------
    >>> option("class_axis"), option("nan", "omit"), option("class_weights", [1.0, 2.0])
    ('class_axis', "nan='omit'", 'class_weights=[1.0, 2.0]')
    >>> with at_door("shell"):
    ...     option("class_axis"), option("nan", "omit"), option("clip_predictions", value=True)
    ('--class-axis', '--nan omit', '--clip')
    >>> with in_config():
    ...     option("class_axis"), option("nan", "omit"), option("background", value=False)
    ('class_axis', 'nan: omit', 'background: false')
    """
    if _IN_CONFIG.get() and name not in OF_RUNS:
        return name if value is UNSAID else f"{name}: {_in_yaml(value)}"
    if not in_shell():
        return name if value is UNSAID else f"{name}={value!r}"
    flag = _flag(name, value)
    return flag if value is UNSAID or isinstance(value, bool) else f"{flag} {_in_shell(value)}"


def input_named(name: str) -> str:
    """Write how an input is given by its name."""
    return f"--in {name}=FILE" if in_shell() else f"{name}=…"


def _flag(name: str, value: Any = UNSAID) -> str:
    on, _, off = FLAGS.get(name, "").rpartition("/")
    return (on if value is True and on else off) or f"--{name.replace('_', '-')}"


def _in_shell(value: Any) -> str:
    if isinstance(value, Mapping):
        return " ".join(f'"{name}={entry}"' for name, entry in value.items())
    text = ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value).lower()
    if isinstance(value, str):
        text = value
    return text if re.fullmatch(r"[\w.,:/…+-]+", text) else f"'{text}'"


def _in_yaml(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {entry}" for name, entry in value.items()) + "}"
    return f"[{', '.join(map(str, value))}]" if isinstance(value, list | tuple) else str(value)


# Text of others, made harmless

# Patterns are compiled when they are first used: this module is read at every start.
COMMAND = r"(?m)^([^\S\n]*)::|##(?=\w*\[)"  # what the logs of CI jobs take for commands
HIDDEN = ("C", "Zl", "Zp")  # categories of letters that cannot be seen, or that end a line
FORMULA = r"\s*[=+\-@＝＋－＠]"  # what makes a spreadsheet compute a cell
PIPE = r"(\\*)\|"
LINKS = r"^\s*(?=\[)|\](?=\()|(?=```|~~~)"  # and what defines one, or begins a block of code
MENTION = r"@\w|[#!$&]\d|[~%][A-Za-z\"]"  # users, issues and the like, labels and milestones
TAG = r"<(?=[A-Za-z/!?])"  # other signs of "less than" begin no tag
ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"})


def visible(text: str) -> str:
    r"""Write control characters as escapes, so that no text steers a terminal or adds a line.

    They are those of Unicode's category C and the separators of lines and paragraphs: ANSI
    sequences, line ends, and the marks that turn the direction of writing. Commands of the logs of
    CI jobs, which are plain text, are broken too.

    Examples
    --------
    >>> print(visible("\x1b[31mred"), visible("::error::x"))
    \x1b[31mred \x3a:error::x
    """
    if not text.isprintable():  # spaces other than " " count as unprintable: look at each letter
        text = "".join(
            _escaped(letter) if unicodedata.category(letter).startswith(HIDDEN) else letter
            for letter in text
        )
    return without_commands(text)


def lines_visible(text: str) -> str:
    """Make a text of several lines harmless without joining its lines."""
    return "\n".join(map(visible, text.split("\n")))


def without_commands(text: str) -> str:
    r"""Break what the logs of CI jobs would take for commands, in every line of a text.

    Examples
    --------
    >>> print(without_commands("mse\n  ::error::x\n##vso[x]"))
    mse
      \x3a:error::x
    \x23#vso[x]
    """
    return re.sub(COMMAND, _broken, text) if "::" in text or "##" in text else text


def _escaped(letter: str) -> str:
    if ord(letter) < 32:
        return f"\\x{ord(letter):02x}"
    return letter.encode("unicode_escape").decode("ascii")


def _broken(command: re.Match[str]) -> str:
    return "\\x23#" if command[1] is None else f"{command[1]}\\x3a:"


def csv_cell(text: str) -> str:
    """Put an apostrophe before what a spreadsheet would compute; a number stays a number.

    Examples
    --------
    >>> csv_cell("=1+1"), csv_cell("-0.5"), csv_cell("huber")
    ("'=1+1", '-0.5', 'huber')
    """
    return without_formula(visible(text))


def without_formula(text: str) -> str:
    """Put an apostrophe before what a spreadsheet would compute, and change nothing else."""
    if not re.match(FORMULA, text):
        return text
    try:
        float(text)
    except ValueError:
        return f"'{text}"
    return text


def without_apostrophe(text: str) -> str:
    """Return the text that :func:`without_formula` put an apostrophe before; any other as it is.

    Examples
    --------
    >>> without_apostrophe("'=1+1"), without_apostrophe("'tis")
    ('=1+1', "'tis")
    """
    return text[1:] if re.match(f"'{FORMULA}", text) else text


def markdown_text(text: str) -> str:
    r"""Keep text free of tags, links, images and blocks of code in Markdown.

    What GitHub or GitLab would take for the name of a user or the number of an issue, whom a
    comment would call or link, becomes code, in which they look for neither.

    Examples
    --------
    >>> print(markdown_text("<script> [x](y) p < 2"), markdown_text("[x]: y"))
    &lt;script> [x]\(y) p < 2 \[x]: y
    >>> print(markdown_text("by @user"), markdown_text("95 % of 3"))
    `by @user` 95 % of 3
    """
    text = re.sub(TAG, "&lt;", visible(text))
    text = re.sub(LINKS, r"\g<0>\\", text)
    if not re.search(MENTION, text):
        return text
    runs = {len(run) for run in re.findall("`+", text)}
    fence = "`" * next(length for length in range(1, len(runs) + 2) if length not in runs)
    gap = " " if runs else ""
    return f"{fence}{gap}{text}{gap}{fence}"


def markdown_cell(text: str) -> str:
    r"""Keep text inside its cell of a Markdown table too.

    Examples
    --------
    >>> print(markdown_cell("a|b"), markdown_cell(r"a\|b"))
    a\|b a\\\|b
    """
    # a backslash before a pipe would escape the escape: each is doubled
    return re.sub(PIPE, lambda pipe: f"{pipe[1] * 2}\\|", markdown_text(text))


def html_text(text: str) -> str:
    r"""Write text as the content, or a quoted attribute, of an HTML or XML element.

    XML allows no control characters, not even as entities, so they are shown as escapes.

    Examples
    --------
    >>> html_text("<script>]]>\x00")
    '&lt;script&gt;]]&gt;\\x00'
    """
    return visible(text).translate(ENTITIES)


def json_text(document: str) -> str:
    r"""Escape what a JSON document that is written already may still hold raw.

    JSON has escapes for the control characters of ASCII only: those of Unicode, and halves of
    surrogate pairs, would reach the terminal. The document means the same after.

    Examples
    --------
    >>> print(json_text('"größe \x9b"'))
    "größe \u009b"
    """
    if "##" in document:
        document = re.sub(COMMAND, _broken_in_json, document)
    if document.isascii() and "\x7f" not in document:
        return document
    return "".join(
        _escaped_units(letter)
        if letter >= "\x7f" and unicodedata.category(letter).startswith(HIDDEN)
        else letter
        for letter in document
    )


def _broken_in_json(command: re.Match[str]) -> str:
    return "\\u0023#" if command[1] is None else command[0]


def _escaped_units(letter: str) -> str:
    """Write a letter as JSON does, in units of 16 bits."""
    units = letter.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def item_at(index: tuple[int, ...]) -> str:
    """Write an index: ``item 3`` or ``item [3, 1]``."""
    if len(index) == 1:
        return f"item {index[0]}"
    return f"item [{', '.join(map(str, index))}]" if index else "the only item"
