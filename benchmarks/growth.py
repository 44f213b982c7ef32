"""How do time and memory grow with one amount, when the others stay as they are?"""
import sys
from collections.abc import Iterator
from math import log
from statistics import linear_regression
from typing import NamedTuple

import cases
import plot
import small
from clusters import Recipe, generated, prepared
from measure import HERE, Cost, Effort, best
from tables import heading, row

AMOUNTS = ("pods", "policies", "services", "namespaces")        # options of scale/generate.py
DIMENSIONS = ("pods", "policies", "services", "classes", "namespaces")
BASE, QUICK_BASE = (2_000, 500, 250, 42), (200, 50, 25, 6)
LARGEST, QUICK_LARGEST = 100_000, 800
COMMANDS = {cases.EXPLAIN: cases.explain, cases.QUESTION: cases.one_question, cases.BY_WORKLOAD: cases.by_workload,
            cases.DIFF: cases.diff, cases.SUGGEST: cases.suggest}
PICTURE = HERE / "growth.svg"


class Point(NamedTuple):
    size: int
    seconds: float
    megabytes: float


class Line(NamedTuple):
    """One command over the sizes of one dimension."""
    points: list[Point]
    ended: list[str]                # why larger ones were not measured: at most one reason


Lines = dict[tuple[str, str], Line]     # by dimension and command


def rows(effort: Effort) -> Iterator[str]:
    story = best(small.EXPLAIN, effort)
    lines: Lines = {(dimension, command): Line([], []) for dimension in DIMENSIONS for command in COMMANDS}
    for dimension in DIMENSIONS:
        for size in sizes(effort):
            lengthened(lines, dimension, size, effort)
    yield from heading("command | " + " | ".join(DIMENSIONS))
    for command in COMMANDS:
        yield row((command, *(exponents(lines[dimension, command], story) for dimension in DIMENSIONS)))
    yield ""
    if ended := [f"{command} over {dimension} {reason}" for (dimension, command), line in lines.items() for reason in line.ended]:
        yield from (f"Ended: {'; '.join(ended)}.", "")
    yield from measured_rows(lines, sizes(effort))
    if effort.save:
        PICTURE.write_text(plot.drawing(list(panels(lines))), encoding="utf-8")


def sizes(effort: Effort) -> list[int]:
    """Each is twice the one before."""
    largest, doublings = (QUICK_LARGEST, 2) if effort.quick else (LARGEST, 6)
    return [largest >> times for times in range(doublings, -1, -1)]


def recipe(dimension: str, size: int, effort: Effort) -> Recipe:
    amounts = dict(zip(AMOUNTS, QUICK_BASE if effort.quick else BASE))
    name = f"{dimension}-{size}"
    if dimension not in ("classes", "namespaces"):
        return generated(name, *(word for key, amount in {**amounts, dimension: size}.items() for word in (f"--{key}", str(amount))))
    pods = sizes(effort)[-1] if dimension == "classes" else amounts["pods"]
    return Recipe(name, HERE / "varied.py", (dimension, str(size), str(pods)))


def lengthened(lines: Lines, dimension: str, size: int, effort: Effort) -> None:
    """Adds a point to each line of the dimension that has not ended; what finds no answer ends it."""
    folder = prepared(recipe(dimension, size, effort))
    for command, case_of in COMMANDS.items():
        line = lines[dimension, command]
        if line.ended:
            continue
        case = case_of(folder)
        cost = best(case, effort)
        print(f"{dimension} {size:,}: {command} {cost.wall:.3f} s, {cost.peak:.0f} MB {cost.remark(case)}", file=sys.stderr)
        if remark := cost.remark(case):
            line.ended.append(f"{remark} after {cost.wall:.0f} s at {size:,}")
        else:
            line.points.append(Point(size, cost.wall, cost.peak))


def exponents(line: Line, story: Cost) -> str:
    """Of time and of memory, over the upper half of the sizes and above what the story takes."""
    upper = line.points[len(line.points) // 2:]
    time = exponent([(point.size, point.seconds - story.wall) for point in upper])
    memory = exponent([(point.size, point.megabytes - story.peak) for point in upper])
    return f"{time}, {memory}" + (" (ended)" if line.ended else "")


def exponent(pairs: list[tuple[int, float]]) -> str:
    known = [(log(size), log(value)) for size, value in pairs if value > 0]
    if len(known) < 2:
        return "–"
    return f"{linear_regression(*zip(*known)).slope:.2f}"


def measured_rows(lines: Lines, of_sizes: list[int]) -> Iterator[str]:
    yield from heading("what grows | to> | " + " | ".join(f"{command}>" for command in COMMANDS))
    for dimension in DIMENSIONS:
        for size in of_sizes:
            found = [next((point for point in lines[dimension, command].points if point.size == size), None) for command in COMMANDS]
            yield row((dimension, f"{size:,}", *(f"{point.seconds:.2f} s, {point.megabytes:.0f} MB" if point else "" for point in found)))


def panels(lines: Lines) -> Iterator[plot.Panel]:
    for dimension in DIMENSIONS:
        points = {command.replace("`", ""): lines[dimension, command].points for command in COMMANDS}
        yield plot.Panel(f"time over {dimension}", dimension, "s", {
            name: [(point.size, point.seconds) for point in found] for name, found in points.items()})
        yield plot.Panel(f"memory over {dimension}", dimension, "MB", {
            name: [(point.size, point.megabytes) for point in found] for name, found in points.items()})
