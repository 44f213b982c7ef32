"""What does kubectl itself say that applying manifests would change? One run of kubectl diff tells both sides of each object.

kubectl writes the live objects and what the server's dry run makes of them into two folders, and calls KUBECTL_EXTERNAL_DIFF on them.
What is called here keeps a copy of both; the text is made from that copy, by the differ that kubectl would have called.
"""
import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from shlex import quote
from shutil import which
from tempfile import TemporaryDirectory, gettempdir
from typing import Any

import yaml
from msgspec import Struct

from kubectl_netpol.errors import NetpolError
from kubectl_netpol.inputs.yaml_values import Loader
from kubectl_netpol.options import Connection
from kubectl_netpol.server.differ import LIVE, MERGED, own_text, plain_diffs

Document = dict[str, Any]


class ApplyFlags(Struct, frozen=True):
    """Those of kubectl apply that change what a diff shows."""

    server_side: bool = False
    field_manager: str | None = None
    force_conflicts: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        return (*(("--server-side",) if self.server_side else ()),
                *(("--field-manager", self.field_manager) if self.field_manager else ()),
                *(("--force-conflicts",) if self.force_conflicts else ()))


class Merged(Struct, frozen=True):
    """Both sides of each object, by the name that kubectl gives its file: networking.k8s.io.v1.NetworkPolicy.shop.web."""

    live: dict[str, Document]                                   # an object that is new has no live side
    merged: dict[str, Document]
    text: str                                                   # what plain kubectl diff prints, but for time stamps and folders' names
    messages: str = ""                                          # kubectl's stderr: warnings of the server
    diffs: dict[str, str] = {}                                  # the lines of diff -u -N for each object that differs
    is_own: bool = False                                        # whether the text is what the user's KUBECTL_EXTERNAL_DIFF prints


class Reason(Enum):
    """Why kubectl diff failed."""

    NO_NAMESPACE = "no namespace"                               # the one that an object stands in is not there
    NO_DRY_RUN = "no dry run"                                   # no right to it, or an admission webhook that cannot
    REFUSED = "refused"                                         # all else


class Refusal(NetpolError):
    """What kubectl says, which is what the server says where that refuses. namespace: the missing one."""

    def __init__(self, message: str, hint: str, reason: Reason, namespace: str = "") -> None:
        super().__init__(message, hint)
        self.reason = reason
        self.namespace = namespace


def kubectl_command(environ: Mapping[str, str]) -> str | None:
    """The kubectl that called us (it says so since 1.37), else the one on PATH; None: there is none that can hand on its folders."""
    if os.name == "nt":
        return None                                             # what keeps the folders is a script of the shell
    path = environ.get("PATH")
    return which(environ.get("KUBECTL_PATH") or "kubectl", path=path) or which("kubectl", path=path)


def kubectl_diff(
        paths: Sequence[str], stdin_bytes: bytes | None, connection: Connection, namespace: str | None, flags: ApplyFlags,
        environ: Mapping[str, str]) -> Merged:
    """What `kubectl diff -f PATH...` shows; stdin_bytes are what stands at "-", namespace is what -n says.

    A Refusal has kubectl's own words. There must be a kubectl_command.
    """
    words = ("diff", *(word for path in paths for word in ("-f", path)), *flags.words, *connection.words,
             *(("--namespace", namespace) if namespace else ()))
    with TemporaryDirectory(prefix="kubectl-netpol-") as name, _keeper(Path(name)) as programs:
        folder = Path(name)
        messages = _ran(words, stdin_bytes, environ, programs)
        if not (folder / MERGED).exists():
            raise NetpolError("kubectl diff did not call KUBECTL_EXTERNAL_DIFF", hint="name another kubectl in KUBECTL_PATH")
        return merged_in(folder, environ, messages)


