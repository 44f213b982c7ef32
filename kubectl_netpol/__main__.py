"""The only catch and the only exit code."""
import errno
import gc
import io
import os
import sys
from collections.abc import Sequence

from kubectl_netpol import cli
from kubectl_netpol.errors import Exit, NetpolError

_INTERRUPTED = 130                              # 128 and the number of SIGINT, as shells have it


def main(argv: Sequence[str] | None = None) -> int:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")       # no crash where arrows cannot be written
    try:
        status, _kept = _ended(sys.argv[1:] if argv is None else argv)
    except BrokenPipeError:
        _leave_unread()
        status = Exit.ERROR
    except KeyboardInterrupt:
        status = _INTERRUPTED
    if argv is None:
        sys.stderr.flush()
        os._exit(status)                        # at once: other threads may wait for an answer, and a large cluster is long to take apart
    gc.enable()
    return status


def _ended(argv: Sequence[str]) -> tuple[int, object]:
    """The exit status, and what is kept to the end."""
    try:
        ended = _run(argv)
        sys.stdout.flush()                      # a closed pipe is told here, not at exit
        return ended
    except BrokenPipeError:
        raise
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        print(_said(NetpolError("the answer cannot be written whole: no space is left where it goes")), file=sys.stderr)
        return Exit.ERROR, None
    except NetpolError as error:
        print(_said(error), file=sys.stderr)
        return Exit.ERROR, None


def _leave_unread() -> None:
    """What nobody reads any more is not written at exit either."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _run(argv: Sequence[str]) -> tuple[int, object]:
    if argv[:1] == [cli.COMPLETE]:
        from kubectl_netpol.completion import complete
        return complete(argv[1:], os.environ, sys.stdout), None
    options = cli.parse(argv)
    if isinstance(options, str):
        sys.stdout.write(options)
        return Exit.OK, None
    from kubectl_netpol.commands import run  # it imports the rest, which --help does not need
    gc.disable()                                # nothing large is in a cycle; looking for some takes a third of the time of 20,000 pods
    return run(options, sys.stdout, sys.stderr)


def _said(error: NetpolError) -> str:
    parts = [("error: ", error.message), ("hint: ", error.hint)]
    return "\n".join(start + "\n  ".join(map(_visible, text.split("\n"))) for start, text in parts if text)


def _visible(text: str) -> str:
    """Control characters as \\x1b: what stands in files and arguments must not steer the terminal."""
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)


if __name__ == "__main__":
    sys.exit(main())
