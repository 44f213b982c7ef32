"""Who is asked, what is asked, and what does an answer do that comes too late?"""
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.live.applying import MEND, RIGHT, WEB, WRONG, Terminal, found, policy, ports_of, together
from tests.live.bed.bed import Bed

Started = Callable[..., Terminal]
DELETE = ("diff", "--delete", "netpol/web", "--apply")


@pytest.fixture
def started(bed: Bed, namespace: str, tmp_path: Path) -> Started:
    """The program at a terminal."""
    return lambda *words, **more: Terminal(bed, *words, namespace=namespace, state=tmp_path / "state", **more)


@pytest.mark.parametrize(("answer", "status", "ports"), [
    ("y\n", 0, [80, 22]), ("yes\n", 0, [80, 22]), (" Y \n", 0, [80, 22]),
    ("n\n", 1, [80, 10022]), ("\n", 1, [80, 10022]), ("yep\n", 1, [80, 10022]), ("\x04", 1, [80, 10022])])
def test_only_yes_is_yes(bed: Bed, namespace: str, started: Started, answer: str, status: int, ports: list[int]) -> None:
    bed.apply(together(WEB, WRONG), namespace)
    terminal = started(*MEND)
    before = terminal.until("[y/N]")
    assert "-    - port: 10022\n+    - port: 22\n" in before
    assert f'apply 1 change to namespace {namespace} of context "bed"? [y/N] ' in before
    assert ports_of(bed, namespace) == [80, 10022]              # nothing before the answer
    terminal.type(answer)
    assert (terminal.end(), ports_of(bed, namespace)) == (status, ports), terminal.text
    assert ("note: nothing was applied" in terminal.text) is bool(status)


def test_the_terminal_is_asked_where_stdin_is_a_file(bed: Bed, namespace: str, started: Started, tmp_path: Path) -> None:
    bed.apply(together(WEB, WRONG), namespace)
    manifests = tmp_path / "manifests.yaml"
    manifests.write_text(RIGHT, encoding="utf-8")
    terminal = started("diff", "-f", "-", "--apply", stdin=manifests)
    terminal.until("[y/N]")
    terminal.type("y\n")
    assert (terminal.end(), ports_of(bed, namespace)) == (0, [80, 22]), terminal.text


def test_the_question_names_every_namespace(bed: Bed, new_namespace: Callable[..., str], started: Started, tmp_path: Path) -> None:
    first, second = sorted([new_namespace(), new_namespace()])
    manifests = tmp_path / "manifests.yaml"
    manifests.write_text(together(policy("web", "web", namespace=second), policy("web", "web", namespace=first)), encoding="utf-8")
    terminal = started("diff", "-f", str(manifests), "-A", "--apply")
    assert f'apply 2 changes to namespaces {first} and {second} of context "bed"? [y/N]' in terminal.until("[y/N]")
    terminal.type("n\n")
    assert terminal.end() == 1


def test_guesses_are_told_before_the_question(bed: Bed, namespace: str, started: Started) -> None:
    bed.apply(WEB, namespace)
    terminal = started("suggest", "--apply")
    assert "note: guessed, so look at it: allow 80 and 10022 on svc/web from same-namespace" in terminal.until("[y/N]")
    terminal.type("y\n")
    assert (terminal.end(), ports_of(bed, namespace, "allow-from-same-namespace-to-web")) == (0, [80, 22]), terminal.text


def test_ctrl_c_at_the_question_writes_nothing(bed: Bed, namespace: str, started: Started) -> None:
    bed.apply(together(WEB, WRONG), namespace)
    terminal = started(*MEND)
    terminal.until("[y/N]")
    terminal.type("\x03")
    assert (terminal.end(), ports_of(bed, namespace)) == (130, [80, 10022])


# ---- the object changes between the question and the answer


