"""How far has reading come? Told on a terminal, once it takes a while."""
import time
from collections import Counter
from threading import Lock
from typing import TextIO

_PATIENCE, _PAUSE = 1.0, 0.1                                    # seconds before the first word, and between words


class Progress:
    """Of several threads; the line is cleared at the end."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream if stream.isatty() else None
        self._counts: Counter[str] = Counter()
        self._lock = Lock()
        self._next = time.monotonic() + _PATIENCE
        self._is_shown = False

    def add(self, kind: str, number: int) -> None:
        with self._lock:
            self._counts[kind] += number
            if self._stream and time.monotonic() >= self._next:
                said = ", ".join(f"{count:,} {name}" for name, count in self._counts.most_common(3) if count)
                self._write(f"reading: {said}")
                self._next = time.monotonic() + _PAUSE

    def clear(self) -> None:
        with self._lock:
            if self._is_shown:
                self._write("")

    def _write(self, text: str) -> None:
        assert self._stream
        self._stream.write(f"\r\x1b[K{text}")
        self._stream.flush()
        self._is_shown = bool(text)
