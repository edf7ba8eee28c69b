"""Formulas of declarations as MathML: they are lines of text, read here by a small grammar.

A line mixes formulas and words (``½e² if |e| ≤ δ, else …``): words stay text, in which the
formulas stand. A slash becomes a stacked fraction only where nothing can be misread: both sides are
single things, such as names, numbers and brackets. What the grammar does not know is not typeset.
"""

import re
from dataclasses import dataclass, replace

from lossctl.core.spelling import html_text

TOKEN = re.compile(
    r"(?P<number>\d+(?:\.\d+)?(?:e[-−]\d+)?|[½¼∞])"
    r"|(?P<prose>[A-Za-z]{2,}_[a-z]{3,}\b|'s\b|\.(?=\s|$))"
    r"|(?P<word>[A-Za-z]{2,}\d?)"
    r"|(?P<letter>[A-Za-zℓΑ-Ωα-ω]\u0302?)"
    r"|(?P<raised>[²³ᵀ])|(?P<lowered>[₊₋₁₂₃])"
    r"|(?P<open>[({\[])|(?P<close>[)}\]])|(?P<bar>[|‖])|(?P<script>[_^])|(?P<root>√)"
    r"|(?P<operator>[-+−·×/=≠≤≥<>±∈∪∩\\∝,;:!…∀∃])"
)
CLOSES = {"(": ")", "[": "]", "{": "}"}
RAISED = dict(zip("²³ᵀ", "23T", strict=True))
LOWERED = dict(zip("₊₋₁₂₃", "+−123", strict=True))
BIG = {"Σ": "∑", "Π": "∏"}
LIMITS = {"max", "min", "mean"}  # functions with what they range over below
FUNCTIONS = LIMITS | {"log", "log2", "exp", "cos", "cosh", "atan", "softmax", "softplus", "clip"}
FUNCTIONS |= {"KL", "CE", "mse", "cov", "var"}
NAMES = {"tp", "fp", "fn", "IoU", "NDCG", "maxDCG", "SSIM", "cs", "snr", "inf", "ref"}
PRODUCTS = {"pt"}  # of two names of one letter
SUBSCRIPTS = {"old", "ref"}  # that are words, and no indexes side by side
BEFORE_TERMS = {"+", "−", "=", ",", ";", ":", "±", "≤", "≥", "<", ">", "≠"}


class UnknownFormulaError(ValueError):
    """A text that the grammar does not know."""


@dataclass(frozen=True)
class Item:
    """A thing in a row of a formula.

    `kind` is operand, function, big, operator or text; `text` what was written; `base` its MathML,
    `below` and `above` those of its scripts, `inner` that between its brackets; `gap` how many
    spaces stand before it.
    """

    kind: str
    text: str
    base: str
    gap: int = 0
    below: str = ""
    above: str = ""
    inner: str = ""

    @property
    def markup(self) -> str:
        """The item with its scripts."""
        parts = [part for part in (self.below, self.above) if part]
        if not parts:
            return self.base
        limits = self.kind == "big" or (self.text in LIMITS and not self.above)
        names = ("munder", "mover", "munderover") if limits else ("msub", "msup", "msubsup")
        name = names[2] if len(parts) == 2 else names[0] if self.below else names[1]
        return f"<{name}>{self.base}{''.join(parts)}</{name}>"


def formula_lines(text: str) -> list[str]:
    """Return the formula of a page as HTML, a line for each of its parts.

    Raises
    ------
    UnknownFormulaError
        For a text that the grammar does not know.
    """
    lines: list[list[Item]] = [[]]
    for item in _Reader(text).row():
        if item.gap > 1 or (lines[-1] and lines[-1][-1].text == ";"):
            lines.append([])
        lines[-1].append(item)
    return [_line(line) for line in lines if line]


def _line(items: list[Item]) -> str:
    """Write a line: runs of formula as MathML, words and what parts them as text."""
    parts: list[str] = []
    run: list[Item] = []

    def end_run() -> None:
        ends = []
        while run and run[-1].text in {",", ";", ":"}:
            ends.insert(0, run.pop())
        if parts and [item.text for item in run] == ["a"]:  # the article, between words
            parts.append(" a")
        elif run:
            space = " " if run[0].gap and parts else ""
            parts.append(f'{space}<math displaystyle="true">{_row(run)}</math>')
        parts.extend(html_text(end.text) for end in ends)
        run.clear()

    for item in items:
        if item.kind == "text":
            end_run()
            parts.append((" " if item.gap and parts else "") + html_text(item.text))
        else:
            run.append(item)
    end_run()
    return "".join(parts)


