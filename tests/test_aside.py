"""Is what another process works out meanwhile the same as if this one had done it, whatever happens to the other?"""
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kubectl_netpol import aside as module
from kubectl_netpol.aside import aside
from tests.e2e_cases import netpol

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing is worked out aside")


@pytest.fixture
def _two_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the machine has."""
    monkeypatch.setattr(module, "can_fork", lambda: True)


def asked(make: Callable[[], int], *, is_long: bool = True) -> int:
    with aside(make, int, is_long=is_long) as later:
        return later()


@pytest.mark.usefixtures("_two_processors")
def test_what_is_long_is_done_by_another_process() -> None:
    assert asked(os.getpid) != os.getpid()
    assert asked(os.getpid, is_long=False) == os.getpid()


@pytest.mark.usefixtures("_two_processors")
def test_an_error_is_that_of_this_process() -> None:
    with pytest.raises(ZeroDivisionError):
        asked(lambda: 1 // 0)


@pytest.mark.usefixtures("_two_processors")
def test_what_a_killed_process_owes_is_done_here() -> None:
    here = os.getpid()

    def number() -> int:
        if os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return 7
    assert asked(number) == 7


@pytest.mark.usefixtures("_two_processors")
def test_where_no_process_can_be_had_it_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> int:
        raise BlockingIOError
    monkeypatch.setattr(os, "fork", refused)
    assert asked(os.getpid) == os.getpid()


@pytest.mark.usefixtures("_two_processors")
def test_who_ignores_the_end_of_processes_is_told_too(monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        assert asked(os.getpid) != os.getpid()
    finally:
        signal.signal(signal.SIGCHLD, before)


@pytest.mark.usefixtures("_two_processors")
def test_what_nobody_asks_for_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    fork, made = os.fork, list[int]()

    def noted() -> int:
        made.append(fork())
        return made[-1]
    monkeypatch.setattr(os, "fork", noted)
    with pytest.raises(KeyError), aside(signal.pause, None, is_long=True):
        raise KeyError
    with pytest.raises(ProcessLookupError):
        os.kill(made[0], 0)


def test_nobody_waits_for_it_at_the_other_end_of_a_pipe() -> None:
    """As in kubectl netpol explain | head: the pipe ends with this process."""
    code = ("import os, time; from kubectl_netpol import aside; aside.can_fork = lambda: True\n"
            "with aside.aside(lambda: time.sleep(60), None, is_long=True): os._exit(0)")
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=30).returncode == 0


# ---- large files of Pods


def pod(number: int, **metadata: Any) -> dict[str, Any]:
    """Some 90 kilobytes, most of which nobody reads."""
    return {"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": f"web-{number}", "namespace": "shop", "labels": {"app": f"web-{number % 3}"}, **metadata},
            "spec": {"containers": [{"name": "web", "env": ["x" * 90_000]}]},
            "status": {"podIPs": [{"ip": f"10.0.{number // 200}.{number % 200}"}]}}


def told(path: Path, processors: int) -> tuple[int, str, str]:
    """What the program says of what is beside a file."""
    def alone() -> None:
        os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[:processors]))
    argv = [sys.executable, "-m", "kubectl_netpol", "explain", "pods", "-A", "-o", "json", "--offline", str(path.parent)]
    ran = subprocess.run(argv, capture_output=True, text=True, preexec_fn=alone, check=False)
    return ran.returncode, ran.stdout, ran.stderr


PODS = [pod(number) for number in range(240)]
OWNED = [pod(number, ownerReferences=[{"apiVersion": "v1", "kind": "Node", "name": f"n{each}"} for each in range(2_000)])
         for number in range(240)]                              # without indentation these look like the border of two Pods
SERVICE = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "shop"}, "spec": {"ports": [{"port": 80}]}}


@pytest.mark.parametrize(("items", "tail", "status"), [
    (PODS, "", 0),
    (OWNED, "", 0),
    ([*PODS, SERVICE], "", 0),
    ([*PODS[:230], SERVICE, *PODS[230:]], "", 0),
    ([*PODS, pod(240, labels={"app": "not a label"})], "", 2),
    ([*PODS, {**pod(7), "status": {}}], "", 2),                 # there is another one of this name, in the first half
    (PODS, "]", 2),
], ids=["pods", "owned", "another kind at the end", "another kind within", "unsound", "twice", "broken"])
@pytest.mark.parametrize("indent", [4, None])
def test_two_processes_read_what_one_reads(tmp_path: Path, items: list[dict[str, Any]], tail: str, status: int, indent: int | None) -> None:
    path = tmp_path / "pods.json"
    path.write_text(json.dumps({"apiVersion": "v1", "items": items, "kind": "List"}, indent=indent) + tail, encoding="utf-8")
    path.with_name("policy.json").write_text(json.dumps(netpol("shop", {"matchLabels": {"app": "web-1"}}, "I")), encoding="utf-8")
    both = told(path, 2)
    assert both == told(path, 1)
    assert both[0] == status and (both[1].count('"name": "web-') == 240 if status == 0 else both[2])
