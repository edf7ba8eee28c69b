"""Token classification: the class of each character of lines of text."""

# scikit-learn ships no type information.
# mypy: disable-error-code="import-untyped"

from __future__ import annotations

import textwrap
from collections.abc import Iterable

import numpy as np
from entries import Dataset, Entry, rounded
from models import logistic
from sklearn.model_selection import LeaveOneGroupOut, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

IGNORE_TOKEN = -100
SEQUENCES = 32
LENGTH = 24
LETTER_CLASSES = (
    "0 vowel, 1 sonorant (l m n r w y), 2 other small letter, 3 capital, 4 digit, 5 space, "
    "6 comma, 7 other punctuation"
)

TOKENS_MADE = """\
A token is a character. Multinomial logistic regression (C=1) guesses each character's class
from the two characters before and the two after it (small letters, one-hot), not from the
character itself; 4 folds, line n in fold n modulo 4. The first 32 lines of the text are used, so
the last sentence is cut off."""


def token_class(letter: str) -> int:
    """Class of one character of English text."""
    tests = (
        letter in "aeiou",
        letter in "lmnrwy",
        letter.islower(),
        letter.isupper(),
        letter.isdigit(),
        letter == " ",
        letter == ",",
    )
    return tests.index(True) if any(tests) else len(tests)


def text_lines(sentences: Iterable[str]) -> list[str]:
    """Break each sentence into lines of at most 24 characters, and keep the first 32 lines."""
    lines = [line for text in sentences for line in textwrap.wrap(text, LENGTH)]
    return lines[:SEQUENCES]


def tokens(sentences: Iterable[str]) -> Dataset:
    """Classification of each character of lines of text, padded to one length."""
    lines = text_lines(sentences)
    targets = np.full((SEQUENCES, LENGTH), IGNORE_TOKEN, dtype=np.int64)
    logits = np.zeros((SEQUENCES, LENGTH, 8), dtype=np.float32)
    for row, line in enumerate(lines):
        targets[row, : len(line)] = [token_class(letter) for letter in line]
    used = targets != IGNORE_TOKEN
    padded = [f"^^{line.lower()}$$" for line in lines]
    context = [
        [text[at - 2], text[at - 1], text[at + 1], text[at + 2]]
        for text in padded
        for at in range(2, len(text) - 2)
    ]
    decision = cross_val_predict(
        make_pipeline(OneHotEncoder(handle_unknown="ignore"), logistic()),
        np.array(context),
        targets[used],
        groups=np.nonzero(used)[0] % 4,
        cv=LeaveOneGroupOut(),
        method="decision_function",
    )
    logits[used] = rounded(decision)
    return Dataset(
        "Token classification (32 lines of text, up to 24 characters, 8 classes)",
        TOKENS_MADE,
        "Opening lines of chapters, quoted in generate.py, all in the public domain: A. Conan "
        "Doyle, A Study in Scarlet (1887); J. Verne, Around the World in Eighty Days (tr. G. M. "
        "Towle, 1873) and Twenty Thousand Leagues under the Sea (tr. L. Mercier, 1873).",
        (
            Entry("tokens/logits.npy", logits, "logits: line, character, class; 0 where padded"),
            Entry("tokens/targets.npy", targets, f"{LETTER_CLASSES}; -100 where padded"),
        ),
    )
