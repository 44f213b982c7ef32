"""How many times what a friendly cluster of the same size takes does an unfriendly one take?"""
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import cases
from clusters import Recipe, mixed, prepared, size_of
from measure import HERE, Case, Effort, best
from tables import heading, row

LIMIT = 3.0                         # times
NEAR = 0.1                          # bytes may differ so much
BACKGROUND, QUICK_BACKGROUND = 400, 100     # pods of each unfriendly cluster that are as everywhere


class Shape(NamedTuple):
    name: str                       # of unfriendly.py
    words: str
    size: int
    quick: int


SHAPES = (
    Shape("own-classes", "{:,} pods of StatefulSets, each with labels of its own that Services and policies name", 5_000, 200),
    Shape("same-pods", "{:,} Services for the same 10 pods", 10_000, 200),
    Shape("one-namespace", "{:,} pods in one namespace", 20_000, 400),
    Shape("blocks-of-a-policy", "{:,} ipBlocks in a policy", 5_000, 500),
    Shape("named-peers", "{:,} named peers in a policy, each in a namespace of its own", 1_000, 50),
    Shape("blocks-of-policies", "{:,} policies of 100 random ipBlocks", 1_000, 50),
    Shape("expressions", "{:,} pods, selected by matchExpressions only", 5_000, 200),
    Shape("ingress-rules", "an Ingress of {:,} rules", 5_000, 200),
    Shape("selectorless", "{:,} Services without selector, their EndpointSlices by hand", 2_000, 100),
    Shape("many-ports", "{:,} ports in a policy", 1_000, 200),
    Shape("one-workload", "{:,} pods of one StatefulSet", 5_000, 200),
)


def rows(effort: Effort) -> Iterator[str]:
    yield from heading("cluster | MB read> | `explain -A` s> | MB> | friendly s> | MB> | × time> | over"
                       " | `--by workload` s> | friendly s> | × time> | question s> | friendly s> | × time>")
    for shape in SHAPES:
        size, background = (shape.quick, QUICK_BACKGROUND) if effort.quick else (shape.size, BACKGROUND)
        folder = prepared(Recipe(f"{shape.name}-{size}", HERE / "unfriendly.py", (shape.name, str(size), str(background))))
        friendly = friendly_of(size_of(folder))
        whole = compared(cases.explain, folder, friendly, effort)
        yield row((shape.words.format(size), f"{size_of(folder) / 1e6:.0f}", *whole.cells(peaks=True), whole.over(),
                   *compared(cases.by_workload, folder, friendly, effort).cells(),
                   *compared(cases.one_question, folder, friendly, effort).cells()))


def friendly_of(size: int) -> Path:
    """The folder of a mixed cluster of about so many bytes, whose pods are guessed from those of the one before."""
    pods = 100
    for _ in range(6):
        folder = prepared(mixed(pods))
        part = size / size_of(folder)
        if abs(part - 1) <= NEAR:
            return folder
        pods = rounded(pods * part)
    raise SystemExit(f"error: no mixed cluster has about {size:,} bytes")


def rounded(pods: float) -> int:
    """To two digits, so that clusters of about the same size are compared with the same one."""
    return max(10, int(float(f"{pods:.1e}")))


class Compared(NamedTuple):
    unfriendly: tuple[float, float]     # seconds and MB
    friendly: tuple[float, float]
    remark: str                         # why there is no answer

    def times(self) -> float:
        return self.unfriendly[0] / self.friendly[0]

    def cells(self, *, peaks: bool = False) -> Iterator[str]:
        for seconds, megabytes in (self.unfriendly, self.friendly):
            yield f"{seconds:.2f}"
            if peaks:
                yield f"{megabytes:.0f}"
        yield self.remark or f"{self.times():.1f}"

    def over(self) -> str:
        if self.remark:
            return "**no answer**"
        return f"**over {LIMIT:g}**" if self.times() > LIMIT else ""


def compared(case_of: Callable[[Path], Case], unfriendly: Path, friendly: Path, effort: Effort) -> Compared:
    case, usual = case_of(unfriendly), case_of(friendly)
    cost, beside = best(case, effort), best(usual, effort)
    return Compared((cost.wall, cost.peak), (beside.wall, beside.peak), cost.remark(case) or beside.remark(usual))
