"""Is an answer that is about very much still short, and does it say that it is?"""
import errno
import io
import sys
from pathlib import Path

import pytest

from kubectl_netpol.__main__ import main
from tests.e2e_cases import A, Document, netpol, pod, pod_is, service
from tests.program import as_list, asked, run

STORY = Path(__file__).resolve().parent.parent / "examples" / "gitlab" / "before"
WEB = [pod("x/a", "pod=a"), service("x/web", "pod=a", {"port": 80})]


def alike(number: int) -> list[Document]:
    return sorted((netpol("x", A, "I", ingress=[{"from": [pod_is(A)]}]) for _ in range(number)), key=lambda each: each["metadata"]["name"])


def text(documents: list[Document], *argv: str) -> str:
    return run([*argv, "--offline", "-"], as_list(documents)).stdout


def test_of_very_many_policies_that_say_the_same_the_first_are_named_and_the_others_counted() -> None:
    policies = alike(120)
    (access,) = asked([*WEB, *policies], "explain")["services"][0]["ports"][0]["access"]
    assert [policy["name"] for policy in access["policies"]] == [policy["metadata"]["name"] for policy in policies[:100]]
    assert access["more"] == 20
    said = text([*WEB, *policies], "explain", "--no-headers")
    assert "and 110 more" in said and said.count("netpol/p") == 10
    assert "and 20 more" in text([*WEB, *policies], "explain", "-o", "wide")


def test_a_hundred_are_all_of_them() -> None:
    (access,) = asked([*WEB, *alike(100)], "explain")["services"][0]["ports"][0]["access"]
    assert len(access["policies"]) == 100 and "more" not in access


def test_of_very_many_policies_that_isolate_too() -> None:
    closed = [netpol("x", A, "I", ingress=[]) for _ in range(103)]
    (access,) = asked([*WEB, *closed], "explain")["services"][0]["ports"][0]["access"]
    assert (access["verdict"], len(access["policies"]), access["more"]) == ("denied", 100, 3)


def test_eleven_are_named_as_that_is_no_longer() -> None:
    assert "more" not in text([*WEB, *alike(11)], "explain")
    assert "and 2 more" in text([*WEB, *alike(12)], "explain")


class Full(io.TextIOWrapper):
    """What has no space left."""

    def write(self, text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_an_answer_that_finds_no_space_is_told_to_be_cut(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdout", Full(io.BytesIO()))
    assert main(["explain", "--offline", str(STORY)]) == 2
    assert capsys.readouterr().err == "error: the answer cannot be written whole: no space is left where it goes\n"
