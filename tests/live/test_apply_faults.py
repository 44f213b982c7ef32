"""What is known, and said, where an apply ends early: at a cut connection, a refusal, somebody else's write, Ctrl-C, or a kill?"""
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.live.applying import MEND, WEB, WRONG, Terminal, policy, ports_of, service, together, workload
from tests.live.bed.bed import Bed, Ran
from tests.live.middle import Cut, Lost, Middle, Sent, middle

# In the order of the writes: web is changed, db is new, old is deleted.
BEFORE = together(
    WEB, policy("web", "web", 22, annotations={"kubectl-netpol/intent": "allow 10022 on svc/web from anywhere"}),
    policy("old", "web", 443), workload("db"), service("db", "80"))
WORDS = ("diff", "svc/web", "svc/db", "--allow", "80", "--from", "anywhere", "--isolate", "--apply")
DELETE = ("--delete", "netpol/old")
DB = "allow-from-anywhere-to-db"
NAMES = ("web", DB, "old")


def state_of(bed: Bed, namespace: str) -> list[bool]:
    """Which of the three writes are done."""
    web = ports_of(bed, namespace) or []
    return [80 in web, ports_of(bed, namespace, DB) == [80], ports_of(bed, namespace, "old") is None]


def run(bed: Bed, there: Middle, namespace: str, folder: Path, *words: str, input: str | None = None) -> Ran:
    env = {"XDG_STATE_HOME": str(folder / "state")}
    return bed.netpol(*words, kubeconfig=there.kubeconfig(folder, namespace), env=env, input=input)


def cut_at(number: int) -> Callable[[Sent], None]:
    def at(sent: Sent) -> None:
        if sent.number == number:
            raise Cut
    return at


def names(*which: str) -> str:
    return " and ".join(", ".join(f"netpol/{each}" for each in which).rsplit(", ", 1))


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("reaches", [False, True])
def test_a_cut_connection(bed: Bed, namespace: str, tmp_path: Path, number: int, reaches: bool) -> None:
    """Before the server has the request, or before its answer comes back."""
    bed.apply(BEFORE, namespace)
    at = cut_at(number)
    with middle(bed, **({"after": at} if reaches else {"before": at})) as there:
        ran = run(bed, there, namespace, tmp_path, *WORDS, *DELETE, "--yes")
    done, unsure, left = NAMES[:number - 1], NAMES[number - 1], NAMES[number:]
    assert ran.returncode == 2
    assert (f"note: written: {names(*done)}\n" in ran.stderr) is bool(done)
    assert f"note: written or not, that could not be read any more: netpol/{unsure}\n" in ran.stderr
    assert (f"note: not written: {names(*left)}\n" in ran.stderr) is bool(left)
    assert "note: the same command again writes the rest\n" in ran.stderr
    assert f"error: {there.url} (context \"middle\")" in ran.stderr
    assert state_of(bed, namespace) == [place < number - 1 + reaches for place in range(3)]
    assert "kubectl replace -f" in ran.stderr
    assert (f"kubectl delete netpol/{DB} -n {namespace}" in ran.stderr) is (number >= 2)
    assert ("kubectl create -f" in ran.stderr) is (number == 3)


def test_a_second_run_finishes_what_was_cut(bed: Bed, namespace: str, tmp_path: Path) -> None:
    bed.apply(BEFORE, namespace)
    with middle(bed, after=cut_at(2)) as there:
        run(bed, there, namespace, tmp_path, *WORDS, *DELETE, "--yes")
    assert state_of(bed, namespace) == [True, True, False]
    with middle(bed) as there:
        ran = run(bed, there, namespace, tmp_path, *WORDS, *DELETE, "--yes")
    assert (ran.returncode, state_of(bed, namespace)) == (0, [True, True, True]), ran.stderr
    assert [each.method for each in there.writes] == ["DELETE"]     # the others are as planned already


@pytest.mark.parametrize("reaches", [False, True])
def test_a_lost_answer_is_looked_for(bed: Bed, namespace: str, tmp_path: Path, reaches: bool) -> None:
    """The next connection is whole again: what became of the write can be read."""
    bed.apply(BEFORE, namespace)

    def lost(sent: Sent) -> None:
        if sent.number == 2:
            raise Lost

    with middle(bed, **({"after": lost} if reaches else {"before": lost})) as there:
        ran = run(bed, there, namespace, tmp_path, *WORDS, *DELETE, "--yes")
    assert (ran.returncode, state_of(bed, namespace)) == (2, [True, reaches, False])
    assert f"note: written: {names(*NAMES[:1 + reaches])}\n" in ran.stderr
    assert f"note: not written: {names(*NAMES[1 + reaches:])}\n" in ran.stderr
    assert "could not be read any more" not in ran.stderr


