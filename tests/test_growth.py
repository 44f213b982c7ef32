"""Does the work grow in step with the cluster? Calls are counted, not time, so that every machine says the same."""
import json
import subprocess
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from kubectl_netpol import aside
from tests.program import run

GENERATE = Path(__file__).resolve().parent.parent / "benchmarks" / "scale" / "generate.py"
AMOUNTS = {"pods": 300, "policies": 75, "services": 38, "namespaces": 6}
TIMES, SLACK = 8, 1.25                                          # made-up clusters differ in more than their size
COMMANDS = ("explain -A", "explain -A -o json", "explain --by workload -A", "explain --by workload -A -o json", "diff -f {policy}",
            "diff -f {policy} --by workload", "suggest -A", "explain -A --from outside")


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The calls of another process would not be counted."""
    monkeypatch.setattr(aside, "can_fork", lambda: False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("growth")


def cluster(folder: Path, grown: tuple[str, ...], **fixed: int) -> Path:
    """A made-up one, of which some amounts are larger than usual."""
    made = folder / "-".join(("cluster", *grown, *(f"{name}={number}" for name, number in fixed.items())))
    if not made.exists():
        amounts = {name: fixed.get(name, amount) * (TIMES if name in grown else 1) for name, amount in AMOUNTS.items()}
        numbers = [text for name, amount in amounts.items() for text in (f"--{name}", str(amount))]
        subprocess.run([sys.executable, str(GENERATE), *numbers, "--out", str(made)], check=True, stdout=subprocess.DEVNULL)
    return made


def calls(command: str, made: Path) -> int:
    """How many functions are called, those of C too."""
    policy, number = made.with_name("policy.json"), 0
    if not policy.exists():
        first = json.loads((made / "networkpolicies.json").read_text(encoding="utf-8"))["items"][0]
        policy.write_text(json.dumps({**first, "metadata": {**first["metadata"], "name": "one-more"}}), encoding="utf-8")
    argv = [*command.format(policy=policy).split(), "--offline", str(made)]

    def count(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal number
        number += event in ("call", "c_call")
    assert run(argv).status < 2                                 # what is imported and compiled once is not counted
    sys.setprofile(count)
    try:
        run(argv)
    finally:
        sys.setprofile(None)
    return number


@pytest.mark.parametrize("command", COMMANDS)
def test_calls_grow_no_faster_than_the_cluster(folder: Path, command: str) -> None:
    assert calls(command, cluster(folder, tuple(AMOUNTS))) < SLACK * TIMES * calls(command, cluster(folder, ()))


@pytest.mark.parametrize("amount", ["pods", "policies", "services", "namespaces"])
@pytest.mark.parametrize("command", ["explain -A -o json", "explain --by workload -A", "diff -f {policy}"])
def test_calls_grow_no_faster_than_one_amount_alone(folder: Path, amount: str, command: str) -> None:
    fixed = {"pods": 4 * AMOUNTS["namespaces"] * TIMES} if amount == "namespaces" else {}       # of which each needs two pods
    assert calls(command, cluster(folder, (amount,), **fixed)) < TIMES * calls(command, cluster(folder, (), **fixed))


GROWN = ("pods", "policies", "services")


def test_calls_grow_as_the_answer_does_in_a_single_namespace(folder: Path) -> None:
    """There each policy admits to each Service, so that the answer itself grows with both."""
    small, large = cluster(folder, (), namespaces=2), cluster(folder, GROWN, namespaces=2)
    answers = [len(run(["explain", "-A", "-o", "json", "--offline", str(made)]).stdout) for made in (small, large)]
    assert calls("explain -A -o json", large) * answers[0] < 2 * calls("explain -A -o json", small) * answers[1]


def test_calls_of_a_diff_without_differences_grow_little_faster_than_a_single_namespace(folder: Path) -> None:
    """Behind each Service there are the more classes, the more policies there are."""
    small, large = cluster(folder, (), namespaces=2), cluster(folder, GROWN, namespaces=2)
    assert calls("diff -f {policy}", large) < 2.5 * TIMES * calls("diff -f {policy}", small)
