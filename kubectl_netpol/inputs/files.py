"""What do these files and folders say of a cluster?"""
import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import BinaryIO

from msgspec import Struct

from kubectl_netpol.errors import NetpolError
from kubectl_netpol.inputs.documents import STDIN, Document, documents_in
from kubectl_netpol.inputs.lines import forget, line_of
from kubectl_netpol.inputs.objects import Collector
from kubectl_netpol.snapshot import Key, Snapshot

_SUFFIXES = (".yaml", ".yml", ".json")                          # as kubectl's -f takes from folders
_KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")


class Reading(Struct, frozen=True):
    snapshot: Snapshot
    notes: tuple[str, ...] = ()                                 # what was taken for granted or left out


def read(
        paths: Sequence[str], default_namespace: str | None, *, stdin: BinaryIO | None = None,
        keep: frozenset[Key] | None = frozenset()) -> Reading:
    """All objects of files, of folders with all below them, and of "-". Whole documents are kept
    of the objects in keep; None: of all that nobody's controller made.

    A NetpolError tells every problem of every object together.
    """
    forget()
    collector = Collector(default_namespace, keep, line_of)
    skipped = [each.origin for path in paths for is_named in (not os.path.isdir(path),)
               for each in _documents(path, stdin, whole=bool(keep is None or keep))
               if not _collected(each, collector, is_named=is_named)]
    snapshot, notes = collector.snapshot(), []
    if homeless := len(collector.homeless):
        objects = "1 object names" if homeless == 1 else f"{homeless} objects name"
        notes.append(f'{objects} no namespace: taken as in "{collector.default}"')
    if skipped:
        documents = "1 document is no Kubernetes manifest" if len(skipped) == 1 else f"{len(skipped)} documents are no Kubernetes manifests"
        paths_left_out = list(dict.fromkeys(each.path for each in skipped))
        more = [f"{len(paths_left_out) - 4} more"] if len(paths_left_out) > 4 else []
        notes.append(f"{documents} and left out: {', '.join([*paths_left_out[:4], *more])}")
    return Reading(snapshot, tuple(notes))


def _collected(document: Document, collector: Collector, *, is_named: bool) -> bool:
    """False for what is no object, such as the values.yaml of a chart; a file that was named must hold objects only."""
    if document.kind and (document.api_version or document.kind in ("List",)):
        if document.kind == "Kustomization" and document.api_version.startswith("kustomize.config.k8s.io"):
            raise _unbuilt(os.path.dirname(document.origin.path) or ".")
        collector.add(document)
        return True
    if is_named:
        missing = " and ".join(field for field, value in (("apiVersion", document.api_version), ("kind", document.kind)) if not value)
        where = f"{document.origin.path}, document {document.origin.document}"
        raise NetpolError(f"{where} is no Kubernetes manifest: it has no {missing}", hint="every object names its apiVersion and its kind")
    return False


def _documents(path: str, stdin: BinaryIO | None, *, whole: bool) -> Iterator[Document]:
    for each in _files(path):
        with _opened(each, stdin) as stream:
            yield from documents_in(stream, each, whole=whole)


def _files(path: str) -> list[str]:
    """The file itself, or the manifests below a folder, in order of their names."""
    if path == STDIN:
        return [path]
    if not os.path.lexists(path):
        raise NetpolError(f"{path}: no such file or folder", hint=_beside(path))
    if not os.path.isdir(path):
        return [path]
    found = []
    for folder, folders, names in os.walk(path, onerror=_unreadable):
        folders.sort()
        if any(name in _KUSTOMIZATIONS for name in names):
            raise _unbuilt(folder)
        if "Chart.yaml" in names and "templates" in folders:
            raise NetpolError(f"{folder} is a Helm chart", hint=f"render it: helm template {folder} | kubectl netpol … --offline -")
        found += [os.path.join(folder, name) for name in sorted(names) if name.endswith(_SUFFIXES)]
    if not found:
        raise NetpolError(f"{path} holds no manifests", hint=f"files that are read end in {', '.join(_SUFFIXES)}")
    return found


def _beside(path: str) -> str:
    from kubectl_netpol.core.targets import did_you_mean
    parent = os.path.dirname(path) or "."
    names = sorted(os.listdir(parent)) if os.path.isdir(parent) else []
    return did_you_mean(os.path.basename(path), names) or "name a file, a folder, or - for stdin"


def _unbuilt(folder: str) -> NetpolError:
    return NetpolError(f"{folder} holds a kustomization", hint=f"build it: kubectl kustomize {folder} | kubectl netpol … --offline -")


def _unreadable(error: OSError) -> None:
    raise NetpolError(f"{error.filename}: {(error.strerror or 'cannot be read').lower()}") from None


def _opened(path: str, stdin: BinaryIO | None) -> AbstractContextManager[BinaryIO]:
    try:
        return nullcontext(stdin) if path == STDIN and stdin is not None else open(path, "rb")
    except OSError as error:
        raise NetpolError(f"{path}: {(error.strerror or 'cannot be read').lower()}", hint="look at its permissions") from None
