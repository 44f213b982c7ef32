"""Does README.md show what the program really prints, and do its links lead somewhere?

    python -m tests.test_readme --rewrite       writes the program's output into README.md

In a ```console block each line after "$ " is a command, kubectl netpol … or echo $?, and the lines up to the next one are its output.
"""
import os
import re
import shlex
import sys
from pathlib import Path

import pytest

from tests.program import run

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
BLOCK = re.compile(r"(?<=^```console\n).*?(?=^```$)", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")
PROSE = sorted({*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("benchmarks/*.md")})


def replayed(block: str) -> str:
    """The block as it must be: its commands, each with the output that it has now."""
    lines, status = [], 0
    for line in block.splitlines():
        if line.startswith("$ "):
            output, status = answer(line.removeprefix("$ "), status)
            lines += [line, *output.splitlines()]
    return "".join(line + "\n" for line in lines)


def answer(command: str, status: int) -> tuple[str, int]:
    if command == "echo $?":
        return f"{status}\n", 0
    words = shlex.split(command, comments=True)
    if words[:2] == ["kubectl", "netpol"]:
        words = ["kubectl-netpol", *words[2:]]
    if words[0] != "kubectl-netpol":
        raise ValueError(f"not a command of ours: {command}")
    status, stdout, stderr = run(words[1:])
    return stdout + stderr, status


@pytest.mark.parametrize("block", BLOCK.findall(README.read_text(encoding="utf-8")), ids=lambda block: block.partition("\n")[0])
def test_readme_shows_what_the_program_prints(block: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert block == replayed(block), "if the program is right: python -m tests.test_readme --rewrite"


@pytest.mark.parametrize("page", PROSE, ids=lambda page: page.name)
def test_links_lead_to_files(page: Path) -> None:
    targets = LINK.findall(page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


def rewrite() -> None:
    os.chdir(ROOT)
    text = README.read_text(encoding="utf-8")
    README.write_text(BLOCK.sub(lambda block: replayed(block.group()), text), encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:] != ["--rewrite"]:
        sys.exit(__doc__)
    rewrite()