@pytest.mark.parametrize(("number", "which"), [*enumerate(NAMES, 1)])
def test_somebody_else_writes_on_the_way(bed: Bed, namespace: str, tmp_path: Path, number: int, which: str) -> None:
    """Between the last look at all objects and the write: the server itself refuses it."""
    bed.apply(BEFORE, namespace)

    def meanwhile(sent: Sent) -> None:
        if sent.number == number:
            bed.apply(policy(which, "web", 443, 8443), namespace)

    with middle(bed, before=meanwhile) as there:
        ran = run(bed, there, namespace, tmp_path, *WORDS, *DELETE, "--yes")
    assert (ran.returncode, ports_of(bed, namespace, which)) == (2, [443, 8443])
    said = "since the difference was shown" if number == 1 else "on the way"
    assert f"note: {said}, netpol/{which} changed" in ran.stderr
    assert f"error: netpol/{which} changed since the difference was shown" in ran.stderr
    assert len(re.findall("^--- ", ran.stdout, re.MULTILINE)) == 3 + 4 - number     # all of it, then what is left as it is now
    assert [each for each in NAMES[:number - 1] if f"netpol/{each} " not in ran.stderr] == []


def test_somebody_else_writes_what_a_file_changes(bed: Bed, namespace: str, tmp_path: Path) -> None:
    bed.apply(together(WEB, WRONG), namespace)

    def meanwhile(sent: Sent) -> None:
        if sent.number == 1:
            bed.apply(policy("web", "web", 443, 8443), namespace)

    with middle(bed, before=meanwhile) as there:
        ran = run(bed, there, namespace, tmp_path, "diff", "-f", "-", "--apply", "--yes", input=policy("web", "web", 80, 22))
    assert (ran.returncode, ports_of(bed, namespace)) == (2, [443, 8443]), ran.stderr
    assert "netpol/web changed: nothing was applied" in ran.stderr


def test_somebody_else_makes_what_a_file_makes(bed: Bed, namespace: str, tmp_path: Path) -> None:
    bed.apply(WEB, namespace)

    def meanwhile(sent: Sent) -> None:
        if sent.number == 1:
            bed.apply(policy("web", "web", 443, 8443), namespace)

    with middle(bed, before=meanwhile) as there:
        ran = run(bed, there, namespace, tmp_path, "diff", "-f", "-", "--apply", "--yes", "--isolate", input=policy("web", "web", 80, 22))
    assert (ran.returncode, ports_of(bed, namespace)) == (2, [443, 8443]), ran.stderr
    assert "netpol/web changed: nothing was applied" in ran.stderr


def test_what_changed_before_the_question_is_not_asked(bed: Bed, namespace: str, tmp_path: Path) -> None:
    """Between the difference and the look at the objects, which begins with what kinds there are."""
    bed.apply(together(WEB, WRONG), namespace)

    def meanwhile(path: str) -> None:
        if path == "/apis/networking.k8s.io/v1":
            bed.apply(policy("web", "web", 443, 10022), namespace)

    with middle(bed, before_read=meanwhile) as there:
        ran = run(bed, there, namespace, tmp_path, *MEND, "--yes")
    assert (ran.returncode, ports_of(bed, namespace), there.writes) == (2, [443, 10022], []), ran.stderr
    assert "note: since the difference was shown, netpol/web changed: nothing was applied" in ran.stderr
    assert ran.stdout.count("  SERVICE ") == 2 and "port: 443" in ran.stdout


def test_what_changed_before_the_trial_is_not_asked(bed: Bed, namespace: str, tmp_path: Path) -> None:
    bed.apply(together(WEB, WRONG), namespace)
    trials: list[str] = []

    def meanwhile(path: str) -> None:
        trials.append(path)
        if len(trials) == 1:
            bed.apply(policy("web", "web", 443, 10022), namespace)

    with middle(bed, before_trial=meanwhile) as there:
        ran = run(bed, there, namespace, tmp_path, *MEND, "--yes")
    assert (ran.returncode, ports_of(bed, namespace), there.writes) == (2, [443, 10022], []), ran.stderr
    assert "note: since the difference was shown, netpol/web changed: nothing was applied" in ran.stderr


# ---- afterwards it is not as shown


def test_an_object_that_is_not_as_shown_afterwards(bed: Bed, namespace: str, tmp_path: Path) -> None:
    bed.apply(together(WEB, WRONG), namespace)
    with middle(bed, after=lambda sent: bed.apply(policy("web", "web", 443, 22), namespace)) as there:
        ran = run(bed, there, namespace, tmp_path, *MEND, "--yes")
    assert ran.returncode == 2
    assert f"warning: read again, ns/{namespace}:netpol/web is not as shown\n" in ran.stderr
    assert "the cluster is as shown" not in ran.stderr


