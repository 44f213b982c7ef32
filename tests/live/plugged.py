"""How does kubectl find the program? As krew links it: by a name on PATH that leads to another folder."""
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.live.bed.bed import Bed
from tests.program import PLAIN

PROGRAM = Path(sys.executable).with_name("kubectl-netpol")
SHIM = '#!/bin/sh\nexec kubectl-netpol __complete "$@"\n'       # what users are told to write

Ran = subprocess.CompletedProcess[str]


class Plugged:
    """A folder for PATH, and kubectl with it."""

    def __init__(self, bed: Bed, folder: Path) -> None:
        self.bed, self.folder = bed, folder / "bin"
        store = folder / "store" / "netpol" / "v0.1.0"
        store.mkdir(parents=True)
        self.folder.mkdir()
        (store / "kubectl-netpol").symlink_to(PROGRAM)
        (self.folder / "kubectl-netpol").symlink_to(store / "kubectl-netpol")
        shim = self.folder / "kubectl_complete-netpol"
        shim.write_text(SHIM)
        shim.chmod(0o755)

    def environ(self, kubeconfig: str) -> Mapping[str, str]:
        path = os.pathsep.join([str(self.folder), os.environ.get("PATH", os.defpath)])
        inherited = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}   # users buffer
        return {**inherited, **PLAIN, "KUBECONFIG": kubeconfig, "HOME": str(self.folder), "PATH": path}

    def kubectl(self, *words: str, kubeconfig: str = "/nowhere", **how: Any) -> Ran:
        how = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **how}
        return subprocess.run([self.bed.kubectl, *words], env=self.environ(kubeconfig), text=True, timeout=60, **how)
