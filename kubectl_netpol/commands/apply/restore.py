"""How is what was applied undone? What is replaced or deleted is kept in files, before anything is written.

Replaced objects are put back by kubectl replace: an apply would merge, and leave what was added. Deleted ones are made again by kubectl
create. Where an object has a last-applied annotation, both write the whole object there, so that a next apply of its file takes away
what that file has no more.
"""
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from kubectl_netpol.commands.apply.said import written_name
from kubectl_netpol.core.writes import Write, plain
from kubectl_netpol.errors import NetpolError
from kubectl_netpol.options import Scope
from kubectl_netpol.render.manifests import manifest


class Kept(Struct, frozen=True):
    """Where what was there before stands; None: nothing of the kind is changed."""

    replaced: Path | None = None
    deleted: Path | None = None

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(str(path) for path in (self.replaced, self.deleted) if path)


def kept(undoing: Sequence[Write], folder: Path, name: str) -> Kept:
    """Writes the files, and returns when they are on the disk. undoing: the writes that undo, in their order."""
    replaced = [write for write in undoing if write.before and write.after]
    deleted = [write for write in undoing if not write.before]
    try:
        return Kept(_file(folder, name, replaced), _file(folder, f"{name}-deleted", deleted))
    except OSError as error:
        raise NetpolError(f"what is replaced cannot be kept in {folder}: {(error.strerror or str(error)).lower()}",
                          hint="nothing was applied; name another folder in XDG_STATE_HOME") from None


def folder_in(environ: Mapping[str, str]) -> Path:
    """The XDG Base Directory Specification has state there."""
    state = environ.get("XDG_STATE_HOME", "")
    return Path(state if os.path.isabs(state) else os.path.join(environ.get("HOME") or Path.home(), ".local", "state"), "kubectl-netpol")


def name_for(scope: Scope, moment: datetime) -> str:
    cluster = re.sub(r"[^A-Za-z0-9._-]+", "-", scope.context or scope.server or "").strip("-.") or "cluster"
    return f"restore-{cluster}-{moment:%Y%m%dT%H%M%SZ}"


def _file(folder: Path, name: str, writes: Sequence[Write]) -> Path | None:
    if not writes:
        return None
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = _free(folder, name)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write("---\n".join(manifest(plain(write.after)) for write in writes if write.after))
        file.flush()
        os.fsync(file.fileno())
    _settle(folder)
    return path


def _free(folder: Path, name: str) -> Path:
    """Two in one second have names of their own."""
    names = (name if number == 1 else f"{name}-{number}" for number in range(1, 1000))
    return next(path for each in names if not (path := folder / f"{each}.yaml").exists())


def _settle(folder: Path) -> None:
    """The name is on the disk, too. Not every system lets a folder be opened."""
    if hasattr(os, "O_DIRECTORY"):
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


# ---- the commands


def undo_commands(undoing: Iterable[Write], files: Kept, scope: Scope) -> Iterator[tuple[str, ...]]:
    """Of what was written: first what was deleted, then what was changed, and what was made goes last. undoing as in kept."""
    writes, cluster = list(undoing), _cluster_words(scope)
    if files.deleted and any(not write.before for write in writes):
        yield ("kubectl", "create", "-f", str(files.deleted), *cluster)
    if files.replaced and any(write.before and write.after for write in writes):
        yield ("kubectl", "replace", "-f", str(files.replaced), *cluster)
    made: dict[str, list[str]] = {}
    for write in writes:
        if not write.after:
            made.setdefault(write.key.namespace, []).append(written_name(write.key, write.key.namespace))
    for namespace, names in made.items():
        yield ("kubectl", "delete", *names, *(("-n", namespace) if namespace else ()), *cluster)


def _cluster_words(scope: Scope) -> tuple[str, ...]:
    """The context by its name: another one may be the current one by then."""
    words = scope.connection.printed
    return words if scope.connection.context or not scope.context else (*words, "--context", scope.context)
