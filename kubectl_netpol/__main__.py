"""The only catch and the only exit code."""
import gc
import io
import os
import sys
from collections.abc import Sequence

from kubectl_netpol import cli
from kubectl_netpol.errors import Exit, NetpolError, NotYet


def main(argv: Sequence[str] | None = None) -> int:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")       # no crash where arrows cannot be written
    try:
        status = _run(sys.argv[1:] if argv is None else argv)
        sys.stdout.flush()                      # a closed pipe is told here, not at exit
        return status
    except NetpolError as error:
        print(_said(error), file=sys.stderr)
        return Exit.ERROR
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.ERROR
    except KeyboardInterrupt:
        return 130


def _run(argv: Sequence[str]) -> int:
    options = cli.parse(argv)
    if isinstance(options, str):
        sys.stdout.write(options)
        return Exit.OK
    if not options.scope.offline:
        raise NotYet(
            "reading a live cluster is not possible yet",
            hint="save it, then name the file with --offline:\n"
                 "kubectl get ns,svc,pods,deploy,sts,ds,rs,jobs,cronjobs,netpol,endpointslices -A -o json > cluster.json")
    from kubectl_netpol.commands import run  # it imports the rest, which --help does not need
    gc.disable()                                # nothing large is in a cycle; looking for some takes a third of the time of 20,000 pods
    try:
        return run(options, sys.stdout, sys.stderr)
    finally:
        gc.enable()


def _said(error: NetpolError) -> str:
    parts = [("error: ", error.message), ("hint: ", error.hint)]
    return "\n".join(start + "\n  ".join(map(_visible, text.split("\n"))) for start, text in parts if text)


def _visible(text: str) -> str:
    """Control characters as \\x1b: what stands in files and arguments must not steer the terminal."""
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)


if __name__ == "__main__":
    sys.exit(main())
