"""Which commands are measured on a cluster?"""
import json
import sys
from pathlib import Path

from clusters import SCALE
from measure import PROGRAM, Case

FLOOR, EXPLAIN, TEXT, BY_WORKLOAD = "floor: only reading", "`explain -A`", "`explain -A`, text", "`explain --by workload -A`"
QUESTION, DIFF, SUGGEST = "one question", "`diff -f` one policy", "`suggest ns/NAME`"
JSON = ("-o", "json")
ANSWERS = (0, 1, 3)                 # which one depends on the cluster


def floor(folder: Path) -> Case:
    return Case(FLOOR, [sys.executable, str(SCALE / "floor.py"), str(folder / "cluster")])


def explain(folder: Path) -> Case:
    return Case(EXPLAIN, [*PROGRAM, "explain", "-A", *JSON, *offline(folder)])


def text(folder: Path) -> Case:
    return Case(TEXT, [*PROGRAM, "explain", "-A", *offline(folder)])


def by_workload(folder: Path) -> Case:
    return Case(BY_WORKLOAD, [*PROGRAM, "explain", "--by", "workload", "-A", *JSON, *offline(folder)])


def one_question(folder: Path) -> Case:
    return Case(QUESTION, [*PROGRAM, "explain", *question(folder), *JSON, *offline(folder)], ANSWERS)


def diff(folder: Path) -> Case:
    return Case(DIFF, [*PROGRAM, "diff", "-f", str(folder / "policy.yaml"), *JSON, *offline(folder)], (0, 1))


def suggest(folder: Path) -> Case:
    return Case(SUGGEST, [*PROGRAM, "suggest", f"ns/{question(folder)[-1]}", *JSON, *offline(folder)], ANSWERS)


def offline(folder: Path) -> tuple[str, str]:
    return "--offline", str(folder / "cluster")


def question(folder: Path) -> list[str]:
    words: list[str] = json.loads((folder / "question.json").read_text(encoding="utf-8"))
    return words
