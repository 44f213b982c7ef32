"""What would applying manifests make of the objects of a cluster? kubectl and the server say it; what they cannot say is merged here."""
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from kubectl_netpol.core.remarks import Remark
from kubectl_netpol.errors import NetpolError
from kubectl_netpol.inputs.documents import STDIN
from kubectl_netpol.server import folders
from kubectl_netpol.server.connection import Refused, Server
from kubectl_netpol.server.kubectl import Merged, Reason, Refusal, kubectl_command, kubectl_diff, merged_in
from kubectl_netpol.server.live import found_live
from kubectl_netpol.server.manifests import Body, Manifests, as_list, bodies_of, home_of, is_namespace, said
from kubectl_netpol.server.merge import applied

Proposal = tuple[Merged, tuple[Remark, ...]]                    # what should be known of how both sides were found

_UNAUTHORIZED = 401


def proposal_of(manifests: Manifests, server: Server, environ: Mapping[str, str]) -> Proposal:
    """Both sides of each object. One run of kubectl, and nothing else, where nothing is in its way."""
    if kubectl_command(environ) is None:
        return _Here(manifests, server, environ).merged(bodies_of(manifests), Remark("merged-without-kubectl"))
    try:
        return _asked(manifests, manifests.paths, manifests.stdin, environ), ()
    except Refusal as refusal:
        if refusal.reason is Reason.REFUSED:
            _reach(server)
            raise
        return _in_parts(manifests, refusal, _Here(manifests, server, environ))


def _asked(manifests: Manifests, paths: Sequence[str], stdin: bytes | None, environ: Mapping[str, str]) -> Merged:
    return kubectl_diff(paths, stdin, manifests.connection, manifests.namespace, manifests.flags, environ)


def _reach(server: Server) -> None:
    """Where there is no way to the server at all, this says so, with what to do; kubectl tells how Go sees it."""
    try:
        server.get("/version")
    except Refused as refused:
        if refused.status == _UNAUTHORIZED:
            raise


def merged_here(manifests: Manifests, server: Server) -> Proposal:
    """Both sides of each object as kubectl apply would merge them, without kubectl and without a dry run."""
    return _Here(manifests, server, {}).merged(bodies_of(manifests))


class _Here:
    """Merges objects without the server's dry run."""

    def __init__(self, manifests: Manifests, server: Server, environ: Mapping[str, str]) -> None:
        self.manifests, self.server, self.environ = manifests, server, environ

    def merged(self, bodies: Sequence[Body], *remarks: Remark) -> Proposal:
        found = found_live(bodies, self.manifests.default_namespace, self.server)
        unread = [each for each in found if each.unread]
        if unread and len(unread) == len(found):
            raise NetpolError(unread[0].unread, hint="what may not be read cannot be compared")
        with TemporaryDirectory(prefix="kubectl-netpol-") as name:
            folders.write(((each.live, applied(each.manifest, each.live)) for each in found if not each.unread), Path(name))
            merged = merged_in(Path(name), self.environ)
        left_out = (Remark("left-out-unread", {"object": said(each.manifest), "reason": each.unread}) for each in unread)
        return merged, (*remarks, *left_out)


def _in_parts(manifests: Manifests, refusal: Refusal, here: _Here) -> Proposal:
    """Objects in namespaces that the same manifests make are merged here; all of them where the server may not be asked."""
    bodies = bodies_of(manifests)
    own = {body["metadata"].get("name") for body in bodies if is_namespace(body)}
    new: set[str] = set()
    while refusal.reason is Reason.NO_NAMESPACE and refusal.namespace in own - new:
        new.add(refusal.namespace)
        try:
            rest = as_list([body for body in bodies if home_of(body, manifests) not in new])
            first = _asked(manifests, (STDIN,), rest, here.environ)
        except Refusal as next_refusal:
            refusal = next_refusal
            continue
        within = [body for body in bodies if home_of(body, manifests) in new]
        second, remarks = here.merged(within, Remark("merged-in-new-namespace", {"namespaces": ", ".join(sorted(new))}))
        return _joined(first, second), remarks
    if refusal.reason is not Reason.NO_DRY_RUN:
        raise refusal
    return here.merged(bodies, Remark("merged-without-dry-run", {"reason": refusal.message}))


def _joined(first: Merged, second: Merged) -> Merged:
    return Merged(
        first.live | second.live, first.merged | second.merged, first.text + second.text, first.messages + second.messages,
        first.diffs | second.diffs, is_own=first.is_own)
