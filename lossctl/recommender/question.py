"""What a question of `lossctl recommend` is, and how Python and the shell spell it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from lossctl.core.errors import UsageError
from lossctl.core.spelling import option

UNKNOWN = "unknown"
WIDEST = 30  # characters of a metavar that spells out the answers
MOST_LISTED = 9  # answers that a line of help lists


class Keyword(str):
    """The name of a keyword in a message: ``object_size``, which the shell calls --object-size."""

    __slots__ = ()

    @property
    def option(self) -> str:
        """The option of the shell."""
        return "--" + self.replace("_", "-")


class KeywordError(UsageError):
    """A wrong or missing keyword; the message spells keywords as Python or as the shell does."""

    def __init__(self, *parts: str) -> None:
        super().__init__(
            "".join(option(part) if isinstance(part, Keyword) else part for part in parts)
        )


@dataclass(frozen=True)
class Question:
    """One question: its words, why it is asked, and what may be answered.

    Attributes
    ----------
    id
        Its name in answers, as a keyword of Python and, with hyphens, as an option.
    answers
        Each answer and what it means.
    number
        Whether any number between 0 and 1 answers it as well.
    aliases
        Other names of answers.
    skippable
        Whether the wizard offers to leave it open.
    """

    id: str
    ask: str
    why: str
    answers: Mapping[str, str]
    number: bool = False
    aliases: Mapping[str, str] = field(default_factory=dict)
    skippable: bool = True

    @property
    def keyword(self) -> Keyword:
        """Its name in messages."""
        return Keyword(self.id)

    @property
    def option(self) -> str:
        """The option that answers it."""
        return self.keyword.option

    @property
    def metavar(self) -> str:
        """What stands for the answer in the help of the option: the answers, if they are short."""
        names = "|".join(self.answers)
        return names if len(names) <= WIDEST and not self.number else self.id.upper()

    @property
    def summary(self) -> str:
        """The question and its answers, a few of them where there are many."""
        *names, last = self.answers
        if len(names) > MOST_LISTED:
            return f"{self.ask} {', '.join(names[:: len(names) // 5])}, …"
        listed = f"{self.ask} {', '.join(names)} or {last}"
        return f"{listed}, or another number between 0 and 1." if self.number else f"{listed}."

    @property
    def help(self) -> str:
        """The help of the option: without the answers, if the metavar has them."""
        return self.ask if "|" in self.metavar else self.summary

    def read(self, text: str, allowed: Collection[str]) -> str | None:
        """Return an answer in normal form, or None for what is neither allowed nor a number."""
        value = text.strip().lower().replace("-", "_").replace(" ", "_")
        value = self.aliases.get(value, value)
        if value in allowed or not self.number:
            return value if value in allowed else None
        try:
            number = float(text)
        except ValueError:
            return None
        return repr(number) if 0 < number < 1 else None
