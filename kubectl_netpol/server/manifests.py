"""What is to be applied: which objects do the files of -f hold, as kubectl takes them?"""
import os
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any, BinaryIO

import msgspec
from msgspec import Struct

from kubectl_netpol.errors import NetpolError
from kubectl_netpol.inputs.documents import STDIN, Document, documents_in
from kubectl_netpol.inputs.lines import line_of
from kubectl_netpol.inputs.objects import Collector
from kubectl_netpol.options import Connection
from kubectl_netpol.server.kubectl import ApplyFlags
from kubectl_netpol.snapshot import Snapshot

Body = dict[str, Any]

_SUFFIXES = (".yaml", ".yml", ".json")                          # as kubectl's -f takes from a folder, without those below it


class Manifests(Struct, frozen=True):
    """What is to be applied, to which cluster, and how."""

    paths: tuple[str, ...]
    stdin: bytes | None                                         # what stands at "-"
    connection: Connection
    namespace: str | None                                       # what -n says: kubectl refuses objects of others
    default_namespace: str                                      # of objects that name none: what -n says, else of the context
    flags: ApplyFlags = ApplyFlags()


def written_in(manifests: Manifests) -> Snapshot:
    """What the files themselves say. A NetpolError tells every problem of every object together."""
    collector = Collector(manifests.default_namespace, frozenset(), line_of)
    for document in _documents(manifests):
        collector.add(document)
    return collector.snapshot()


def bodies_of(manifests: Manifests) -> list[Body]:
    return [_body(document) for document in _documents(manifests)]


def _documents(manifests: Manifests) -> Iterator[Document]:
    for path in manifests.paths:
        for each in _files(path):
            with BytesIO(manifests.stdin or b"") if each == STDIN else _opened(each) as stream:
                yield from documents_in(stream, each, whole=True)


def _body(document: Document) -> Body:
    if not (document.api_version and document.kind):
        raise NetpolError(f"{document.origin.path}, document {document.origin.document} is no Kubernetes manifest",
                          hint="every object names its apiVersion and its kind")
    body = msgspec.json.decode(document.body) if isinstance(document.body, msgspec.Raw) else document.body
    return {**body, "apiVersion": document.api_version, "kind": document.kind, "metadata": body.get("metadata") or {}}


def _opened(path: str) -> BinaryIO:
    try:
        return open(path, "rb")
    except OSError as error:
        raise NetpolError(f"{path}: {(error.strerror or 'cannot be read').lower()}", hint="name a file, a folder, or - for stdin") from None


def _files(path: str) -> list[str]:
    if path == STDIN or not os.path.isdir(path):
        return [path]
    names = (os.path.join(path, name) for name in sorted(os.listdir(path)) if name.endswith(_SUFFIXES))
    return [name for name in names if os.path.isfile(name)]


def as_list(bodies: Sequence[Body]) -> bytes:
    return msgspec.json.encode({"apiVersion": "v1", "kind": "List", "items": bodies})


def is_namespace(body: Body) -> bool:
    return (body["apiVersion"], body["kind"]) == ("v1", "Namespace")


def home_of(body: Body, manifests: Manifests) -> str:
    """The namespace that it is for, if its kind has one."""
    return "" if is_namespace(body) else body["metadata"].get("namespace") or manifests.default_namespace


def said(body: Body) -> str:
    return f"{body['kind'].lower()}/{body['metadata'].get('name')}"
