"""Where are the programs of the bed, or why are they not here?

KUBEBUILDER_ASSETS, a folder, is honoured as by controller-runtime's envtest: kube-apiserver, etcd and kubectl are taken from there.
"""
import os
import shutil
from pathlib import Path
from typing import NamedTuple

from tests.live.bed.versions import Version

KUBERNETES = ("kube-apiserver", "kubectl", "kube-controller-manager")
_SYSTEM = ("/usr/local/bin", "/usr/bin", "/usr/local/sbin", "/usr/sbin")    # a user's PATH may be without sbin


class Absent(Exception):
    """Why there is no bed here; the live tests are skipped with it."""


class Programs(NamedTuple):
    etcd: str
    openssl: str
    kube_apiserver: str
    kube_controller_manager: str
    kubectl: str


def programs_of(version: Version) -> Programs:
    return Programs(
        etcd=_tool("etcd", "etcd-server"), openssl=_tool("openssl", "openssl"), kube_apiserver=_kubernetes("kube-apiserver", version),
        kube_controller_manager=_kubernetes("kube-controller-manager", version), kubectl=_kubernetes("kubectl", version))


def missing(version: Version) -> list[str]:
    """The programs of Kubernetes that are still to be built."""
    return [name for name in KUBERNETES if not is_program(place_of(name, version))]


def place_of(name: str, version: Version) -> Path:
    """Where a program of Kubernetes is, or is to be; assets need not hold kube-controller-manager, which envtest does not know."""
    assets = _assets()
    if assets and (name != "kube-controller-manager" or is_program(assets / name)):
        return assets / name
    return version.folder / name


def is_program(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


def _assets() -> Path | None:
    folder = os.environ.get("KUBEBUILDER_ASSETS")
    return Path(folder).absolute() if folder else None


def _kubernetes(name: str, version: Version) -> str:
    path = place_of(name, version)
    if is_program(path):
        return str(path)
    if path.parent != version.folder:
        raise Absent(f"KUBEBUILDER_ASSETS={path.parent} holds no {name}")
    if not shutil.which("go"):
        raise Absent(f"no Go to build {name} {version.number} with: install it and run make bed, or set KUBEBUILDER_ASSETS")
    raise Absent(f"{name} {version.number} is not built: make bed")


def _tool(name: str, package: str) -> str:
    assets = _assets()
    if assets and is_program(assets / name):
        return str(assets / name)
    found = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), *_SYSTEM]))
    if not found:
        raise Absent(f"no {name}: apt-get install {package}")
    return found
