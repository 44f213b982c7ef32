"""What another process works out while this one goes on: threads of Python take turns, processes have a processor each."""
import os
import sys
import threading
from collections.abc import Callable
from typing import TypeVar, cast

import msgspec

Value = TypeVar("Value")


def aside(make: Callable[[], Value], kind: object, *, is_long: bool) -> Callable[[], Value]:
    """How to get what make gives, of a kind that msgspec can decode: if that takes long it is worked out meanwhile, from a copy of all
    that is here, else when it is asked for. What fails there is done again here, so that errors are those of make."""
    if not (is_long and can_fork()):
        return make
    outlet, inlet = os.pipe()
    try:
        process = os.fork()
    except OSError:                                             # there may be no more, or no memory for one
        os.close(outlet)
        os.close(inlet)
        return make
    if process == 0:
        _answer(make, inlet)
    os.close(inlet)

    def found() -> Value:
        with open(outlet, "rb") as answer:
            data = answer.read()
        _, status = os.waitpid(process, 0)
        return make() if status else cast(Value, msgspec.msgpack.decode(data, type=kind))
    return found


def can_fork() -> bool:
    """On Linux alone: elsewhere there is no fork, or libraries of the system do not bear it. A copy has none of the other threads, and
    what these hold locked stays so."""
    return sys.platform == "linux" and threading.active_count() == 1 and len(os.sched_getaffinity(0)) > 1


def _answer(make: Callable[[], object], inlet: int) -> None:
    """All that the other process does. It lets go of what others may wait for the end of, such as a pipe behind stdout."""
    status = 1
    try:
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (1, 2):
            os.dup2(nothing, stream)
        with open(inlet, "wb") as answer:
            answer.write(msgspec.msgpack.encode(make()))
        status = 0
    finally:
        os._exit(status)                                        # whatever happened: nothing of this process is for the other one's end
