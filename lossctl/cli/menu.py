"""One question as a menu: arrow keys, redrawn in place, gone when it is answered."""

import os
import sys
from collections.abc import Callable
from textwrap import shorten, wrap
from typing import TypeAlias

from prompt_toolkit.application import Application
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.input import create_input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.layout import FormattedTextControl, Layout, Window
from prompt_toolkit.output import create_output
from prompt_toolkit.styles import Style

from lossctl.cli.wizard import FIRST, Card, Move
from lossctl.core.errors import UsageError
from lossctl.core.spelling import visible

# No background is ever set and only the terminal's own palette is used: light and dark both work.
STYLE = Style.from_dict(
    {"chosen": "bold ansigreen", "head": "bold", "quiet": "dim", "why": "italic"}
)
WIDEST = 92
KEYS = "↑↓ move · enter choose · ← back · ? why · q quit"
Fragments: TypeAlias = StyleAndTextTuples


class Menu:
    """What is on the screen: the card, the line chosen, whether the reason is shown."""

    def __init__(self, card: Card) -> None:
        self.card, self.at, self.why, self.text, self.problem = card, card.start, False, "", ""

    def move(self, step: int) -> None:
        """Go up or down, around the ends."""
        self.at = (self.at + step) % len(self.card.choices)
        self.text = self.problem = ""

    def explain(self) -> None:
        """Show why the question is asked, or hide it again."""
        self.why = not self.why

    def erase(self) -> None:
        """Take back the last letter typed."""
        self.text = self.text[:-1]

    def type(self, digit: str) -> None:
        """Go to the choice of a number, or build up a number where one is asked."""
        if self.card.question.number:
            self.text += digit
        elif digit.isdecimal() and 1 <= int(digit) <= len(self.card.choices):
            self.at = int(digit) - 1

    def draw(self, columns: int, rows: int) -> Fragments:
        """Return the styled text for a terminal of a size."""
        card, width = self.card, min(columns, WIDEST) - 1
        head: Fragments = []
        for line in card.sofar:
            head.append(("class:quiet", shorten(visible(line), width, placeholder=" …") + "\n"))
        head.append(("class:quiet", f"{card.number} of {card.total}  "))
        for at, line in enumerate(wrap(card.question.ask, width - 8)):
            head.append(("class:head", ("        " if at else "") + line + "\n"))
        foot: Fragments = []
        if self.why:
            foot += [("class:why", line + "\n") for line in wrap(card.question.why, width)]
        if self.problem:
            foot.append(("", self.problem + "\n"))
        foot.append(("class:quiet", self._keys(width)))
        used = sum(part[1].count("\n") for part in head + foot) + 1
        return head + self._choices(width, max(rows - used - 1, 3)) + foot

    def _keys(self, width: int) -> str:
        keys = f"{KEYS} · or type a number" if self.card.question.number else KEYS
        if self.text:
            keys = f"{self.text}▏ enter to take it"
        return shorten(keys, width, placeholder="…") if len(keys) > width else keys

    def _choices(self, width: int, room: int) -> Fragments:
        """The choices around the one chosen, as many as there is room for."""
        choices = self.card.choices
        first = min(max(self.at - room // 2, 0), max(len(choices) - room, 0))
        names = max(len(name) for name, _ in choices)
        drawn: Fragments = []
        for at in range(first, min(first + room, len(choices))):
            name, meaning = choices[at]
            mark = "›" if at == self.at and not self.text else " "
            style = "class:chosen" if mark == "›" else ""
            more = (at == first and first > 0) or (at == first + room - 1 and at < len(choices) - 1)
            left = f"{mark} {name.ljust(names)}  "
            rest = shorten(meaning, max(width - len(left) - 2, 8), placeholder=" …")
            drawn.append((style, left))
            drawn.append((style or "class:quiet", rest + (" ⋮" if more else "") + "\n"))
        return drawn


def ask_in_a_menu(card: Card) -> str | Move:
    """Show a menu on the terminal and return the answer."""
    menu = Menu(card)
    # asking the terminal where its cursor is leaves the reply in the input of slow terminals
    os.environ.setdefault("PROMPT_TOOLKIT_NO_CPR", "1")
    output = create_output(stdout=sys.stderr)

    def text() -> Fragments:
        size = output.get_size()
        return menu.draw(size.columns, size.rows)

    app: Application[str | Move] = Application(
        layout=Layout(
            Window(FormattedTextControl(text, show_cursor=False), dont_extend_height=True)
        ),
        key_bindings=_keys(menu),
        style=STYLE,
        erase_when_done=True,
        input=create_input(sys.stdin),
        output=output,
    )
    app.ttimeoutlen = 0.05
    return app.run()


def _keys(menu: Menu) -> KeyBindings:
    keys = KeyBindings()

    def bind(*names: str) -> Callable[[Callable[[KeyPressEvent], None]], None]:
        def add(action: Callable[[KeyPressEvent], None]) -> None:
            for name in names:
                keys.add(name)(action)

        return add

    bind("up", "k", "c-p")(lambda _: menu.move(-1))
    bind("down", "j", "tab", "c-n")(lambda _: menu.move(1))
    bind("q", "c-c", "c-d", "escape")(lambda event: event.app.exit(result=Move.QUIT))

    bind("?")(lambda _: menu.explain())
    bind("backspace")(lambda _: menu.erase())
    bind(*"0123456789.")(lambda event: menu.type(event.data))

    @bind("left", "b")
    def _back(event: KeyPressEvent) -> None:
        if menu.card.number > 1:
            event.app.exit(result=Move.BACK)
        else:
            menu.problem = FIRST

    @bind("enter", "right")
    def _enter(event: KeyPressEvent) -> None:
        try:
            answer = menu.card.read(menu.text) if menu.text else menu.card.choices[menu.at][0]
            event.app.exit(result=answer)
        except UsageError as error:
            menu.problem, menu.text = str(error), ""

    return keys
