"""How many times what only reading takes do the commands take?"""
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from math import inf
from pathlib import Path
from typing import NamedTuple

import cases
from clusters import generated, mixed, prepared
from measure import HERE, Case, Cost, Effort, best, measured
from small import NOTHING
from tables import heading, row

YAML_FLOOR = "floor: PyYAML's CSafeLoader"
YAML_EXPLAIN = "`explain -A` of YAML"
PRINTING = "floor: printing"
LOADING = """
import sys, yaml
for path in sys.argv[1:]:
    with open(path, "rb") as file:
        for document in yaml.load_all(file, yaml.CSafeLoader):
            pass
"""


class Limit(NamedTuple):
    of: str                         # the case beside which it is held
    times: float
    peak: float = inf               # times
    more: float = 0.0               # seconds
    printing: bool = False          # what printing takes is allowed besides

    def words(self) -> str:
        beside = "" if self.of.startswith("floor") else f" {self.of}"
        more = (f" + {self.more * 1000:.0f} ms" if self.more else "") + (" + printing" if self.printing else "")
        return f"{self.times} ×{beside}{more}" + ("" if self.peak == inf else f", {self.peak} × MB")

    def over(self, cost: Cost, costs: dict[str, Cost]) -> str:
        base = costs[self.of]
        printing = max(0.0, costs[PRINTING].wall - costs[NOTHING.name].wall) if self.printing else 0.0
        parts = {"time": cost.wall / (self.times * base.wall + self.more + printing), "MB": cost.peak / (self.peak * base.peak)}
        return ", ".join(f"{name} +{100 * part - 100:.0f} %" for name, part in parts.items() if part > 1)


LIMITS = {
    cases.EXPLAIN: Limit(cases.FLOOR, 2.2, peak=1.5),
    cases.TEXT: Limit(cases.FLOOR, 2.2, peak=1.5, printing=True),
    cases.BY_WORKLOAD: Limit(cases.FLOOR, 3),
    cases.QUESTION: Limit(cases.FLOOR, 1.1, more=0.060),
    cases.DIFF: Limit(cases.EXPLAIN, 1.3),
    cases.SUGGEST: Limit(cases.EXPLAIN, 1.3),
    YAML_EXPLAIN: Limit(YAML_FLOOR, 1.4),
}


def rows(effort: Effort) -> Iterator[str]:
    yield from heading("cluster | what | process s> | wall s> | peak MB> | × time> | × MB> | limit | over")
    nothing = best(NOTHING, effort)
    for pods in (300,) if effort.quick else (2_000, 20_000, 100_000):
        yield from compared(f"{pods:,} pods", listed(prepared(mixed(pods))), nothing, effort)
    for namespaces in (100,) if effort.quick else (5_000, 25_000):
        recipe = generated(f"antrea-{namespaces}", "--profile", "antrea", "--namespaces", str(namespaces))
        yield from compared(f"antrea, {namespaces:,} namespaces", listed(prepared(recipe)), nothing, effort)
    pods = 200 if effort.quick else 10_000
    worst = prepared(generated(f"worst-{pods}", "--profile", "worst", "--pods", str(pods)))
    yield from compared(f"worst, {pods:,} pods", listed(worst), nothing, effort)
    pods = 100 if effort.quick else 2_000
    manifests = prepared(generated(f"yaml-{pods}", "--pods", str(pods), "--format", "yaml"))
    yield from compared(f"YAML, {pods:,} pods", of_yaml(manifests), nothing, effort)


def listed(folder: Path) -> Iterator[Case]:
    """The cases of a cluster as kubectl prints it; the floors are before what is held beside them. The first one finds the files in
    memory, as all others do."""
    measured(cases.floor(folder).argv, timeout=600)
    yield cases.floor(folder)
    yield cases.explain(folder)
    with tempfile.NamedTemporaryFile() as printed:
        subprocess.run(cases.text(folder).argv, stdout=printed, stderr=subprocess.DEVNULL, cwd=HERE.parent)
        yield Case(PRINTING, [sys.executable, str(HERE / "printing.py"), printed.name])
    for case in (cases.text, cases.by_workload, cases.one_question, cases.diff, cases.suggest):
        yield case(folder)


def of_yaml(folder: Path) -> Iterator[Case]:
    yield Case(YAML_FLOOR, [sys.executable, "-c", LOADING, *map(str, sorted((folder / "cluster").iterdir()))])
    yield cases.explain(folder)._replace(name=YAML_EXPLAIN)


def compared(cluster: str, every: Iterator[Case], nothing: Cost, effort: Effort) -> Iterator[str]:
    """A row for each case; the first one is the floor."""
    costs, floor = {NOTHING.name: nothing}, None
    for case in every:
        cost = costs[case.name] = best(case, effort)
        floor = floor or cost
        limit, remark = LIMITS.get(case.name), cost.remark(case)
        times = ("", "") if remark or not limit else (f"{cost.wall / floor.wall:.2f}", f"{cost.peak / floor.peak:.2f}")
        over = remark or (limit.over(cost, costs) if limit else "")
        yield row((cluster, case.name, f"{cost.process:.3f}", f"{cost.wall:.3f}", f"{cost.peak:.0f}", *times,
                   limit.words() if limit else "", over and f"**{over}**"))
