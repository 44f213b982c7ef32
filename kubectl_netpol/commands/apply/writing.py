"""How far do writes get? Each is sent for the object that was shown; where one does not succeed, the rest is not begun."""
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from kubectl_netpol.core.owners import US
from kubectl_netpol.core.writes import By, Document, Write, is_done, version_of
from kubectl_netpol.errors import NetpolError
from kubectl_netpol.options import Apply
from kubectl_netpol.server import apply as by_kubectl
from kubectl_netpol.server import write as by_us
from kubectl_netpol.server.apply import Kubectl
from kubectl_netpol.server.connection import Refused, Server
from kubectl_netpol.server.live import found_live

_CONFLICT, _BAD_REQUEST = 409, 400
_NO_DRY_RUN = "does not support dry run"                        # says the server of an admission webhook with side effects


class Writer(Struct, frozen=True):
    """Writes to one cluster; of files only with a kubectl."""

    server: Server
    apply: Apply
    kubectl: Kubectl | None = None

    def manager_of(self, write: Write) -> str:
        if write.by is By.FILE and self.kubectl:
            return by_kubectl.manager_of(self.kubectl.flags)
        return self.apply.field_manager or US

    def write(self, write: Write, *, dry_run: bool) -> None:
        match write.by:
            case By.SUGGEST:
                by_us.applied(write, self.manager_of(write), self.server, dry_run=dry_run)
            case By.DELETE:
                by_us.deleted(write, self.server, dry_run=dry_run)
            case By.FILE:
                assert self.kubectl
                warnings = by_kubectl.applied(write, self.kubectl, dry_run=dry_run)
                self.server.warnings.extend(each for each in warnings if each not in self.server.warnings)


class Record(Struct, frozen=True):
    """What became of some writes, in their order. stopped: what kept the rest from being written."""

    done: tuple[Write, ...] = ()
    left: tuple[Write, ...] = ()
    unsure: tuple[Write, ...] = ()                              # sent, and nobody could say what became of it
    changed: tuple[Write, ...] = ()                             # of those left: somebody else has written the object meanwhile
    stopped: NetpolError | KeyboardInterrupt | None = None


# ---- the objects as they are


def live_objects(writes: Sequence[Write], server: Server) -> list[Document | None]:
    """A NetpolError where one may not be read."""
    found = found_live([_identity(write) for write in writes], "default", server)
    for each in found:
        if each.unread:
            raise NetpolError(each.unread, hint="what may not be read is not written: it could not be put back")
    return [each.live for each in found]


def _identity(write: Write) -> dict[str, Any]:
    document = write.said or {"apiVersion": "networking.k8s.io/v1", "kind": write.key.kind}
    metadata = {"name": write.key.name, **({"namespace": write.key.namespace} if write.key.namespace else {})}
    return {"apiVersion": document["apiVersion"], "kind": document["kind"], "metadata": metadata}


def changed_since(writes: Sequence[Write], live: Sequence[Document | None]) -> list[Write]:
    return [write for write, now in zip(writes, live, strict=True) if version_of(now) != version_of(write.before)]


# ---- the writes


def tried(writes: Sequence[Write], writer: Writer) -> list[Write]:
    """Sends each as a dry run, so that what the server refuses is known before anything is written; who has changed meanwhile.
    What stands in a new namespace cannot be tried. kubectl diff has tried those of files."""
    changed = []
    for write in writes:
        if write.by is By.FILE or write.key.namespace in new_namespaces(writes):
            continue
        try:
            writer.write(write, dry_run=True)
        except Refused as refused:
            if refused.status == _CONFLICT:
                changed.append(write)
            elif not (refused.status == _BAD_REQUEST and _NO_DRY_RUN in refused.message):
                raise
    return changed


def new_namespaces(writes: Sequence[Write]) -> set[str]:
    return {write.key.name for write in writes if write.key.kind == "Namespace" and write.before is None}


def settled(writes: Sequence[Write], number: int, stopped: NetpolError | KeyboardInterrupt, server: Server) -> Record:
    """Where writes were stopped after a number of them. The next one may have been sent: the server is asked what became of it."""
    done = tuple(writes[:number])
    if number == len(writes):
        return Record(done, stopped=stopped)
    next_write, *rest = writes[number:]
    try:
        (live,) = live_objects([next_write], server)
    except (NetpolError, KeyboardInterrupt):
        was_refused = isinstance(stopped, Refused)
        return Record(done, (*((next_write,) if was_refused else ()), *rest), () if was_refused else (next_write,), (), stopped)
    if is_done(next_write, live) and changed_since([next_write], [live]):
        return Record((*done, next_write), tuple(rest), (), (), stopped)
    return Record(done, (next_write, *rest), (), tuple(changed_since([next_write], [live])), stopped)