def _row(items: list[Item], *, fractions: bool = True) -> str:
    """Write items of a formula beside each other, with fractions where they are clear."""
    stacked: list[Item] = []
    at = 0
    while at < len(items):
        item = items[at]
        if fractions and item.text == "/" and stacked and _is_fraction(stacked, items, at):
            over, under = stacked.pop(), items[at + 1]
            base = f"<mfrac>{_bare(over)}{_bare(under)}</mfrac>"
            stacked.append(Item("operand", "", base, over.gap))
            at += 2
            continue
        stacked.append(item)
        at += 1
    parts = []
    for before, item in zip([None, *stacked], stacked, strict=False):
        if item.gap and before is not None and _needs_space(before, item):
            parts.append('<mspace width="0.22em"></mspace>')
        parts.append(item.markup)
    return "".join(parts)


def _is_fraction(done: list[Item], items: list[Item], at: int) -> bool:
    """Whether the slash at a place has a single thing on each side, and only these belong to it."""
    if at + 1 >= len(items):
        return False
    slash, over, under = items[at], done[-1], items[at + 1]
    if over.kind != "operand" or under.kind != "operand" or slash.gap != under.gap:
        return False
    before = done[-2] if len(done) > 1 else None
    after = items[at + 2] if at + 2 < len(items) else None
    if after is not None and (after.text == "/" or (after.kind != "operator" and not after.gap)):
        return False
    if before is None:
        return True
    if slash.gap:  # of all of a term, as the spaces say
        return before.text in BEFORE_TERMS
    return before.kind == "operator" and before.text != "/"


def _bare(item: Item) -> str:
    """Write a side of a fraction, where it needs no brackets."""
    is_bracket = item.inner and not (item.below or item.above)
    return f"<mrow>{item.inner}</mrow>" if is_bracket else f"<mrow>{item.markup}</mrow>"


def _needs_space(before: Item, item: Item) -> bool:
    return {before.kind, item.kind}.isdisjoint({"operator"}) and not (
        before.kind == "function" and item.inner
    )


