"""What do the tests of --apply share? Manifests, a look at what is in the cluster, and a terminal with somebody at it."""
import fcntl
import json
import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path
from typing import Any

from tests.live.bed.bed import Bed
from tests.live.bed.joining import ROOT
from tests.program import PLAIN

Document = dict[str, Any]

_SECONDS = 60


def workload(name: str) -> str:
    return f"""\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}}}
spec:
  replicas: 1
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec: {{containers: [{{name: main, image: nothing}}]}}
"""


def service(name: str, *ports: str) -> str:
    """ports: "80", or "10022:22"."""
    entries = ", ".join(f"{{name: p{port.partition(':')[0]}, port: {port.partition(':')[0]}, targetPort: {port.rpartition(':')[2]}}}"
                        for port in ports)
    return f"apiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec: {{selector: {{app: {name}}}, ports: [{entries}]}}\n"


def policy(name: str, app: str, *ports: int, **metadata: Any) -> str:
    """Lets everybody in on some ports."""
    rules = [{"ports": [{"port": port, "protocol": "TCP"} for port in ports]}] if ports else []
    return json.dumps({
        "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": name, **metadata},
        "spec": {"podSelector": {"matchLabels": {"app": app}} if app else {}, "policyTypes": ["Ingress"], "ingress": rules}}) + "\n"


def together(*documents: str) -> str:
    return "---\n".join(documents)


WEB = together(workload("web"), service("web", "80", "10022:22"))
WRONG, RIGHT = policy("web", "web", 80, 10022), policy("web", "web", 80, 22)
MEND = ("suggest", "netpol/web", "--apply")                     # writes the right one over the wrong one


def found(bed: Bed, namespace: str, kind: str = "netpol", name: str = "web") -> Document | None:
    ran = bed.run_kubectl("get", kind, name, "-n", namespace, "-o", "json", "--show-managed-fields", "--ignore-not-found")
    document: Document | None = json.loads(ran.stdout) if ran.stdout else None
    return document


def ports_of(bed: Bed, namespace: str, name: str = "web") -> list[int] | None:
    """What a policy lets in on; None: there is no such policy."""
    document = found(bed, namespace, name=name)
    return document and [port["port"] for rule in document["spec"].get("ingress", ()) for port in rule["ports"]]


def stripped(document: Document | None) -> Document | None:
    """What must be the same after an undo. Of its last-applied annotation kubectl itself takes care."""
    if document is None:
        return None
    metadata = {field: document["metadata"].get(field) or {} for field in ("name", "namespace", "labels", "annotations")}
    annotations = {name: each for name, each in metadata["annotations"].items() if not name.startswith("kubectl.kubernetes.io/")}
    return {"metadata": {**metadata, "annotations": annotations}, "spec": document["spec"]}


class Terminal:
    """The program at a terminal of its own: what it prints there, and what is typed. stdin may be a file."""

    def __init__(self, bed: Bed, *words: str, namespace: str, state: Path, stdin: Path | None = None, **env: str) -> None:
        path = os.pathsep.join([os.path.dirname(bed.kubectl), os.environ.get("PATH", os.defpath)])
        environ = {
            **os.environ, **PLAIN, "KUBECONFIG": bed.kubeconfig(namespace=namespace), "HOME": str(bed.folder), "PATH": path,
            "PYTHONPATH": str(ROOT), "XDG_STATE_HOME": str(state), **env}
        self.terminal, inner = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "kubectl_netpol", *words], env=environ, stdin=stdin.open() if stdin else inner, stdout=inner,
            stderr=inner, start_new_session=True, preexec_fn=lambda: fcntl.ioctl(1, termios.TIOCSCTTY, 0))
        os.close(inner)
        self.text = ""

    def until(self, words: str) -> str:
        """What was printed, once these words are."""
        end = time.monotonic() + _SECONDS
        while words not in self.text:
            assert self._read(end - time.monotonic()), f"not printed: {words}\n{self.text}"
        return self.text

    def type(self, text: str) -> None:
        os.write(self.terminal, text.encode())

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGINT)

    def end(self) -> int:
        """The exit status."""
        end = time.monotonic() + _SECONDS
        while self._read(end - time.monotonic()):
            pass
        status = self.process.wait(_SECONDS)
        os.close(self.terminal)
        return status

    def _read(self, seconds: float) -> bool:
        """False at the end."""
        ready, _, _ = select.select([self.terminal], [], [], max(seconds, 0))
        assert ready, f"nothing more after\n{self.text}"
        try:
            piece = os.read(self.terminal, 65536)
        except OSError:                                         # Linux: nobody has the other end open any more
            return False
        self.text += piece.decode().replace("\r\n", "\n")
        return bool(piece)
