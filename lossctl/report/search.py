"""Find losses and recipes by words: names, textbook names, names in other libraries, tasks.

Every word of a query has to be found; where decides the order. A whole name comes before a word of
a name, that before a word of the summary, and that before a part of a word. The text of the pages
is searched only where this finds nothing.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from lossctl.core.errors import UsageError
from lossctl.core.spelling import did_you_mean, option, shortened
from lossctl.report.listed import Listed

LONGEST_QUERY = 60
SHORTEST_PART = 3  # letters from which the beginning of a word counts; one more for its middle
GENERIC = {"loss", "losse", "function", "criterion"}  # they fit every loss; folded
SPELLINGS = (("iz", "is"), ("center", "centre"), ("ø", "o"), ("'s", ""), ("’s", ""))
NAME, ELSEWHERE, SUMMARY, PART_OF_NAME, PART_OF_SUMMARY, TOPIC = range(1, 7)
WHOLE_NAME = 0


class Hits(NamedTuple):
    """What a search finds, best first, and whether only the text of the pages has the words."""

    found: Sequence[Listed]
    in_pages: bool = False


class Terms(NamedTuple):
    """What one loss or recipe is found by; all is folded."""

    ids: frozenset[str]  # id and aliases, without blanks
    own: frozenset[str]  # the same, and without the word loss
    textbook: frozenset[str]  # whole names, with the word loss and without
    elsewhere: frozenset[str]  # whole names in other libraries, with the word loss and without
    names: frozenset[str]  # words of own and textbook names
    summary: frozenset[str]  # words
    topics: frozenset[str]  # words of tasks, family and libraries


def search(query: str, entries: Iterable[Listed]) -> Hits:
    """Return the losses and recipes that have every word of a query, best first.

    Raises
    ------
    UsageError
        For a query without a letter or digit, or of more than 60 characters.
    """
    from lossctl.losses.framework_names import not_a_loss

    every = list(entries)
    words, whole = _words_of(query)
    phrase = " ".join(_words(query))
    ranks = [_rank(_terms(entry), words, whole) for entry in every]
    ranked = sorted((rank, place) for place, rank in enumerate(ranks) if rank is not None)
    if ranked and (ranked[0][0][0] <= SUMMARY or not not_a_loss(query)):
        return Hits([every[place] for _, place in ranked])
    if not_a_loss(query):
        return Hits([])
    pages = [(entry, _words(entry.page_text)) for entry in every]
    found = [(entry, " ".join(text)) for entry, text in pages if words <= set(text)]
    found.sort(key=lambda one: phrase not in one[1])  # words in their order first
    return Hits([entry for entry, _ in found], in_pages=bool(found))


def nothing_found(query: str, entries: Iterable[Listed]) -> str:
    """Say that no loss has the words of a query, with the nearest spelling or what else it is."""
    from lossctl.losses.framework_names import not_a_loss

    missing = f"no loss matches {shortened(query.strip(), LONGEST_QUERY)!r}"
    if other := not_a_loss(query):
        return f"{missing}: {other}"
    known: dict[str, None] = {}
    for entry in entries:
        names = (*entry.own_names, *entry.textbook_names, *entry.elsewhere)
        known |= dict.fromkeys((*names, *_words(" ".join(names))))
    near = did_you_mean(query.strip(), known)
    for word in query.split():
        near = near or ("" if _folded(word) in known else did_you_mean(word, known))
    return missing + (near or "; `lossctl list` shows them all")


def _words_of(query: str) -> tuple[set[str], tuple[str, str]]:
    """Return the words of a query, and the whole of it without blanks: with `loss` and without."""
    named = re.sub(r"\b(?:[A-Za-z]\w*\.)+(?=\w)", "", query)  # torch.nn.BCELoss is BCELoss
    words = _words(named)
    if not words or len(query) > LONGEST_QUERY:
        raise UsageError(
            f"{option('search')} takes words of at most {LONGEST_QUERY} characters in all, such as "
            f"'log loss'; got {shortened(query, LONGEST_QUERY)!r}"
        )
    telling = [word for word in words if word not in GENERIC] or words
    return set(telling), ("".join(words), "".join(telling))


def _rank(terms: Terms, words: set[str], whole: tuple[str, str]) -> tuple[int, int] | None:
    """Return how well the words fit, the best lowest; None where a word is missing."""
    if whole[0] in terms.ids:
        return WHOLE_NAME, 0
    for order, exact in enumerate((terms.own, terms.textbook, terms.elsewhere), start=1):
        if not exact.isdisjoint(whole):
            return WHOLE_NAME, order
    places = [_place(terms, word) for word in words]
    if None in places:
        return None
    known = [place for place in places if place is not None]
    return max(known), sum(known)


def _place(terms: Terms, word: str) -> int | None:
    """Return where a word stands, the best place lowest; None where it does not."""
    if word in terms.names:
        return NAME
    if word in terms.elsewhere:
        return ELSEWHERE
    if word in terms.summary:
        return SUMMARY
    if len(word) >= SHORTEST_PART:
        parts = (*terms.own, *terms.textbook, *terms.elsewhere) if word[SHORTEST_PART:] else ()
        begins = any(other.startswith(word) for other in (*terms.names, *terms.elsewhere))
        if begins or any(word in name for name in parts):
            return PART_OF_NAME
        if any(other.startswith(word) for other in terms.summary):
            return PART_OF_SUMMARY
    return TOPIC if word in terms.topics else None


def _terms(entry: Listed) -> Terms:
    own, textbook, elsewhere = entry.own_names, entry.textbook_names, entry.elsewhere
    topics = (*entry.tasks, entry.family, *entry.libraries)
    return Terms(
        frozenset("".join(_words(name)) for name in own),
        frozenset(_without_blanks(own)),
        frozenset(_without_blanks(textbook)),
        frozenset(_without_blanks(elsewhere)),
        frozenset(_words(" ".join((*own, *textbook)))),
        frozenset(_words(entry.summary)),
        frozenset(_words(" ".join(topics))),
    )


def _without_blanks(names: Iterable[str]) -> Iterator[str]:
    """Yield folded names without blanks, with the word `loss` and without it."""
    for name in names:
        words = _words(name)
        yield "".join(words)
        yield "".join(word for word in words if word not in GENERIC) or "".join(words)
        if len(words) == 1 and (stem := re.sub(r"loss$", "", words[0])):
            yield stem  # BCELoss


@lru_cache(maxsize=4096)  # names and summaries are compared in every search
def _words(text: str) -> tuple[str, ...]:
    """Return the words of a text, folded; without the s of a plural."""
    return tuple(
        re.sub(r"(?<=\w{3})(?<!s)s$", "", word) for word in re.findall(r"[^\W_]+", _folded(text))
    )


def _folded(text: str) -> str:
    """Return a text in small letters without accents, in one of two spellings."""
    letters = unicodedata.normalize("NFKD", text.lower())
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    for one, other in SPELLINGS:
        plain = plain.replace(one, other)
    return plain