OTHER = policy("web", "web", 443, 10022)
CHANGES: dict[str, Callable[[Bed, str], object]] = {
    "changed": lambda bed, namespace: bed.apply(OTHER, namespace),
    "touched": lambda bed, namespace: bed.run_kubectl("label", "netpol", "web", "a=b", "-n", namespace),
    "made again": lambda bed, namespace: bed.run_kubectl("replace", "--force", "-f", "-", "-n", namespace, input=OTHER),
}
WAYS = {"suggest": MEND, "file": ("diff", "-f", "-", "--apply"),
        "server-side": ("diff", "-f", "-", "--server-side", "--force-conflicts", "--apply")}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("way", WAYS)
def test_what_changed_meanwhile_is_shown_and_asked_again(
        bed: Bed, namespace: str, started: Started, tmp_path: Path, change: str, way: str) -> None:
    bed.apply(together(WEB, WRONG), namespace)
    manifests = tmp_path / "manifests.yaml"
    manifests.write_text(RIGHT, encoding="utf-8")
    terminal = started(*WAYS[way], stdin=manifests)
    terminal.until("[y/N]")
    CHANGES[change](bed, namespace)
    as_it_is = ports_of(bed, namespace)
    terminal.text = ""
    terminal.type("y\n")
    again = terminal.until("[y/N]")
    assert "note: since the difference was shown, netpol/web changed: nothing was applied" in again
    assert "-    - port: 10022\n+    - port: 22\n" in again
    assert ("port: 443" in again) is (change != "touched")
    assert ports_of(bed, namespace) == as_it_is
    terminal.type("n\n")
    assert (terminal.end(), ports_of(bed, namespace)) == (1, as_it_is)


def test_nothing_is_applied_where_only_the_last_of_several_changed(bed: Bed, namespace: str, started: Started) -> None:
    bed.apply(together(WEB, WRONG, policy("other", "web", 10022)), namespace)
    terminal = started("diff", "netpol/other", "netpol/web", "--apply")
    terminal.until("[y/N]")
    bed.apply(policy("web", "web", 443, 10022), namespace)
    terminal.text = ""
    terminal.type("y\n")
    assert "netpol/web changed: nothing was applied" in terminal.until("[y/N]")
    assert (ports_of(bed, namespace, "other"), ports_of(bed, namespace)) == ([10022], [443, 10022])
    terminal.type("y\n")
    assert (terminal.end(), ports_of(bed, namespace, "other"), ports_of(bed, namespace)) == (0, [22], [443, 22]), terminal.text


def test_what_was_made_meanwhile_is_not_overwritten(bed: Bed, namespace: str, started: Started) -> None:
    bed.apply(WEB, namespace)
    terminal = started("suggest", "svc/web", "--allow", "80", "--from", "anywhere", "--apply")
    terminal.until("[y/N]")
    bed.apply(policy("allow-from-anywhere-to-web", "web", 443), namespace)
    terminal.text = ""
    terminal.type("y\n")
    again = terminal.until("[y/N]")                             # under another name now
    assert "netpol/allow-from-anywhere-to-web changed: nothing was applied" in again
    terminal.type("y\n")
    assert terminal.end() == 0, terminal.text
    assert ports_of(bed, namespace, "allow-from-anywhere-to-web") == [443]
    assert ports_of(bed, namespace, "allow-from-anywhere-to-web-2") == [80]


def test_what_was_deleted_meanwhile_is_not_made_again(bed: Bed, namespace: str, started: Started) -> None:
    bed.apply(together(WEB, WRONG), namespace)
    terminal = started(*MEND)
    terminal.until("[y/N]")
    bed.run_kubectl("delete", "netpol", "web", "-n", namespace)
    terminal.type("y\n")
    assert (terminal.end(), found(bed, namespace)) == (2, None)
    assert "netpol/web changed: nothing was applied" in terminal.text
    assert 'netpol/web not found' in terminal.text


def test_a_changed_policy_is_not_deleted(bed: Bed, namespace: str, started: Started) -> None:
    bed.apply(together(WEB, WRONG), namespace)
    terminal = started(*DELETE)
    terminal.until("[y/N]")
    bed.apply(policy("web", "web", 443), namespace)
    terminal.text = ""
    terminal.type("y\n")
    assert "port: 443" in terminal.until("[y/N]")
    assert ports_of(bed, namespace) == [443]
    terminal.type("y\n")
    assert (terminal.end(), found(bed, namespace)) == (0, None)
