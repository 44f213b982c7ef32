"""What stands on the command line so far, and whose value is its last word?"""
from collections.abc import Sequence
from typing import NamedTuple

from kubectl_netpol.cli import ANY, flags_of

Candidate = tuple[str, str]                                     # a word, and what it means


class Line(NamedTuple):
    """No Struct: its import would take a third of the time in which flags are answered."""

    command: str                                                # empty: none yet
    words: tuple[str, ...]                                      # after the command, those that are no flags
    flags: tuple[tuple[str, str], ...]                          # as they were given, by their last spelling; of a switch the value is empty
    word: str                                                   # the last one, or what follows --flag= in it
    flag: str                                                   # whose value that is; empty: of none
    is_ended: bool                                              # by --: no flags any more


def line_of(argv: Sequence[str]) -> Line:
    """Nothing is refused: what is wrong gets no candidates."""
    *before, last = argv or [""]
    words: list[str] = []
    flags: list[tuple[str, str]] = []
    waiting, is_ended = "", False
    for word in before:
        if waiting:
            flags.append((waiting, word))
            waiting = ""
        elif word == "--" and not is_ended:
            is_ended = True
        elif is_ended or not _is_flag(word):
            words.append(word)
        else:
            name, value = _divided(word)
            if value is None and name in _VALUED:
                waiting = name
            else:
                flags.append((name, value or ""))
    if not waiting and not is_ended and _is_flag(last) and "=" in last:
        waiting, value = _divided(last)
        last = value or ""
    return Line(words[0] if words else "", tuple(words[1:]), tuple(flags), last, waiting, is_ended)


def spelled(flag: str, value: str) -> str:
    """The flag with its value in one word."""
    return f"{flag}={value}" if value or flag in _VALUED else flag


_LAST = {spelling: spellings[-1] for command in ANY for spellings, _, _ in flags_of(command) for spelling in spellings}
_VALUED = {spellings[-1] for command in ANY for spellings, takes_value, _ in flags_of(command) if takes_value}


def _is_flag(word: str) -> bool:
    return word.startswith("-")


def _divided(word: str) -> tuple[str, str | None]:
    """The flag and the value that is in the same word: --name=value, -n=value, -nvalue."""
    name, equals, value = word.partition("=")
    if name not in _LAST and _LAST.get(word[:2]) in _VALUED:
        name, equals, value = word[:2], "=", word[2:]
    return _LAST.get(name, name), value if equals else None
