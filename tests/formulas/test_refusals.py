"""Hostile and mistaken formulas: one error each, at the right place, at once."""

import numpy as np
import pytest

from lossctl import compute
from lossctl.core.errors import PlacedError, UsageError
from tests.cli.run import bounded

HOSTILE = [
    # text, index of the first wrong letter, what is said
    ("p.__class__", 1, "no attributes"),
    ("p . real", 2, "no attributes"),
    ("().__class__.__bases__", 2, "no attributes"),
    ("__import__('os')", 11, "no strings"),
    ("__import__", 0, "unknown name '__import__'"),
    ("__import__(os)", 0, "unknown name '__import__'"),
    ("__builtins__ + p", 0, "unknown name"),
    ("import os", 0, "unknown name 'import'"),
    ("eval(p)", 0, "unknown name 'eval'"),
    ("exec(p)", 0, "unknown name 'exec'"),
    ("open(p)", 0, "unknown name 'open'"),
    ("lambda x: p", 8, "':' is not allowed"),
    ("lambda", 0, "unknown name 'lambda'"),
    ("[p for p in t]", 0, "'[' is not allowed here; write ("),
    ("p[0]", 1, "'[' is not allowed"),
    ("{p}", 0, "'{' is not allowed"),
    ("f'{p}'", 1, "no strings"),
    ("'abc' * 9", 0, "no strings"),
    ('"p"', 0, "no strings"),
    ("`p`", 0, "no strings"),
    ("abs(p)(t)", 6, "only named functions can be called"),
    ("(p)(t)", 3, "only named functions can be called"),
    ("p(t)", 0, "p is not a function"),
    ("pi(2)*p", 0, "pi is not a function"),
    ("2(p)", 1, "only named functions can be called"),
    ("9**9**9 * p", 1, "not a finite number"),
    ("p * 9**9**9**9**9", 11, "not a finite number"),
    ("p ** 9**9", 6, "exponents must lie between -8 and 8, got 3.8742e+08"),
    ("p^8.5", 2, "exponents must lie between -8 and 8, got 8.5"),
    ("t^-1000", 2, "exponents must lie"),
    ("p^(4+5)", 4, "exponents must lie"),
    ("1e999 * p", 0, "not a finite number"),
    ("p / (1 - 1) + 1/0", 15, "not a finite number"),
    ("p + sqrt(-1)", 4, "gives nan"),
    ("p + log(0)", 4, "gives -inf"),
    ("(-8)^(1/3) + p", 4, "gives nan"),
    ("nan + p", 0, "nan is not a finite number"),
    ("p + Infinity", 4, "Infinity is not a finite number"),
    ("p - inf", 4, "inf is not a finite number"),
    ("(" * 65 + "p" + ")" * 65, 65, "nested more than 64 levels deep"),
    ("(" * 2000 + "p" + ")" * 2000, 65, "nested more than 64 levels deep"),
    ("-" * 4000 + "p", 65, "nested more than 64 levels deep"),
    ("not " * 1000 + "p", 260, "nested more than 64 levels deep"),
    ("2^" * 2000 + "p", 130, "nested more than 64 levels deep"),
    ("abs(" * 800 + "p" + ")" * 800, 260, "nested more than 64 levels deep"),
    ("p" + "+p" * 2000, 127, "more than 64 operations deep"),
    ("max(" + "p+1," * 900, 1338, "more than 1000 numbers, names and operators"),
    ("max(" + "p," * 900 + "p)", 0, "max takes 2 arguments (a, b), got 901"),
    ("p" * 4096, 0, "unknown name"),
    ("p" * 10_000, 4096, "10000 characters; at most 4096"),
    ("p + " + "1" * 4000, 4, "not a finite number"),
    ("р + 1", 0, "U+0440"),  # a Cyrillic letter
    ("p − t", 2, "(U+2212) is not allowed here; write -"),
    ("p × t", 2, "write *"),
    ("p²", 1, "write ^2"),
    ("π * p", 0, "write pi"),
    ("p ≤ t", 2, "write <="),
    ("ｐ", 0, "U+FF50"),  # a full-width letter
    ("p\u00a0+ t", 1, "U+00A0"),
    ("p\u202e + t", 1, "U+202E"),
    ("١ + p", 0, "U+0661"),
    ("p\x00", 1, "'\\x00' is not allowed"),
    ("\x1b[31mp", 0, "'\\x1b' is not allowed"),
    ("p; t", 1, "';' is not allowed"),
    ("p := t", 2, "':' is not allowed"),
    ("p # t", 2, "'#' is not allowed"),
    ("p @ t", 2, "'@' is not allowed"),
    ("p % 2", 2, "'%' is not allowed"),
    ("p // t", 3, "expected a number, a name or '('"),
    ("p & t", 2, "write and"),
    ("!p", 0, "write not"),
    ("|p - t|", 0, "write abs"),
    ("~p", 0, "'~' is not allowed"),
    ("p if t else y", 2, "expected an operator, got 'if'"),
    ("huber(**p)", 6, "hold parameters as name=value"),
    ("max(*p)", 4, "expected a number, a name or '('"),
    ("max(a=p, b=t)", 4, "unknown name 'a'"),
    ("max(p=1, t=2)", 5, "takes no named parameters"),
    ("abs(p", 5, "expected ',' or ')', got the end"),
    ("(p + t", 6, "expected an operator or ')', got the end"),
    ("p + t)", 5, "unmatched ')'"),
    ("p +", 3, "got the end"),
    ("* p", 0, "got '*'"),
    ("+p", 0, "got '+'"),
    ("p t", 2, "expected an operator, got 't'"),
    ("2p", 1, "expected an operator, got 'p'"),
    ("0x10 * p", 1, "expected an operator, got 'x10'"),
    ("1_000 * p", 1, "expected an operator"),
    ("1.2.3 * p", 3, "expected an operator, got '.3'"),
    ("p, t", 1, "expected an operator, got ','"),
    ("()", 1, "got ')'"),
    ("abs()", 0, "abs takes 1 argument (x), got 0"),
    ("abs(p, t)", 0, "abs takes 1 argument (x), got 2"),
    ("min(p)", 0, "min takes 2 arguments"),
    ("clip(p, 0)", 0, "clip takes 3 arguments (x, low, high), got 2"),
    ("where(p)", 0, "where takes 3 arguments"),
    ("max(p, t,)", 9, "got ')'"),
    ("max(, p)", 4, "got ','"),
    ("abs * 2", 0, "abs is a function; write abs(x)"),
    ("p < t < 1", 6, "cannot be chained"),
    ("p = t", 2, "write == for equality"),
    ("1 + not p", 4, "got 'not'"),
    ("and p", 0, "got 'and'"),
    ("predictoins - t", 0, "did you mean predictions?"),
    ("sqroot(p)", 0, "did you mean sqrt?"),
    ("0.7*mse + 0.3*mea", 14, "unknown name 'mea'; did you mean"),
    ("P - T", 0, "unknown name 'P'; did you mean p?"),
    ("xyzzy * p", 0, "use p, t, abs"),
    ("focal", 0, "focal cannot stand in a formula"),
    ("dice + p", 0, "dice cannot stand in a formula"),
    ("custom", 0, "custom cannot stand in a formula"),
    ("custom(formula=p)", 0, "custom cannot stand in a formula"),
    ("huber(delta=-1)", 0, "delta must lie in (0, inf), got -1.0"),
    ("huber(dleta=1)", 0, "did you mean delta?"),
    ("huber(delta=p)", 12, "delta must be a constant"),
    ("huber(delta=1/0)", 13, "not a finite number"),
    ("huber(delta=true)", 0, "got True"),
    ("huber(delta=abc)", 0, "got 'abc'"),
    ("huber(delta=1, delta=2)", 15, "delta is given twice"),
    ("huber(delta=1", 13, "expected ',' or ')'"),
    ("huber(p, t)", 6, "hold parameters as name=value"),
    ("mse(reduction=sum)", 0, "mse has no parameter 'reduction'"),
    ("t + y", 0, "nothing here depends on the predictions"),
    ("1 + 1", 0, "nothing here depends on the predictions"),
]  # fmt: skip

