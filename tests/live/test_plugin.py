"""Does kubectl netpol behave as one of kubectl's own commands?"""
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.live.bed.bed import Bed
from tests.live.bed.joining import ROOT
from tests.live.plugged import Plugged
from tests.server.fake import Fake, Reply, fake

BEFORE, AFTER = "--offline examples/gitlab/before", "--offline examples/gitlab/after"
JSON = ("Content-Type", "application/json")


@pytest.fixture
def plugged(bed: Bed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plugged:
    monkeypatch.chdir(ROOT)
    return Plugged(bed, tmp_path)


def to(server: Fake) -> list[str]:
    return ["--server", server.url, "--token", "x"]


def test_kubectl_finds_it_through_a_symlink(plugged: Plugged) -> None:
    listed = plugged.kubectl("plugin", "list")
    assert (listed.returncode, str(plugged.folder / "kubectl-netpol") in listed.stdout.splitlines()) == (0, True)
    assert plugged.kubectl("netpol", "version").stdout.startswith("kubectl-netpol ")


@pytest.mark.parametrize("command", ["", "explain", "suggest", "diff", "completion"])
def test_help_names_it_as_it_is_called(plugged: Plugged, command: str) -> None:
    text = plugged.kubectl("netpol", *command.split(), "--help").stdout
    assert "kubectl netpol" in text
    assert "__complete" not in text
    assert command == "completion" or "kubectl-netpol" not in text


@pytest.mark.parametrize(("line", "status"), [
    (f"explain {BEFORE}", 0),
    (f"explain svc/gitlab:http --from anywhere {BEFORE}", 0),
    (f"explain svc/gitlab:ssh --from anywhere {BEFORE}", 1),
    ("explan", 2),
    (f"explain svc/nothing {BEFORE}", 2),
    (f"explain svc/gitlab --from anywhere {BEFORE}", 1),        # the worst of its ports
    (f"explain svc/gitlab:http --from svc/redis {BEFORE} --cni generic -f NO-PODS", 3),
    (f"suggest svc/gitlab --allow ssh --from anywhere {BEFORE}", 0),
    (f"diff --to-offline examples/gitlab/before {BEFORE}", 0),
    (f"diff --to-offline examples/gitlab/after {BEFORE}", 1),
    ("diff", 2),
])
def test_exit_statuses_arrive_through_kubectl(plugged: Plugged, line: str, status: int, tmp_path: Path) -> None:
    no_pods = tmp_path / "no-pods.yaml"
    no_pods.write_text("""\
apiVersion: v1
kind: Service
metadata: {name: gitlab, namespace: gitlab}
spec: {selector: {name: nobody}, ports: [{name: http, port: 80}]}
""")
    ran = plugged.kubectl("netpol", *line.replace("NO-PODS", str(no_pods)).split())
    assert ran.returncode == status, ran.stderr
    assert ran.stderr.startswith("error: ") == (status == 2)


def test_exit_statuses_of_a_cluster(plugged: Plugged, bed: Bed, namespace: str) -> None:
    bed.apply("{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80}]}}", namespace)
    config = bed.kubeconfig(namespace=namespace)
    statuses = [
        plugged.kubectl("netpol", *line.split(), kubeconfig=config).returncode
        for line in ("explain svc/web", "explain svc/web --from anywhere", "explain svc/nothing", "explain --context nowhere")]
    assert statuses == [0, 3, 2, 2]


# ---- pipes that nobody reads any more


@pytest.mark.parametrize("line", ["--help", f"explain {BEFORE}", f"suggest {BEFORE}", "__complete explain -", "explan"])
@pytest.mark.parametrize("closed", [("stdout",), ("stderr",), ("stdout", "stderr")], ids="-".join)
def test_a_broken_pipe_is_quiet(plugged: Plugged, line: str, closed: tuple[str, ...]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        ran = plugged.kubectl("netpol", *line.split(), **dict.fromkeys(closed, writing))
    finally:
        os.close(writing)
    assert "Traceback" not in f"{ran.stdout}{ran.stderr}" and "Exception" not in f"{ran.stdout}{ran.stderr}"
    assert ran.returncode in (0, 2)                             # 1 is an uncaught exception, 120 one at exit


def test_the_first_line_of_many_is_enough(plugged: Plugged) -> None:
    program = f"'{plugged.bed.kubectl}' netpol explain -o json {BEFORE} | head -n 1"
    ran = subprocess.run(["sh", "-c", program], env=plugged.environ("/nowhere"), capture_output=True, text=True)
    assert (ran.stdout, ran.stderr) == ("{\n", "")


# ---- Ctrl-C


@pytest.mark.parametrize("line", [
    "explain", "explain -A", "explain svc/x --from anywhere", "suggest", "diff --delete netpol/x",
    "diff -f examples/gitlab/before/redis.yaml"])
def test_an_interrupt_ends_it_quietly(plugged: Plugged, line: str) -> None:
    """While several threads wait for a server that does not answer."""
    with fake(Reply(wait=60), certificate=None) as server:
        interrupt(plugged, [*line.split(), *to(server)], "/nowhere", lambda: server.seen)


def interrupt(plugged: Plugged, words: list[str], kubeconfig: str, condition: Callable[[], object]) -> None:
    """As a terminal does it, once the condition is true: the whole group of processes gets the signal."""
    process = subprocess.Popen(
        [plugged.bed.kubectl, "netpol", *words], env=plugged.environ(kubeconfig), start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        plugged.bed.wait_for("what it waits for", condition)
        time.sleep(0.2)                                         # other threads come to it, too
        start = time.monotonic()
        os.killpg(process.pid, signal.SIGINT)
        stdout, stderr = process.communicate(timeout=15)
    finally:
        process.kill()
    assert (process.returncode, stdout, stderr) == (130, "", "")
    assert time.monotonic() - start < 5


def test_an_interrupt_does_not_wait_for_a_program_that_logs_in(plugged: Plugged, tmp_path: Path) -> None:
    log_in, started, config = tmp_path / "log-in", tmp_path / "started", tmp_path / "config"
    log_in.write_text(f"#!/bin/sh\ntrap '' INT\ntouch {started}\nexec sleep 20 >/dev/null 2>&1\n")
    log_in.chmod(0o755)
    config.write_text(json.dumps({
        "current-context": "x", "contexts": [{"name": "x", "context": {"cluster": "x", "user": "x"}}],
        "clusters": [{"name": "x", "cluster": {"server": "https://127.0.0.1:1"}}],
        "users": [{"name": "x", "user": {"exec": {
            "apiVersion": "client.authentication.k8s.io/v1", "command": str(log_in), "interactiveMode": "Never"}}}]}))
    interrupt(plugged, ["explain"], str(config), started.exists)


# ---- warnings of the server


def warned(*texts: str, status: int = 200) -> Reply:
    body = b'{"items": []}' if status == 200 else b'{"kind": "Status", "message": "no", "reason": "Forbidden", "code": 403}'
    return Reply(status, body, (JSON, *(("Warning", f'299 - "{text}"') for text in texts)))


def test_warnings_of_the_server_are_said_once_each_as_kubectl_says_them(plugged: Plugged) -> None:
    with fake(warned("old is deprecated", r"say \"new\""), certificate=None) as server:
        ours = plugged.kubectl("netpol", "explain", *to(server))
        asked = len(server.seen)
        theirs = plugged.kubectl("get", "--raw", "/api/v1/services", *to(server))
    assert asked > 3
    assert warnings(ours.stderr) == warnings(theirs.stderr) == ["Warning: old is deprecated", 'Warning: say "new"']
    assert "Warning" not in ours.stdout


def warnings(stderr: str) -> list[str]:
    return [line for line in stderr.splitlines() if line.startswith("Warning")]


def test_control_characters_of_warnings_are_visible(plugged: Plugged) -> None:
    with fake(warned("careful\x1b[31m"), certificate=None) as server:
        assert warnings(plugged.kubectl("netpol", "explain", *to(server)).stderr) == [r"Warning: careful\x1b[31m"]


def test_warnings_are_said_before_an_error_too(plugged: Plugged) -> None:
    with fake(warned("old is deprecated", status=500), certificate=None) as server:
        ran = plugged.kubectl("netpol", "explain", *to(server))
    assert ran.returncode == 2
    assert ran.stderr.startswith("Warning: old is deprecated\nerror: ")


def test_warnings_are_coloured(plugged: Plugged) -> None:
    with fake(warned("old"), certificate=None) as server:
        assert "\x1b[33mWarning:\x1b[0m old\n" in plugged.kubectl("netpol", "explain", "--color=always", *to(server)).stderr
