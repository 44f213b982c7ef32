"""Which colour does a piece of text get? It is put after layout; the plain style changes nothing."""
from collections.abc import Mapping
from enum import Enum
from typing import TextIO

from msgspec import Struct


class Role(Enum):
    """What a piece of text is, for its colour only: its words must say the same."""

    PLAIN = "plain"
    HEADING = "heading"
    ALLOWED = "allowed"
    DENIED = "denied"
    UNSURE = "unsure"
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    PLACE = "place"                     # of a diff's hunk
    COMMAND = "command"


def verdict_role(verdict: str) -> Role:
    return {"allowed": Role.ALLOWED, "denied": Role.DENIED}.get(verdict, Role.UNSURE)


class Style(Struct, frozen=True):
    codes: dict[Role, str]              # what is absent stays as it is
    end: str

    def paint(self, role: Role, text: str) -> str:
        code = self.codes.get(role)
        return f"{code}{text}{self.end}" if code and text else text


PLAIN = Style({}, "")


def style_for(stream: TextIO, color: str, environ: Mapping[str, str]) -> Style:
    """color is auto, always or never. NO_COLOR disables "when present", also when it is empty; --color=always is stronger."""
    match color:
        case "always": return coloured()
        case "auto" if stream.isatty() and environ.get("TERM") != "dumb" and "NO_COLOR" not in environ: return coloured()
        case _: return PLAIN


def coloured() -> Style:
    """colorama is imported only here: most answers need no colour. On Windows it makes the console understand the codes."""
    import colorama

    colorama.just_fix_windows_console()
    fore, bright = colorama.Fore, colorama.Style.BRIGHT
    return Style({
        Role.HEADING: bright,
        Role.ALLOWED: fore.GREEN,
        Role.DENIED: fore.RED,
        Role.UNSURE: fore.YELLOW,
        Role.ADDED: fore.GREEN,
        Role.REMOVED: fore.RED,
        Role.CHANGED: fore.YELLOW,
        Role.PLACE: fore.CYAN,
        Role.COMMAND: fore.CYAN,
    }, colorama.Style.RESET_ALL)