def messages_of(merged: Merged) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What was said beside the diff, each thing once: warnings of the server (unknown field "spec.podselector"), and the rest."""
    lines = tuple(dict.fromkeys(line for line in _LOG.sub("", merged.messages).splitlines() if line.strip()))
    return (tuple(line.removeprefix(_WARNING) for line in lines if line.startswith(_WARNING)),
            tuple(line for line in lines if not line.startswith(_WARNING)))


def merged_in(folder: Path, environ: Mapping[str, str], messages: str = "") -> Merged:
    """What stands in the folders LIVE and MERGED of a folder."""
    diffs = plain_diffs(folder, environ)
    own = own_text(folder, environ)
    text, said = own or ("".join(diffs.values()), "")
    return Merged(_documents(folder / LIVE), _documents(folder / MERGED), text, messages + said, diffs, is_own=own is not None)


def _documents(folder: Path) -> dict[str, Document]:
    """By the name of the file; of a new object that of the live side is empty."""
    found = ((path.name, yaml.load(path.read_bytes(), Loader=Loader)) for path in sorted(folder.iterdir()))
    return {name: document for name, document in found if document is not None}


# ---- one run

_KEEPER = "kubectl-netpol-keeps"


@contextmanager
def _keeper(folder: Path) -> Iterator[str]:
    """A folder of programs with one that copies what kubectl hands it into a folder.

    It is found on PATH, as KUBECTL_EXTERNAL_DIFF may hold no space and a path may.
    """
    live, merged = (quote(str(folder / side)) for side in (LIVE, MERGED))
    script = f'#!/bin/sh\nPATH="$PATH:/usr/bin:/bin"\ncp -R "$1" {live} && cp -R "$2" {merged} || exit 2\n'
    for parent in (gettempdir, _cache):
        with TemporaryDirectory(prefix="kubectl-netpol-", dir=parent()) as programs:
            path = Path(programs, _KEEPER)
            path.write_text(script, encoding="utf-8")
            path.chmod(0o700)
            if os.access(path, os.X_OK):                        # /tmp may be mounted noexec
                yield programs
                return
    raise NetpolError("kubectl diff cannot hand on what it found: no program may stand in a temporary folder",
                      hint="name another one in TMPDIR")


def _cache() -> str:
    path = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    path.mkdir(parents=True, exist_ok=True)
    return str(path)


def _ran(words: Sequence[str], stdin: bytes | None, environ: Mapping[str, str], programs: str) -> str:
    """What kubectl prints to stderr."""
    command = kubectl_command(environ)
    assert command
    path = os.pathsep.join(filter(None, (programs, environ.get("PATH"))))
    variables = {**environ, "PATH": path, "KUBECTL_EXTERNAL_DIFF": _KEEPER}
    ran = subprocess.run([command, *words], capture_output=True, env=variables, check=False, input=stdin or b"")
    said: str = ran.stderr.decode(errors="replace")
    if ran.returncode:                                          # what keeps the folders finds no differences
        raise _refusal(said or f"kubectl diff: exit status {ran.returncode}")
    return said


# ---- what it says

_LOG = re.compile(r"^[IWEF]\d{4} .*\n?", re.MULTILINE)          # of kubectl itself, not of the server
_WARNING = "Warning: "
_NO_NAMESPACE = re.compile(r'namespaces "(?P<namespace>[^"]+)" not found\s*$')
_NO_DRY_RUN = re.compile(r'is forbidden: User "[^"]*" cannot (?:get|create|patch) resource|does not support dry ?run')
_HINTS = (
    ("Apply failed with", "--force-conflicts takes the fields over from the other manager"),
    ("does not match the namespace", "leave out -n, or name the namespace of the file"),
    ("resource mapping not found", "apply its CustomResourceDefinition first, or leave the object out"),
    ("is invalid:", "kubectl apply would be refused too: correct the manifest"),
    ("Object 'Kind' is missing", "every object names its apiVersion and its kind: leave that file out"),
    ("does not exist", "name a file, a folder, or - for stdin"),
    ("generate name", "give it a name: what has none yet cannot be compared"),
    ("resource name may not be empty", "give it a name: what has none yet cannot be compared"),
)


def _refusal(said: str) -> Refusal:
    lines = (line for line in _LOG.sub("", said).splitlines() if not line.startswith(_WARNING))
    message = "\n".join(lines).strip().removeprefix("error: ") or said.strip()
    missing = _NO_NAMESPACE.search(message)
    hint = next((hint for words, hint in _HINTS if words in message), "kubectl diff -f says the same")
    if missing:
        return Refusal(message, "create the namespace, or put its manifest beside", Reason.NO_NAMESPACE, missing["namespace"])
    return Refusal(message, hint, Reason.NO_DRY_RUN if _NO_DRY_RUN.search(message) else Reason.REFUSED)
