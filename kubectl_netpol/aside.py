"""What another process works out while this one goes on: threads of Python take turns, processes have a processor each."""
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar, cast

import msgspec

Value = TypeVar("Value")


@contextmanager
def aside(make: Callable[[], Value], shape: object, *, is_long: bool) -> Iterator[Callable[[], Value]]:
    """How to get what make gives, to be asked once. If that takes long it is worked out meanwhile, from a copy of all that is here, and
    told as a shape that msgspec decodes; else when it is asked for. Where the other process cannot be had or fails, make is called here, so
    that errors are its own. Who does not ask any more lets it go."""
    outlet, process = _started(make) if is_long and can_fork() else (None, 0)
    if outlet is None:
        yield make
        return
    answer = open(outlet, "rb")  # noqa: SIM115  # until it is asked for, or let go

    def found() -> Value:
        with answer:
            data = answer.read()                                # to its end, which is that of the other process
        try:
            return cast(Value, msgspec.msgpack.decode(data, type=shape))
        except msgspec.DecodeError:                             # it ended before its time
            return make()
    try:
        yield found
    finally:
        with suppress(ChildProcessError, ProcessLookupError):   # who ignores SIGCHLD has nothing to wait for
            if not answer.closed:
                answer.close()
                os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)


def can_fork() -> bool:
    """On Linux alone: elsewhere there is no fork, or libraries of the system do not bear it. A copy has none of the other threads, and
    what these hold locked stays so."""
    return sys.platform == "linux" and threading.active_count() == 1 and len(os.sched_getaffinity(0)) > 1


def _started(make: Callable[[], object]) -> tuple[int | None, int]:
    """Where the other process will answer, and its number; None where there is none to be had."""
    outlet, inlet = os.pipe()
    try:
        process = os.fork()
    except OSError:                                             # there may be no more, or no memory for one
        os.close(outlet)
        os.close(inlet)
        return None, 0
    if process == 0:
        _answer(make, inlet)
    os.close(inlet)
    return outlet, process


def _answer(make: Callable[[], object], inlet: int) -> None:
    """All that the other process does. It lets go of what others may wait for the end of, such as a pipe behind stdout."""
    try:
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (1, 2):
            os.dup2(nothing, stream)
        with open(inlet, "wb") as answer:
            answer.write(msgspec.msgpack.encode(make()))
    finally:
        os._exit(0)                                             # whatever happened: nothing of this process is for the other one's end