class _Reader:
    """Reads a text from left to right."""

    def __init__(self, text: str) -> None:
        self.text, self.at, self.scripts = text, 0, 0

    def row(self, closing: str = "") -> list[Item]:
        """Read items up to a closing bracket, which is taken too."""
        items: list[Item] = []
        while True:
            gap = self._spaces()
            if self.at == len(self.text):
                if closing:
                    raise UnknownFormulaError(f"{closing} is missing: {self.text}")
                return items
            kind, text = self._look(items, closing, gap)
            if kind == "close":
                if text != closing:
                    raise UnknownFormulaError(f"{text} closes nothing: {self.text}")
                self.at += len(text)
                return items
            self.at += len(text)
            if kind in {"raised", "lowered", "script"}:
                self._attach(items, kind, text)
            else:
                items.append(replace(self._item(kind, text, closing), gap=gap))
                _apply(items)

    def _spaces(self) -> int:
        start = self.at
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1
        return self.at - start

    def _look(self, items: list[Item], closing: str, gap: int) -> tuple[str, str]:
        """Return the kind and text of what comes next."""
        found = TOKEN.match(self.text, self.at)
        if found is None or found.lastgroup is None:
            raise UnknownFormulaError(f"{self.text[self.at :][:1]!r} is not known: {self.text}")
        kind, text = found.lastgroup, found[0]
        if kind != "bar":
            return kind, text
        after_operand = bool(items) and items[-1].kind == "operand"
        if gap and self.text[found.end() : found.end() + 1] == " " and closing != text:
            return "operator", text  # as in KL(t ‖ m)
        return ("close" if after_operand and closing == text else "open"), text

    def _item(self, kind: str, text: str, closing: str) -> Item:
        if kind in {"open", "bar"}:
            return self._bracket(text)
        if kind == "root":
            return self._root()
        return _leaf(kind, text, inside=bool(closing))

    def _bracket(self, text: str) -> Item:
        inner = _row(self.row(CLOSES.get(text, text)), fractions=not self.scripts)
        marks = [f'<mo fence="true" form="{form}">' for form in ("prefix", "postfix")]
        ends = (text, CLOSES.get(text, text))
        around = [f"{mark}{html_text(end)}</mo>" for mark, end in zip(marks, ends, strict=True)]
        base = f"<mrow>{around[0]}<mrow>{inner}</mrow>{around[1]}</mrow>"
        return Item("operand", text, base, inner="" if text in {"|", "‖"} else inner)

    def _root(self) -> Item:
        kind, text = self._look([], "", 0)
        self.at += len(text)
        under = self._item(kind, text, "√")
        return Item("operand", "√", f"<msqrt>{under.inner or under.markup}</msqrt>")

    def _attach(self, items: list[Item], kind: str, text: str) -> None:
        """Put what is above or below onto the last item."""
        if not items or items[-1].kind in {"operator", "text"}:
            raise UnknownFormulaError(f"{text} stands on nothing: {self.text}")
        if kind == "script":
            script, place = self._script(text), "below" if text == "_" else "above"
        else:
            place = "above" if kind == "raised" else "below"
            sign = (RAISED if kind == "raised" else LOWERED)[text]
            script = f"<mn>{sign}</mn>" if sign.isdigit() else f"<mi>{sign}</mi>"
        last = items.pop()
        if getattr(last, place):
            raise UnknownFormulaError(f"two scripts in one place: {self.text}")
        items.append(replace(last, **{place: script}))

    def _script(self, mark: str) -> str:
        """Read what stands after _ or ^: a sign, a name, a number, or what a bracket has in it."""
        sign = ""
        if self.text[self.at : self.at + 1] in {"−", "-"}:
            sign, self.at = "<mo>−</mo>", self.at + 1
        kind, text = self._look([], "", 0)
        self.at += len(text)
        if kind == "word" and mark == "_" and text not in SUBSCRIPTS:
            return f"<mrow>{sign}{''.join(f'<mi>{letter}</mi>' for letter in text)}</mrow>"
        self.scripts += 1  # too small for fractions
        item = self._item(kind, text, mark)
        self.scripts -= 1
        if item.kind == "operator":
            raise UnknownFormulaError(f"{mark} before {text}: {self.text}")
        if mark == "^" and not item.inner and self.text[self.at : self.at + 1] in {"_", "₊", "₋"}:
            held = [item]
            kind, text = self._look(held, "", 0)
            self.at += len(text)
            self._attach(held, kind, text)
            item = held[0]
        return f"<mrow>{sign}{item.inner or item.markup}</mrow>"


def _leaf(kind: str, text: str, *, inside: bool) -> Item:
    """Return what is no bracket and no root; `inside` one, words are part of the formula."""
    if kind in {"word", "prose"}:
        return _word(text, inside=inside) if kind == "word" else _text(text, inside=inside)
    if kind == "letter" and text in BIG:
        return Item("big", text, f"<mo>{BIG[text]}</mo>")
    tag = {"number": "mn", "letter": "mi"}.get(kind, "mo")
    kind = "operator" if tag == "mo" else "operand"
    return Item(kind, text, f"<{tag}>{html_text(text)}</{tag}>")


def _word(text: str, *, inside: bool) -> Item:
    if text in FUNCTIONS:
        return Item("function", text, f"<mi>{text}</mi>")
    if text in NAMES:
        return Item("operand", text, f"<mi>{text}</mi>")
    if text in PRODUCTS:
        return Item("operand", text, "".join(f"<mi>{letter}</mi>" for letter in text))
    return _text(text, inside=inside)


def _text(text: str, *, inside: bool) -> Item:
    return Item("function" if inside else "text", text, f"<mtext>{html_text(text)}</mtext>")


def _apply(items: list[Item]) -> None:
    """Make a function and the bracket behind it one operand, which a fraction may have."""
    if len(items) < 2 or items[-1].gap or not items[-1].inner or items[-2].kind != "function":
        return
    argument, function = items.pop(), items.pop()
    base = f"<mrow>{function.markup}{argument.markup}</mrow>"
    items.append(Item("operand", function.text, base, function.gap))