def test_a_verdict_that_is_not_as_shown_afterwards(bed: Bed, namespace: str, tmp_path: Path) -> None:
    """Another policy has come, and all that was written is as planned."""
    bed.apply(together(WEB, WRONG), namespace)
    with middle(bed, after=lambda sent: bed.apply(policy("more", "web", 10022, 22, 80) + "---\n" + workload("x"), namespace)) as there:
        ran = run(bed, there, namespace, tmp_path, "diff", "--delete", "netpol/web", "--apply", "--yes")
    assert ran.returncode == 0, ran.stderr
    assert f"warning: read again, ns/{namespace}:deploy/web is isolated for ingress, and that was not shown\n" in ran.stderr
    with middle(bed, after=lambda sent: bed.apply(policy("more", "web", 22), namespace)) as there:
        ran = run(bed, there, namespace, tmp_path, "suggest", "svc/web", "--allow", "10022", "--from", "same-namespace", "--apply", "--yes")
    assert ran.returncode == 0, ran.stderr
    assert f"warning: read again, anywhere → ns/{namespace}:svc/web p80 80 is denied, and allowed was shown\n" in ran.stderr


# ---- Ctrl-C, and a kill


class AtWrite:
    """Sends a signal to the program when a write has reached the server, or is about to."""

    def __init__(self, number: int, sent_signal: signal.Signals) -> None:
        self.number, self.signal = number, sent_signal
        self.terminal: Terminal | None = None

    def __call__(self, sent: Sent) -> None:
        if sent.number == self.number and self.terminal:
            self.terminal.process.send_signal(self.signal)


@pytest.mark.parametrize(("number", "sent_signal", "status"), [
    (1, signal.SIGINT, 130), (2, signal.SIGINT, 130), (3, signal.SIGINT, 130), (1, signal.SIGKILL, -9), (2, signal.SIGKILL, -9)])
def test_an_apply_that_is_ended_from_outside(
        bed: Bed, namespace: str, tmp_path: Path, number: int, sent_signal: signal.Signals, status: int) -> None:
    bed.apply(BEFORE, namespace)
    at = AtWrite(number, sent_signal)
    with middle(bed, after=at) as there:
        config = there.kubeconfig(tmp_path, namespace)
        terminal = Terminal(bed, *WORDS, *DELETE, namespace=namespace, state=tmp_path / "state", KUBECONFIG=config)
        terminal.until("[y/N]")
        at.terminal = terminal
        terminal.type("y\n")
        assert terminal.end() == status, terminal.text
    done = state_of(bed, namespace)
    assert done[:number] == [True] * number and len(there.writes) <= number + (sent_signal is signal.SIGINT)
    (kept,) = re.findall(r"kept in (\S+-deleted.yaml|\S+.yaml), \S+\n", terminal.text)
    assert Path(kept).exists()                                  # said before the first write
    if sent_signal is signal.SIGINT:
        said = re.search(r"note: written: (.+)\n", terminal.text)
        assert said and [f"netpol/{each}" in said[1] for each in NAMES] == done
        assert "note: to undo:\n" in terminal.text and "Traceback" not in terminal.text
    with middle(bed) as there:
        ran = run(bed, there, namespace, tmp_path, *WORDS, *(() if done[2] else DELETE), "--yes")
    assert (ran.returncode, state_of(bed, namespace)) == (0, [True, True, True]), ran.stderr


def test_ctrl_c_reaches_kubectl_too(bed: Bed, namespace: str, tmp_path: Path) -> None:
    """Typed at the terminal it ends the kubectl that writes what stands in a file."""
    bed.apply(together(WEB, policy("a", "web", 10022), policy("b", "web", 10022)), namespace)
    manifests = tmp_path / "manifests.yaml"
    manifests.write_text(together(policy("a", "web", 22), policy("b", "web", 22)), encoding="utf-8")
    typing: list[Terminal] = []

    def interrupt(sent: Sent) -> None:
        for each in typing:
            each.type("\x03")
            time.sleep(0.5)

    with middle(bed, after=interrupt) as there:
        terminal = Terminal(bed, "diff", "-f", str(manifests), "--apply", namespace=namespace, state=tmp_path / "state",
                            KUBECONFIG=there.kubeconfig(tmp_path, namespace))
        terminal.until("[y/N]")
        typing.append(terminal)
        terminal.type("y\n")
        assert terminal.end() == 130, terminal.text
    assert (ports_of(bed, namespace, "a"), ports_of(bed, namespace, "b")) == ([22], [10022])
    assert "note: written: netpol/a\nnote: not written: netpol/b\n" in terminal.text
    assert "note: to undo:\n  kubectl replace -f " in terminal.text
