"""How long may an answer take, and what is heard meanwhile? Two seconds, and nothing: somebody is typing."""
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeVar

import msgspec

from kubectl_netpol.errors import NetpolError

SECONDS = 2.0
Found = TypeVar("Found")


def patiently(question: Callable[[], Found]) -> Found:
    """The answer, or a TimeoutError: what still waits then is left behind."""
    answers: SimpleQueue[Found | BaseException] = SimpleQueue()

    def ask() -> None:
        try:
            answers.put(question())
        except BaseException as error:                          # raised again where it is waited for
            answers.put(error)

    Thread(target=ask, daemon=True).start()
    try:
        answer = answers.get(timeout=SECONDS)
    except Empty:
        raise TimeoutError from None
    if isinstance(answer, BaseException):
        raise answer
    return answer


def quietly(question: Callable[[], list[Found]]) -> list[Found]:
    """The answer, or nothing."""
    with _silence():
        try:
            return question()
        except (NetpolError, OSError, msgspec.DecodeError):
            return []


@contextmanager
def _silence() -> Iterator[None]:
    """For programs that tell who we are, too: they inherit these, and may neither write on the terminal nor read from it."""
    kept = [(stream, os.dup(stream)) for stream in (0, 2)]
    nothing = os.open(os.devnull, os.O_RDWR)
    try:
        for stream, _ in kept:
            os.dup2(nothing, stream)
        yield
    finally:
        for stream, copy in kept:
            os.dup2(copy, stream)
            os.close(copy)
        os.close(nothing)
