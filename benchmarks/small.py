"""What does a command cost when there is hardly anything to read?"""
import sys
from collections.abc import Iterator

from measure import HERE, PROGRAM, Case, Effort, best
from tables import heading, row

STORY = HERE.parent / "examples" / "gitlab"
OFFLINE = ["--offline", str(STORY / "before")]
NOTHING = Case("`python3 -c pass`", [sys.executable, "-c", "pass"])
EXPLAIN = Case("story: `explain`", [*PROGRAM, "explain", *OFFLINE])
ALLOWED = 0.150                     # seconds that the story's explain may take besides Python's start
CASES = (
    NOTHING, Case("`--help`", [*PROGRAM, "--help"]), EXPLAIN,
    Case("story: one question", [*PROGRAM, "explain", "svc/gitlab:ssh", "--from", "anywhere", *OFFLINE], (1,)),
    Case("story: `diff -f`", [*PROGRAM, "diff", "-f", str(STORY / "proposed.yaml"), *OFFLINE], (1,)),
)


def rows(effort: Effort) -> Iterator[str]:
    yield from heading("what | process s> | wall s> | peak MB> | limit | over")
    limit = 0.0
    for case in CASES:
        cost = best(case, effort)
        if case is NOTHING:
            limit = cost.wall + ALLOWED
        limited = case is EXPLAIN
        over = f"+{cost.wall - limit:.3f} s" if limited and cost.wall > limit else ""
        yield row((case.name, f"{cost.process:.3f}", f"{cost.wall:.3f}", f"{cost.peak:.0f}", f"{limit:.3f} s" if limited else "",
                   cost.remark(case) or over))
