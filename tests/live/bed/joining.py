"""How do the processes of one test run share one bed? The first starts its keeper, the others find it."""
import errno
import fcntl
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.live.bed.programs import Programs

ROOT = Path(__file__).resolve().parents[3]                      # of the checkout
PIPE, STATE = "pipe", "state.json"
_SECONDS = 200                                                  # the keeper gives up before


class Joined(NamedTuple):
    folder: Path                                                # of the bed: certificates, logs, audit.jsonl
    server: str
    version: str                                                # that the server says: "1.37.2"


@contextmanager
def joined(folder: Path, programs: Programs) -> Iterator[Joined]:
    """The bed of this folder, which runs at least until this ends."""
    with locked(folder):
        pipe = _found(folder)
        if pipe is None:
            pipe = _started(folder, programs)
    try:
        yield Joined(folder, **_state(folder))
    finally:
        os.close(pipe)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    with open(folder.with_name(f"{folder.name}.lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)                        # given back when the file is closed
        yield


def _found(folder: Path) -> int | None:
    """The write end of its pipe; None: nobody reads it, so there is no keeper."""
    try:
        return os.open(folder / PIPE, os.O_WRONLY | os.O_NONBLOCK)
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.ENXIO):
            raise
        return None


def _started(folder: Path, programs: Programs) -> int:
    """In a session of its own, which Ctrl-C does not reach."""
    shutil.rmtree(folder, ignore_errors=True)                   # of a keeper that was killed
    folder.mkdir(parents=True)
    os.mkfifo(folder / PIPE)
    reader = os.open(folder / PIPE, os.O_RDONLY | os.O_NONBLOCK)
    pipe = os.open(folder / PIPE, os.O_WRONLY)
    with open(_said(folder), "wb") as said:
        subprocess.Popen(
            [sys.executable, "-m", "tests.live.bed.keeper", str(folder), str(reader), *programs], cwd=ROOT, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=said, stderr=said, pass_fds=[reader])
    os.close(reader)
    return pipe


def _state(folder: Path) -> dict[str, str]:
    end = time.monotonic() + _SECONDS
    while time.monotonic() < end and folder.exists():
        try:
            return json.loads((folder / STATE).read_text(encoding="utf-8"))  # type: ignore[no-any-return]
        except FileNotFoundError:
            time.sleep(0.05)
    raise RuntimeError(f"the bed has not started:\n{_said(folder).read_text(errors='replace')}")


def _said(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.keeper.log")
