"""Does each command say what a user needs to hear? Folders of tests/cases/commands, with claims by hand.

    python -m tests.test_cases --rewrite [SLUG…]        writes what the program prints into expected*.txt

Beside its manifests a folder holds case*.yaml, and for each its expected*.txt: stdout, a line "--- stderr", stderr.

    question: one sentence
    argv: [explain, svc/web, --offline, cluster.yaml]
    stdin: text, or
    piped: [the argv of a command whose stdout is stdin]
    columns: 120
    status: 0
    claims: [texts that must be in stdout or stderr, whatever is between their words]
    absent: [texts that must not be]

The claims are what Kubernetes demands: --rewrite never touches them.
"""
import os
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.program import Ran, run

CASES = Path(__file__).resolve().parent / "cases" / "commands"
PATHS = sorted(CASES.glob("*/case*.yaml"))
KEYS = {"question", "argv", "stdin", "piped", "columns", "status", "claims", "absent"}


def case_of(path: Path) -> dict[str, Any]:
    case = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert set(case) <= KEYS and {"question", "argv", "status", "claims"} <= set(case), f"{path}: {sorted(case)}"
    return case


def answer(case: dict[str, Any]) -> Ran:
    """What the program says, in the folder of the case."""
    stdin = run(words(case["piped"])).stdout if "piped" in case else case.get("stdin", "")
    return run(words(case["argv"]), stdin, COLUMNS=str(case.get("columns", 120)))


def words(argv: list[Any]) -> list[str]:
    return [str(word) for word in argv]


def text_of(ran: Ran) -> str:
    return f"{ran.stdout}--- stderr\n{ran.stderr}"


def expected(path: Path) -> Path:
    return path.with_name(path.name.replace("case", "expected", 1)).with_suffix(".txt")


def plain(text: str) -> str:
    """Columns and line ends are a matter of the whole text, not of the claims."""
    return " ".join(text.split())


@pytest.mark.parametrize("path", PATHS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_answer_holds_what_is_claimed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)
    case = case_of(path)
    ran = answer(case)
    said = plain(text_of(ran))
    assert ran.status == case["status"], said
    assert [claim for claim in case["claims"] if plain(str(claim)) not in said] == [], said
    assert [text for text in case.get("absent", []) if plain(str(text)) in said] == [], said


@pytest.mark.parametrize("path", PATHS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_whole_text_is_as_expected(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)
    text = text_of(answer(case_of(path)))
    assert text == expected(path).read_text(encoding="utf-8"), "if the program is right: python -m tests.test_cases --rewrite"


def test_every_expected_text_has_its_case() -> None:
    assert sorted(CASES.glob("*/expected*.txt")) == sorted(map(expected, PATHS))


def rewrite(slugs: list[str]) -> None:
    for path in PATHS:
        if slugs and path.parent.name not in slugs:
            continue
        os.chdir(path.parent)
        text = text_of(answer(case_of(path)))
        expected(path).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:2] != ["--rewrite"]:
        sys.exit(__doc__)
    rewrite(sys.argv[2:])
