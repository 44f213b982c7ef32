"""How do sentences and columns fit into a width? Lines of spans, coloured and made safe only when they leave."""
import unicodedata
from collections.abc import Iterable, Iterator

from msgspec import Struct

from kubectl_netpol.render.style import Role, Style

UNLIMITED = 1_000_000
GAP = 2
NARROWEST = 20                          # a paragraph is not squeezed into less


class Page(Struct, frozen=True):
    """What the answer is printed on."""

    style: Style
    width: int
    headers: bool
    wide: bool = False


class Span(Struct, frozen=True):
    text: str
    role: Role = Role.PLAIN


Line = tuple[Span, ...]
Row = tuple[Span, ...]                  # a span for each column
BLANK: Line = ()


class Column(Struct, frozen=True):
    heading: str
    wraps: bool = False                 # between words, where the width demands it


def painted(lines: Iterable[Line], page: Page) -> Iterator[str]:
    """The outermost place: what comes from the cluster loses its control characters, then the colours are added."""
    for line in lines:
        yield "".join(page.style.paint(span.role, visible(span.text)) for span in line) + "\n"


def visible(text: str) -> str:
    r"""The text with what a terminal would obey, hide or reorder made visible: ESC is \x1b, a right-to-left override \u202e."""
    return text if text.isprintable() else "".join(each if each.isprintable() else escaped(each) for each in text)


def escaped(character: str) -> str:
    number = ord(character)
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def columns_of(text: str) -> int:
    """How many columns the text takes on a terminal, as it will be printed."""
    shown = visible(text)
    return len(shown) if shown.isascii() else sum(map(columns_of_character, shown))


def columns_of_character(character: str) -> int:
    return 0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1


def at_most(number: int, page: Page) -> int | None:
    """How many of a list are named: all of them on a wide page."""
    return None if page.wide else number


def line(text: str, role: Role = Role.PLAIN) -> Line:
    return (Span(text, role),)


def wrapped(text: str, width: int, used: int = 0) -> list[str]:
    """The text cut between words, `used` columns of the first line being taken. A word that is too long stays whole: it may be copied."""
    first, *words = text.split(" ")
    lines, room = [first], width - used - columns_of(first)
    for word in words:
        needs = columns_of(word)
        if room > needs:
            lines[-1] += f" {word}"
            room -= needs + 1
        else:
            lines.append(word)
            room = width - needs
    return lines


def paragraph(text: str, page: Page, *, first: str = "", indent: str = "", role: Role = Role.PLAIN) -> Iterator[Line]:
    """The text after `first`, its further lines after `indent`; the role is that of `first`, or of all where that is empty."""
    width = max(page.width - len(indent), NARROWEST)
    beginning, *further = wrapped(text, width, columns_of(first) - len(indent))
    inner = Role.PLAIN if first else role
    yield Span(first, role), Span(beginning, inner)
    yield from ((Span(indent), Span(piece, inner)) for piece in further)


def sections(*parts: Iterable[Line]) -> Iterator[Line]:
    """The parts with a blank line between them; those left out that have nothing to tell."""
    begun = False
    for part in parts:
        for number, each in enumerate(part):
            if begun and number == 0:
                yield BLANK
            begun = True
            yield each


# ---- columns


def table(columns: tuple[Column, ...], rows: Iterable[Row], page: Page, *, indent: int = 0) -> Iterator[Line]:
    """Rows under headings. Where the width is not enough, columns wrap; if that does not do, the last column goes below its row."""
    body = list(rows)
    if page.headers:
        body.insert(0, tuple(Span(column.heading, Role.HEADING) for column in columns))
    if not body:
        return
    room = page.width - indent
    whole = [max(columns_of(row[place].text) for row in body) for place in range(len(columns))]
    least = [longest_word(row[place].text for row in body) if column.wraps else whole[place] for place, column in enumerate(columns)]
    widths = fitted(whole, least, room)
    below = 0
    if widths is None and columns[-1].wraps:
        widths = fitted(whole[:-1], least[:-1], room) or least[:-1]
        start = sum(widths[:-1]) + GAP * (len(widths) - 1)
        below = min(start + GAP, max(GAP, room - least[-1]))
    for row in body:
        upper = row[:-1] if below else row
        yield from laid_out(upper, widths or least, indent)
        if below and row[-1].text:
            yield from ((Span(" " * (indent + below)), Span(piece, row[-1].role)) for piece in wrapped(row[-1].text, room - below))


def longest_word(texts: Iterable[str]) -> int:
    return max(columns_of(word) for text in texts for word in text.split(" "))


def fitted(whole: list[int], least: list[int], room: int) -> list[int] | None:
    """Widths that fit: the widest columns give way first, none below its least. None: there is no such."""
    gaps = GAP * (len(whole) - 1)
    if sum(least) + gaps > room:
        return None
    widths = list(whole)
    while sum(widths) + gaps > room:
        widest = max((place for place in range(len(widths)) if widths[place] > least[place]), key=lambda place: widths[place])
        widths[widest] -= 1
    return widths


def laid_out(row: Row, widths: list[int], indent: int) -> Iterator[Line]:
    """One row, over as many lines as its cells need; nothing stands after the last text of a line."""
    pieces = [wrapped(span.text, width) if columns_of(span.text) > width else [span.text] for span, width in zip(row, widths)]
    for number in range(max(map(len, pieces))):
        texts = [piece[number] if number < len(piece) else "" for piece in pieces]
        last = max((place for place, text in enumerate(texts) if text), default=-1)
        spans = [Span(" " * indent)] if indent else []
        for place, text in enumerate(texts[:last + 1]):
            spans.append(Span(text, row[place].role))
            if place < last:
                spans.append(Span(" " * (widths[place] - columns_of(text) + GAP)))
        yield tuple(spans)
