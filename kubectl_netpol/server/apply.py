"""How does kubectl write what stands in a file? As kubectl apply -f does, but only over the object that was shown.

kubectl apply itself asks for the live object anew, and merges into whatever it finds. So it is asked what it would make of it (a server
dry run), and that is sent with the resourceVersion that was shown, in the name of its field manager: the object is the same afterwards,
to the last managed field. What is new goes by kubectl create --save-config, which is what apply does then, and fails if it is there.
"""
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
from msgspec import Struct

from kubectl_netpol.core.owners import LAST_APPLIED
from kubectl_netpol.core.writes import Document, Write, version_of
from kubectl_netpol.errors import NetpolError
from kubectl_netpol.server.kubectl import ApplyFlags
from kubectl_netpol.server.write import NOT_THERE

_CLIENT_SIDE = "kubectl-client-side-apply"                      # kubectl pkg/cmd/apply/apply.go, FieldManagerClientSideApply
_SERVER_SIDE = "kubectl"                                        # fieldManagerServerSideApply
_NO_DRY_RUN = "does not support dry run"                        # says the server of an admission webhook with side effects
_WARNING = "Warning: "


class Kubectl(Struct, frozen=True):
    """Which kubectl, for which cluster, with the user's flags."""

    command: str
    connection: tuple[str, ...]
    flags: ApplyFlags
    environ: Mapping[str, str]


class Failed(NetpolError):
    """What kubectl says, which is what the server says where that refuses."""


def manager_of(flags: ApplyFlags) -> str:
    return flags.field_manager or (_SERVER_SIDE if flags.server_side else _CLIENT_SIDE)


def applied(write: Write, kubectl: Kubectl, *, dry_run: bool = False) -> tuple[str, ...]:
    """The warnings of the server."""
    said, dry = write.said, ("--dry-run=server",) if dry_run else ()
    assert said
    if kubectl.flags.server_side:
        return _warnings(_ran(kubectl, ("apply", *kubectl.flags.words, "-f", "-", *dry), _versioned(write)))
    if write.before is None:
        words = ("create", "--save-config", "--field-manager", manager_of(kubectl.flags), "-f", "-", *dry)
        return _warnings(_ran(kubectl, words, said))
    return _changed(write, kubectl, dry_run=dry_run)


def _changed(write: Write, kubectl: Kubectl, *, dry_run: bool) -> tuple[str, ...]:
    try:
        ran = _ran(kubectl, ("apply", *kubectl.flags.words, "-f", "-", "--dry-run=server", "-o", "json"), write.said)
    except Failed as failed:
        if dry_run or _NO_DRY_RUN not in failed.message:
            raise
        return _warnings(_ran(kubectl, ("apply", *kubectl.flags.words, "-f", "-"), write.said))
    if dry_run:
        return _warnings(ran)
    before = write.before
    assert before
    patch = merge_patch(_sent(before), _sent(msgspec.json.decode(ran.stdout)))
    patch.setdefault("metadata", {})["resourceVersion"] = version_of(before)
    with TemporaryDirectory(prefix="kubectl-netpol-") as folder:
        path = Path(folder, "patch.json")
        path.touch(mode=0o600)
        path.write_bytes(msgspec.json.encode(patch))
        words = ("patch", "--type=merge", "--field-manager", manager_of(kubectl.flags), "-f", "-", "--patch-file", str(path))
        _ran(kubectl, words, write.said)
    return _warnings(ran)


def _versioned(write: Write) -> Document:
    """The manifest for a server-side apply of just the object that was shown. Where kubectl still has to move what an earlier apply
    left in the last-applied annotation, it sends the manifest twice, and the second time the version would be another one."""
    said, before = write.said or {}, write.before
    if before and LAST_APPLIED in (before["metadata"].get("annotations") or {}):
        return said
    version = {"resourceVersion": version_of(before), "uid": before["metadata"]["uid"]} if before else {"resourceVersion": NOT_THERE}
    return {**said, "metadata": {**said["metadata"], **version}}


# ---- the patch


_NOT_SENT = ("creationTimestamp", "generation", "managedFields", "resourceVersion", "uid")


def _sent(document: Mapping[str, Any]) -> Document:
    metadata = {name: value for name, value in document["metadata"].items() if name not in _NOT_SENT}
    return {**{name: value for name, value in document.items() if name != "status"}, "metadata": metadata}


def merge_patch(before: Mapping[str, Any], after: Mapping[str, Any]) -> Document:
    """A JSON merge patch (RFC 7396): null takes away, lists are replaced whole."""
    found: Document = {name: None for name in before if name not in after}
    for name, value in after.items():
        was = before.get(name)
        if isinstance(was, dict) and isinstance(value, dict):
            if inner := merge_patch(was, value):
                found[name] = inner
        elif was != value or name not in before:
            found[name] = value
    return found


# ---- one run


def _ran(kubectl: Kubectl, words: Sequence[str], said: Document | None) -> "subprocess.CompletedProcess[bytes]":
    ran = subprocess.run(
        [kubectl.command, *words, *kubectl.connection], input=msgspec.json.encode(said), capture_output=True, check=False,
        env=dict(kubectl.environ))
    if ran.returncode:
        lines = [line for line in ran.stderr.decode(errors="replace").splitlines() if not line.startswith(_WARNING)]
        raise Failed("\n".join(lines).strip().removeprefix("error: ") or f"kubectl {words[0]}: exit status {ran.returncode}",
                     hint="kubectl apply -f says the same")
    return ran


def _warnings(ran: "subprocess.CompletedProcess[bytes]") -> tuple[str, ...]:
    lines = ran.stderr.decode(errors="replace").splitlines()
    return tuple(line.removeprefix(_WARNING) for line in lines if line.startswith(_WARNING))
