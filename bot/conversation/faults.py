"""What is wrong with a file, said so that an editor knows where to look and what to do."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.conversation.written import Item


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing to put right (``is_error``) or to think about (advice). Line 0 is the file as a whole."""

    file: str
    line: int
    sentence: str
    is_error: bool = True
    column: int | None = None

    def __str__(self) -> str:
        where = f"{self.file}, line {self.line}" if self.line else self.file
        return f"{where}: {self.sentence}"


def near(word: str, known: Iterable[str]) -> str | None:
    """The one of ``known`` that was probably meant by ``word``."""
    names = sorted(known)
    found = get_close_matches(word.lower(), names, n=1, cutoff=0.6)
    return found[0] if found else None


def unknown(what: str, word: str, known: Iterable[str]) -> str:
    """Such as: unknown key "ask_": did you mean "ask"? Without a near miss, all that is known is listed."""
    names = sorted(known)
    meant = near(word, names)
    if meant:
        return f'unknown {what} "{word}": did you mean "{meant}"?'
    return f'unknown {what} "{word}": use one of {", ".join(names)}'


@dataclass(slots=True)
class Desk:
    """Where one file is read: what is wrong with it is laid down here."""

    file: str
    faults: list[Fault]

    def wrong(self, item: "Item", sentence: str) -> None:
        self.faults.append(Fault(self.file, item.line, sentence, column=item.column))

    def unknown_keys(self, named: "Mapping[str, Item]", known: Iterable[str], what: str = "key") -> None:
        for key, item in named.items():
            if key not in known:
                self.wrong(item, unknown(what, key, known))

    def word(self, item: "Item", key: str) -> str | None:
        """The one word or text of ``item``; None, and a fault, where there is none."""
        if item.text and item.text.strip():
            return item.text.strip()
        self.wrong(item, f'"{key}" needs one word or text after it')
        return None

    def words(self, item: "Item", key: str) -> tuple[str, ...]:
        """One word, or a list of words."""
        entries = [item] if item.entries is None else item.entries
        return tuple(word for entry in entries if (word := self.word(entry, key)))

    def listed(self, item: "Item", key: str, such_as: str) -> "list[Item]":
        """The entries of a list; none, and a fault, where it is something else."""
        if item.entries:
            return item.entries
        self.wrong(item, f'"{key}" is written as a list, a line for each, such as - {such_as}')
        return []
