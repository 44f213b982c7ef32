"""What keeps a bed running as long as a test process wants it, and no longer?

    python -m tests.live.bed.keeper FOLDER PIPE PROGRAM...

The first test process that wants a bed starts this one (joining), and hands it the read end of FOLDER/pipe as PIPE. Each test process holds
the write end; the kernel closes it in whatever way the process ends. Once nobody holds it, all that was started is stopped and removed.
Should this process be killed itself, the kernel kills what it has started (on Linux).
"""
import ctypes
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.live.bed import nodes
from tests.live.bed.joining import STATE, locked
from tests.live.bed.processes import commands, free_ports
from tests.live.bed.programs import Programs
from tests.live.bed.server import Server
from tests.live.bed.users import ADMIN, token_of

_SECONDS = 60                                                   # for a start; 3 to 6 are usual
_TRIES = 3                                                      # another program may take a port between its choice and its use
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)

Running = dict[str, subprocess.Popen[bytes]]                   # by name


class Failed(Exception):
    """Why a bed has not started."""


def keep(folder: Path, pipe: int, programs: Programs) -> None:
    running: Running = {}
    try:
        server = _served(folder, programs, running)
        _write_state(folder, server)
        folder = _left_by_all(folder, pipe)
    finally:
        _stop(running)
        shutil.rmtree(folder, ignore_errors=True)


# ---- start and stop


def _served(folder: Path, programs: Programs, running: Running) -> str:
    """Its URL, once it is ready."""
    for left in reversed(range(_TRIES)):
        ports = free_ports()
        try:
            for name, argv in commands(programs, folder, ports).items():
                running[name] = _start(argv, folder / f"{name}.log")
                if name == "kube-apiserver":                    # the controllers give up where there is none
                    _wait_until_ready(folder, f"https://127.0.0.1:{ports[1]}", running)
            return f"https://127.0.0.1:{ports[1]}"
        except Failed:
            _stop(running)
            if not left:
                raise
    raise AssertionError


def _start(argv: list[str], log: Path) -> subprocess.Popen[bytes]:
    with open(log, "wb") as output:
        return subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=output, stderr=output, preexec_fn=_die_with_parent)


def _die_with_parent() -> None:
    if sys.platform == "linux":
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _wait_until_ready(folder: Path, url: str, running: Running) -> None:
    server, end = Server(url, folder / "ca.crt", token_of(ADMIN)), time.monotonic() + _SECONDS
    while time.monotonic() < end:
        for name, each in running.items():
            if each.poll() is not None:
                raise Failed(f"{name} has ended with {each.returncode}\n{_logs(folder)}")
        try:
            if server.ask("GET", "/readyz").status == 200:
                return
        except OSError:
            pass                                                # nobody listens yet
        time.sleep(0.1)
    raise Failed(f"the API server was not ready within {_SECONDS} s\n{_logs(folder)}")


def _logs(folder: Path) -> str:
    """The last lines of each."""
    return "\n".join(
        f"{path.name}: {line}" for path in sorted(folder.glob("*.log")) for line in path.read_text(errors="replace").splitlines()[-8:])


def _write_state(folder: Path, url: str) -> None:
    server = Server(url, folder / "ca.crt", token_of(ADMIN))
    for document in nodes.documents():
        server.made(document)
    state = {"server": url, "version": server.must("GET", "/version")["gitVersion"].removeprefix("v")}
    (folder / "state").write_text(json.dumps(state), encoding="utf-8")
    (folder / "state").rename(folder / STATE)                   # seen as a whole or not at all


def _stop(running: Running) -> None:
    """At once: nothing of what they hold is of use to anybody."""
    while running:
        _, each = running.popitem()
        each.kill()
        each.wait()


# ---- until nobody wants it


def _left_by_all(folder: Path, pipe: int) -> Path:
    """Waits until nobody holds the pipe; under its new name the folder is found by nobody."""
    while True:
        select.select([pipe], [], [])                           # nothing is ever written: it is readable at its end only
        with locked(folder):
            if select.select([pipe], [], [], 0)[0]:             # nobody has joined meanwhile
                return folder.rename(folder.with_name(f"{folder.name}-{os.getpid()}"))


if __name__ == "__main__":
    try:
        keep(Path(sys.argv[1]), int(sys.argv[2]), Programs(*sys.argv[3:]))
    except Failed as why:
        sys.exit(str(why))
