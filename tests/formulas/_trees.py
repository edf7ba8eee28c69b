"""Random formulas with a meaning of their own: mpmath, not the tree of the parser.

A tree is a number, a name, or a tuple of a word and its parts. Evaluation raises `UnsafeError` near
a kink, near the end of a domain and for large numbers, where no finite difference can be trusted.
"""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from mpmath import cosh, mp, mpf, sinh

KINK, EDGE, LARGE = mpf("0.02"), mpf("0.05"), mpf(50)
DIGITS = 60


class UnsafeError(Exception):
    """A point where a formula is not smooth or loses its digits."""


def require(condition: object) -> None:
    if not condition:
        raise UnsafeError


def absolute(x: mpf) -> mpf:
    require(abs(x) > KINK)
    return x if x > 0 else -x


def sign(x: mpf) -> mpf:
    require(abs(x) > KINK)
    return mpf(1) if x > 0 else mpf(-1)


def log(x: mpf) -> mpf:
    require(x > EDGE)
    return mp.log(x)


def sqrt(x: mpf) -> mpf:
    require(x > EDGE)
    return mp.sqrt(x)


def smaller(a: mpf, b: mpf) -> mpf:
    require(abs(a - b) > KINK)
    return a if a < b else b


def larger(a: mpf, b: mpf) -> mpf:
    require(abs(a - b) > KINK)
    return b if a < b else a


def clip(x: mpf, low: mpf, high: mpf) -> mpf:
    require(low < high)
    return smaller(larger(x, low), high)


def compare(a: mpf, b: mpf) -> int:
    require(abs(a - b) > KINK)
    return 1 if a > b else -1


def power(a: mpf, b: mpf) -> mpf:
    require(a > EDGE)
    require(abs(b) <= 8)
    return mp.exp(b * mp.log(a))


def quotient(a: mpf, b: mpf) -> mpf:
    require(abs(b) > EDGE)
    return a / b


def truth(x: mpf) -> bool:
    require(x == 0 or abs(x) > KINK)
    return x != 0


CALLS: dict[str, tuple[int, Callable[..., mpf]]] = {
    "abs": (1, absolute),
    "sign": (1, sign),
    "exp": (1, mp.exp),
    "expm1": (1, lambda x: mp.exp(x) - 1),
    "log": (1, log),
    "log1p": (1, lambda x: log(1 + x)),
    "sqrt": (1, sqrt),
    "square": (1, lambda x: x * x),
    "tanh": (1, lambda x: sinh(x) / cosh(x)),
    "sigmoid": (1, lambda x: mp.exp(x) / (mp.exp(x) + 1)),
    "softplus": (1, lambda x: mp.log(1 + mp.exp(x))),
    "min": (2, smaller),
    "max": (2, larger),
    "clip": (3, clip),
    "where": (3, lambda c, a, b: a if truth(c) else b),
}

INFIX: dict[str, Callable[[mpf, mpf], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": quotient,
    "^": power,
    "<": lambda a, b: compare(a, b) < 0,
    "<=": lambda a, b: compare(a, b) < 0,
    ">": lambda a, b: compare(a, b) > 0,
    ">=": lambda a, b: compare(a, b) > 0,
    "==": lambda a, b: compare(a, b) == 0,
    "!=": lambda a, b: compare(a, b) != 0,
    "and": lambda a, b: truth(a) and truth(b),
    "or": lambda a, b: truth(a) or truth(b),
}

LEVELS = [["or"], ["and"], ["not"], ["<", "<=", ">", ">=", "==", "!="], ["+", "-"], ["*", "/"]]
LEVELS += [["neg"], ["^"]]
LEVEL = {word: number for number, words in enumerate(LEVELS) for word in words}


def meaning(tree: Any, p: mpf, t: mpf) -> mpf:
    """Evaluate a tree exactly enough."""
    if isinstance(tree, float):
        return mpf(tree)
    if isinstance(tree, str):
        return {"p": p, "predictions": p, "t": t, "y": t, "targets": t, "pi": +mp.pi, "e": +mp.e}[
            tree
        ]
    word, *parts = tree
    values = [meaning(part, p, t) for part in parts]
    if word == "neg":
        found = -values[0]
    elif word == "not":
        found = mpf(not truth(values[0]))
    else:
        found = mpf((INFIX[word] if word in INFIX else CALLS[word][1])(*values))
    require(abs(found) < LARGE)
    return found


def slope(tree: Any, p: float, t: float) -> mpf:
    """Differentiate along p, by a central difference so small that its error vanishes."""
    with mp.workdps(DIGITS):
        step = mpf(10) ** -20
        ends = [meaning(tree, mpf(p) + way * step, mpf(t)) for way in (1, -1)]
        return (ends[0] - ends[1]) / (2 * step)


def written(tree: Any) -> str:
    """Write a tree with no more brackets than it needs."""
    if isinstance(tree, float | str):
        return repr(tree) if isinstance(tree, float) else tree
    word, *parts = tree
    if word in CALLS:
        return f"{word}({', '.join(map(written, parts))})"
    if word in {"neg", "not"}:
        sign_of = "-" if word == "neg" else "not "
        return sign_of + bracketed(parts[0], LEVEL[word])
    level = LEVEL[word]
    tie_left, tie_right = (1, 0) if word == "^" else (0, 1)
    if word in LEVELS[3]:
        tie_left = tie_right = 1
    return (
        f"{bracketed(parts[0], level + tie_left)} {word} {bracketed(parts[1], level + tie_right)}"
    )


def bracketed(tree: Any, level: int) -> str:
    """Put brackets around a part that binds less tightly than its place asks for."""
    text = written(tree)
    word = tree[0] if isinstance(tree, tuple) else None
    return f"({text})" if LEVEL.get(word, len(LEVELS)) < level else text


def branches(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return trees one step taller."""
    calls = [
        st.tuples(st.just(name), *[inner] * arity) for name, (arity, _) in sorted(CALLS.items())
    ]
    arithmetic = st.tuples(st.sampled_from(["+", "-", "*", "/"]), inner, inner)
    other = st.tuples(st.sampled_from(sorted(INFIX)), inner, inner)
    powers = st.tuples(st.just("^"), inner, st.sampled_from([0.5, 1.5, 2.0, 3.0, ("neg", 1.0)]))
    signs = st.tuples(st.sampled_from(["neg", "not"]), inner)
    return st.one_of(arithmetic, arithmetic, powers, other, signs, *calls)


LEAVES = st.one_of(
    st.sampled_from(["p", "p", "p", "t", "y", "predictions", "targets", "pi", "e"]),
    st.integers(1, 30).map(lambda tenths: tenths / 10),
)
TREES = st.recursive(LEAVES, branches, max_leaves=10)
POINTS = st.integers(-300, 300).map(lambda hundredths: hundredths / 100 + 0.003)
