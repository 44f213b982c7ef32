"""How is a program of Kubernetes built?"""
import os
import subprocess
import tempfile
from pathlib import Path

from tests.live.bed.versions import Version


def build(name: str, version: Version) -> None:
    """Into the folder of the version, where it appears whole or not at all. Raises CalledProcessError; Go tells why on stderr."""
    version.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=version.folder) as folder:
        made = Path(folder, name)
        subprocess.run([
            "go", "build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags", _ldflags(version),
            "-o", str(made), f"k8s.io/kubernetes/cmd/{name}"], cwd=version.source, env=_environment(), check=True)
        made.replace(version.folder / name)


def _ldflags(version: Version) -> str:
    """What hack/lib/version.sh sets: without it the server calls itself v0.0.0-master."""
    major, minor = version.minor.split(".")
    said = {"gitVersion": f"v{version.number}", "gitMajor": major, "gitMinor": minor}
    return " ".join(["-s -w", *(f"-X k8s.io/component-base/version.{field}={value}" for field, value in said.items())])


def _environment() -> dict[str, str]:
    """The user's own settings of Go must not change what is built; where it gets its modules stays theirs."""
    return {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "", "GOWORK": "off"}
