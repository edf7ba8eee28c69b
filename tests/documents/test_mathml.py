"""Typeset formulas: nothing is lost or moved, and what is above, below and stacked is right."""

import re
import unicodedata
from html import unescape
from html.parser import HTMLParser

import pytest

from lossctl.losses.catalogue import CATALOGUE, get
from tools.site.mathml import UnknownFormulaError, formula_lines

AS_WRITTEN = {"custom"}  # its formula is the grammar of formulas
LEAVES = {"mi", "mn", "mo", "mtext", "mspace"}


class Leaves(HTMLParser):
    """The text of lines, and whether their elements are closed in order."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__()
        self.text, self.open = "", list[str]()
        for line in lines:
            self.feed(line)
            assert self.open == [], line

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - of the parser
        assert not self.open or self.open[-1] not in LEAVES
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        assert not self.open or self.open[-1] in LEAVES, f"{data!r} stands beside elements"
        self.text += data


def symbols(text: str) -> str:
    """Return the symbols of a formula in order, without spaces, brackets, slashes and marks."""
    plain = "".join(unicodedata.normalize("NFKD", one) if one in "²³₁₂₊₋ᵀ" else one for one in text)
    plain = plain.replace("∑", "Σ").replace("∏", "Π").replace("−", "-")
    return re.sub(r"[\s(){}\[\]_^/√]", "", plain)


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_symbol_of_a_formula_is_there_in_order(name: str) -> None:
    formula = get(name).page.formula
    if name in AS_WRITTEN:
        with pytest.raises(UnknownFormulaError):
            formula_lines(formula)
        return
    assert symbols(Leaves(formula_lines(formula)).text) == symbols(formula)


def mathml(text: str) -> str:
    """Return the one formula of a text, without what only spaces and stretches it."""
    (line,) = formula_lines(text)
    inner = re.fullmatch(r"<math[^>]*>(.*)</math>", line)
    assert inner is not None, line
    return unescape(re.sub(r'<mspace[^>]*></mspace>| fence="true" form="\w+"', "", inner[1]))


FRACTION = "<mfrac><mrow><mi>a</mi></mrow><mrow><mi>b</mi></mrow></mfrac>"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("e²", "<msup><mi>e</mi><mn>2</mn></msup>"),
        ("a/b", FRACTION),
        ("(a) / (b)", FRACTION),
        ("½a/b", "<mn>½</mn><mi>a</mi><mo>/</mo><mi>b</mi>"),  # what is it half of?
        ("log a/b", "<mi>log</mi><mi>a</mi><mo>/</mo><mi>b</mi>"),  # of a, or of all?
        ("a/bc", "<mi>a</mi><mo>/</mo><mtext>bc</mtext>"),
        ("a/b/c", "<mi>a</mi><mo>/</mo><mi>b</mi><mo>/</mo><mi>c</mi>"),
        ("c·a / b", "<mi>c</mi><mo>·</mo><mi>a</mi><mo>/</mo><mi>b</mi>"),  # spaces reach farther
        ("c·a/b", f"<mi>c</mi><mo>·</mo>{FRACTION}"),
        (
            "s_ij^β_k",
            (
                "<msubsup><mi>s</mi><mrow><mi>i</mi><mi>j</mi></mrow>"
                "<mrow><msub><mi>β</mi><mrow><mi>k</mi></mrow></msub></mrow></msubsup>"
            ),
        ),
        (
            "Σ_{j≠i} x_j",
            (
                "<munder><mo>∑</mo><mrow><mi>j</mi><mo>≠</mo><mi>i</mi></mrow></munder>"
                "<msub><mi>x</mi><mrow><mi>j</mi></mrow></msub>"
            ),
        ),
        (
            "‖a/‖b‖‖",
            (
                "<mrow><mo>‖</mo><mrow><mfrac><mrow><mi>a</mi></mrow><mrow><mrow><mo>‖</mo><mrow>"
                "<mi>b</mi></mrow><mo>‖</mo></mrow></mrow></mfrac></mrow><mo>‖</mo></mrow>"
            ),
        ),
        ("√(a)", "<msqrt><mi>a</mi></msqrt>"),
    ],
)
def test_scripts_and_fractions(text: str, expected: str) -> None:
    if text == "a/bc":
        assert formula_lines(text)[0].count("<mfrac>") == 0
        return
    assert mathml(text) == expected


def test_words_stay_text_and_parts_are_lines() -> None:
    lines = formula_lines("½e² if |e| ≤ δ, else 0,  e = p − t;  from 0 to 2")
    assert len(lines) == 3
    assert "</math> if <math" in lines[0]
    assert "</math>, else <math" in lines[0]
    assert lines[2].startswith("from <math")


@pytest.mark.parametrize("text", ["(a", "a)", "^2", "a * b", "a_", "|a", "a^2^3"])
def test_what_is_not_known_is_not_typeset(text: str) -> None:
    with pytest.raises(UnknownFormulaError):
        formula_lines(text)
