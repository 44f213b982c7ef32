"""What can a test ask of a real cluster?"""
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from tests.live.bed import access, pods
from tests.live.bed.certificates import Authority, client_certificate
from tests.live.bed.claims import Claims
from tests.live.bed.joining import ROOT, Joined
from tests.live.bed.programs import Programs
from tests.live.bed.server import Server
from tests.live.bed.users import ADMIN, kubeconfig, token_of
from tests.program import PLAIN

_SECONDS = 120                                                  # for a command
Found = TypeVar("Found")
Ran = subprocess.CompletedProcess[str]


class Bed:
    """The bed of this run, as one test process sees it. The folder is its own, for files that it needs."""

    def __init__(self, joined: Joined, programs: Programs, folder: Path) -> None:
        self.kubectl, self.server, self.version = programs.kubectl, joined.server, joined.version
        self.authority = Authority(programs.openssl, joined.folder)
        self.ca_file = str(self.authority.certificate)
        self.audit_log = joined.folder / "audit.jsonl"
        self.api = Server(joined.server, self.authority.certificate, token_of(ADMIN))
        self.claims = Claims(joined.folder / "claims")
        self.folder = folder

    # ---- users

    def new_user(self) -> str:
        """Somebody with a token and no rights, whom no other test has."""
        return next(self.claims.users)

    def grant(self, user: str, namespace: str | None, rules: access.Rules) -> None:
        """rules: as in a Role. None: in every namespace, and of what is in none. They hold when this returns."""
        access.grant(self.api, user, namespace, rules)
        self.wait_for(f"the rights of {user}", lambda: access.is_allowed(self.api, user, namespace, rules))

    def kubeconfig(self, user: str = ADMIN, namespace: str = "default") -> str:
        """The path of a file whose only context is bed: this user with a token, this namespace."""
        return self._kubeconfig(f"{user}-{namespace}", user, {"token": token_of(user)}, namespace)

    def kubeconfig_with_certificate(self, user: str, *groups: str, namespace: str = "default") -> str:
        """Of any user, who needs no token."""
        certificate, key = client_certificate(self.authority, self.folder, user, groups)
        return self._kubeconfig(
            f"{certificate.stem}-{namespace}", user, {"client-certificate": str(certificate), "client-key": str(key)}, namespace)

    def _kubeconfig(self, name: str, user: str, credentials: dict[str, str], namespace: str) -> str:
        path = self.folder / f"{name}.kubeconfig"
        path.write_text(kubeconfig(self.server, self.authority.certificate, user, credentials, namespace), encoding="utf-8")
        path.chmod(0o600)
        return str(path)

    # ---- commands

    def run_kubectl(self, *words: str, user: str = ADMIN, input: str | None = None, check: bool = True) -> Ran:
        ran = self._run([self.kubectl, *words], self.kubeconfig(user), {}, input)
        assert not check or ran.returncode == 0, f"kubectl {' '.join(words)}: exit {ran.returncode}\n{ran.stderr}"
        return ran

    def netpol(
            self, *words: str, user: str = ADMIN, namespace: str | None = None, kubeconfig: str | None = None,
            env: dict[str, str] | None = None, input: str | None = None) -> Ran:
        """The program, as a process of its own. namespace: that of the kubeconfig's context."""
        config = kubeconfig or self.kubeconfig(user, namespace or "default")
        return self._run([sys.executable, "-m", "kubectl_netpol", *words], config, env or {}, input)

    def _run(self, argv: list[str], config: str, env: dict[str, str], input: str | None) -> Ran:
        path = os.pathsep.join([os.path.dirname(self.kubectl), os.environ.get("PATH", os.defpath)])
        own = {**PLAIN, "KUBECONFIG": config, "HOME": str(self.folder), "PATH": path, "PYTHONPATH": str(ROOT)}
        return subprocess.run(
            argv, env={**os.environ, **own, **env}, input=input or "", capture_output=True, encoding="utf-8", timeout=_SECONDS)

    # ---- objects

    def apply(self, yaml_text: str, namespace: str) -> None:
        self.run_kubectl("apply", "-n", namespace, "-f", "-", input=yaml_text)

    def start_pods(self, namespace: str, expected: int) -> list[str]:
        """Waits for that many pods, and makes each of them running and ready, on a node and with an address of its own; their names."""
        def started() -> list[str]:
            names = pods.started(self.api, namespace, self.claims.addresses)
            return names if len(names) >= expected else []

        return self.wait_for(f"{expected} pods in namespace {namespace}", started) if expected else started()

    def patch_status(self, namespace: str, pod: str, status: dict[str, Any]) -> None:
        """As a kubelet would: {"phase": "Succeeded"}."""
        pods.patch_status(self.api, namespace, pod, status)

    def wait_for(self, what: str, condition: Callable[[], Found], seconds: float = 30) -> Found:
        """What the condition gives once that is true; an AssertionError tells what was waited for, and what it gave last."""
        end = time.monotonic() + seconds
        while not (found := condition()):
            if time.monotonic() > end:
                raise AssertionError(f"waited {seconds:.0f} s for {what}; the last look gave {found!r}")
            time.sleep(0.05)
        return found

    def look_until(self, expected: Found, look: Callable[[], Found], seconds: float = 30) -> Found:
        """The first look that gives what is expected, else the last within that time: for an assert that shows how they differ."""
        end = time.monotonic() + seconds
        while (found := look()) != expected and time.monotonic() < end:
            time.sleep(0.1)
        return found

    # ---- what was asked of the API server

    def audit_mark(self) -> int:
        """For audit_since: now."""
        return self.audit_log.stat().st_size

    def audit_since(self, mark: int, *, user: str | None = None, user_agent: str | None = None) -> list[dict[str, Any]]:
        """The audit events of requests that have ended since; of one user (who may impersonate another), or whose agent has this in it.

        Other tests run meanwhile: without a user of its own (new_user) a test sees theirs too.
        """
        with open(self.audit_log, "rb") as log:
            log.seek(mark)
            events = [json.loads(line) for line in log if line.startswith(b"{") and line.endswith(b"\n")]     # lines may be half written
        return [
            event for event in events
            if user in (None, event["user"].get("username")) and (user_agent or "") in event.get("userAgent", "")]
