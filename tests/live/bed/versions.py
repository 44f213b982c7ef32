"""Which Kubernetes do the live tests run?"""
import hashlib
import os
import re
from pathlib import Path
from typing import NamedTuple

SOURCES = Path(__file__).parent / "go"
NEWEST = "1.37"                                                 # what runs unless NETPOL_BED_VERSION chooses another folder of SOURCES


class Version(NamedTuple):
    minor: str                                                  # "1.37"
    number: str                                                 # "1.37.2", pinned by the go.mod

    @property
    def source(self) -> Path:
        return SOURCES / self.minor

    @property
    def folder(self) -> Path:
        """Where its programs are kept once they are built: outside of the checkout, and another one after a change of the go.mod."""
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        digest = hashlib.sha256((self.source / "go.mod").read_bytes()).hexdigest()
        return cache / "kubectl-netpol" / "bed" / f"{self.number}-{digest[:8]}"


def chosen() -> Version:
    minor = os.environ.get("NETPOL_BED_VERSION") or NEWEST
    known = sorted(path.parent.name for path in SOURCES.glob("*/go.mod"))
    if minor not in known:
        raise ValueError(f"NETPOL_BED_VERSION is one of {', '.join(known)}, not {minor}")
    pinned = re.search(r"k8s\.io/kubernetes v(\S+)", (SOURCES / minor / "go.mod").read_text(encoding="utf-8"))
    assert pinned, f"the go.mod of {minor} requires no k8s.io/kubernetes"
    return Version(minor, pinned[1])