PREFIX = "custom: formula "


@pytest.mark.parametrize(("formula", "place", "said"), HOSTILE, ids=lambda part: repr(part)[:30])
def test_refused_in_two_lines_with_the_place(formula: str, place: int, said: str) -> None:
    with bounded(), pytest.raises(UsageError) as caught:  # no formula takes the parser long
        compute("custom", [1.0], [2.0], formula=formula)
    message = str(caught.value)
    shown, below = caught.value.lines
    assert message.splitlines() == [shown, below]
    assert f"^ character {place + 1}: " in below
    assert said in below
    assert shown.startswith(PREFIX)
    assert max(len(shown), len(below)) < 200
    column = below.index("^")
    window = shown[len(PREFIX) :]
    assert below[:column].strip() == ""
    under = window[column - len(PREFIX) :][:1]
    wrong = formula[place : place + 1]
    assert under in {wrong, "�", "", "…"}
    assert under == wrong or not (wrong.isascii() and wrong.isprintable())


@pytest.mark.parametrize("formula", [None, 3.5, True, b"p", ["p"], "", " \n", np.float64(1.0)])
def test_what_is_no_text_is_refused(formula: object) -> None:
    with pytest.raises(UsageError, match="custom: formula must be an expression of p and t, got "):
        compute("custom", [1.0], [2.0], formula=formula)


def test_the_formula_is_required() -> None:
    with pytest.raises(UsageError, match=r"custom needs formula, .* such as 0\.7"):
        compute("custom", [1.0], [2.0])


def test_a_long_formula_is_cut_around_the_place() -> None:
    formula = "p + " * 12 + "q" + " + p" * 12
    with pytest.raises(PlacedError) as caught:
        compute("custom", [1.0], [2.0], formula=formula)
    shown, below = caught.value.lines
    assert shown == PREFIX + "…" + "p + " * 6 + "q" + " + p" * 7 + " +" + " p"[:1] + "…"
    assert shown[below.index("^")] == "q"
