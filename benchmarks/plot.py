"""How do lines look on axes that are both logarithmic? As SVG, which is written here without any library."""
from collections.abc import Iterator, Sequence
from html import escape
from math import floor, log, log10
from typing import NamedTuple

WIDTH, HEIGHT, COLUMNS = 430, 260, 2            # of a panel, and panels side by side
LEFT, RIGHT, TOP, BOTTOM, LEGEND = 56, 14, 30, 42, 56
MARKS = ("M-3,0a3,3 0 1,0 6,0a3,3 0 1,0 -6,0", "M-3,-3h6v6h-6z", "M0,-4l4,7h-8z", "M0,-4l4,4l-4,4l-4,-4z", "M0,4l4,-7h-8z")
LIGHT = ("#ffffff", "#24292f", "#d8dee4", ("#0550ae", "#c4432b", "#1a7f37", "#8250df", "#9a6700"))
DARK = ("#0d1117", "#e6edf3", "#30363d", ("#79c0ff", "#ff8f73", "#56d364", "#d2a8ff", "#e3b341"))
STYLE = """
text { font: 12px system-ui, sans-serif } .title { font-weight: 600 }
path { stroke-width: 1 } .axis, .line, .linear { fill: none } .line { stroke-width: 1.8 } .linear { stroke-dasharray: 5 4 }
"""

Pairs = Sequence[tuple[float, float]]


class Panel(NamedTuple):
    title: str
    across: str                     # label of the x axis
    up: str                         # label of the y axis
    lines: dict[str, Pairs]


class Axis(NamedTuple):
    """Where values lie between two places of the picture."""
    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        return self.start + (self.end - self.start) * log(value / self.low) / log(self.high / self.low)


def drawing(panels: Sequence[Panel]) -> str:
    width, height = WIDTH * COLUMNS, LEGEND + HEIGHT * -(-len(panels) // COLUMNS)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
             f"<style>{STYLE}{colours(*LIGHT)}\n@media (prefers-color-scheme: dark) {{\n{colours(*DARK)}\n}}\n</style>",
             f'<rect class="paper" width="{width}" height="{height}"/>',
             *legend(list(panels[0].lines))]
    for number, each in enumerate(panels):
        down, right = divmod(number, COLUMNS)
        parts += [f'<g transform="translate({right * WIDTH},{LEGEND + down * HEIGHT})">', *panel(each), "</g>"]
    return "\n".join((*parts, "</svg>", ""))


def colours(paper: str, ink: str, faint: str, of_lines: Sequence[str]) -> str:
    lines = (f".c{number} {{ stroke: {colour} }} .m{number} {{ fill: {colour} }}" for number, colour in enumerate(of_lines))
    rest = f".paper {{ fill: {paper} }} text {{ fill: {ink} }} .axis, .linear {{ stroke: {ink} }} .grid {{ stroke: {faint} }}"
    return "\n".join((rest, *lines))


def legend(names: Sequence[str]) -> Iterator[str]:
    """In two rows, the last one of which tells what the dashes are."""
    for number, name in enumerate((*names, "dashed: twice as large, twice as much")):
        x, y = 20 + number % 3 * 270, 20 + number // 3 * 20
        if number < len(names):
            yield f'<path class="line c{number}" d="M{x},{y}h28"/>{mark(number, x + 14, y)}'
        else:
            yield f'<path class="linear" d="M{x},{y}h28"/>'
        yield f'<text x="{x + 36}" y="{y + 4}">{escape(name)}</text>'


def panel(of: Panel) -> Iterator[str]:
    yield f'<text class="title" x="{LEFT}" y="{TOP - 10}">{escape(of.title)}</text>'
    pairs = [pair for line in of.lines.values() for pair in line]
    if not pairs:
        return
    xs, ys = sorted({x for x, _ in pairs}), ticks(min(y for _, y in pairs), max(y for _, y in pairs))
    across = Axis(xs[0] / 1.1, xs[-1] * 1.1, LEFT, WIDTH - RIGHT)
    up = Axis(ys[0], ys[-1], HEIGHT - BOTTOM, TOP)
    yield from axes(of, xs, ys, across, up)
    yield from linear(next(line for line in of.lines.values() if line)[-1], across, up)
    for number, line in enumerate(of.lines.values()):
        if line:
            places = [(across.at(x), up.at(y)) for x, y in line]
            yield f'<path class="line c{number}" d="M' + "L".join(f"{x:.1f},{y:.1f}" for x, y in places) + '"/>'
            yield "".join(mark(number, x, y) for x, y in places)


def axes(of: Panel, xs: Sequence[float], ys: Sequence[float], across: Axis, up: Axis) -> Iterator[str]:
    for y in ys:
        yield f'<path class="grid" d="M{across.start},{up.at(y):.1f}H{across.end}"/>'
        yield f'<text x="{LEFT - 6}" y="{up.at(y) + 4:.1f}" text-anchor="end">{y:,g}</text>'
    for x in xs:
        yield f'<path class="grid" d="M{across.at(x):.1f},{up.start}V{up.end}"/>'
        yield f'<text x="{across.at(x):.1f}" y="{up.start + 16}" text-anchor="middle">{shortened(x)}</text>'
    yield f'<path class="axis" d="M{across.start},{up.end}V{up.start}H{across.end}"/>'
    yield f'<text x="{(across.start + across.end) / 2}" y="{up.start + 34}" text-anchor="middle">{escape(of.across)}</text>'
    yield f'<text transform="translate(14,{(up.start + up.end) / 2}) rotate(-90)" text-anchor="middle">{escape(of.up)}</text>'


def linear(last: tuple[float, float], across: Axis, up: Axis) -> Iterator[str]:
    """What is proportional to the size, from the last point of the first line down to where the panel ends."""
    size, value = last
    left = max(across.low, size * up.low / value)
    yield f'<path class="linear" d="M{across.at(left):.1f},{up.at(value * left / size):.1f}L{across.at(size):.1f},{up.at(value):.1f}"/>'


def mark(number: int, x: float, y: float) -> str:
    return f'<path class="m{number}" transform="translate({x:.1f},{y:.1f})" d="{MARKS[number]}"/>'


def ticks(low: float, high: float) -> list[float]:
    """1, 2 and 5 of each power of ten, from below the lowest value to above the highest."""
    powers = range(floor(log10(low)) - 1, floor(log10(high)) + 2)
    steps = [float(f"{step}e{power}") for power in powers for step in (1, 2, 5)]
    first = max(step for step in steps if step <= low)
    last = min(step for step in steps if step >= high and step > first)
    return [step for step in steps if first <= step <= last]


def shortened(size: float) -> str:
    return f"{size / 1000:.3g}k" if size >= 1000 else f"{size:g}"
