"""Which text shows how two folders of manifests differ? What diff -u -N prints, and what the user's own differ does."""
import difflib
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from re import compile as pattern

from kubectl_netpol.errors import NetpolError

LIVE, MERGED = "LIVE", "MERGED"                                 # as kubectl calls its folders
_VARIABLE = "KUBECTL_EXTERNAL_DIFF"
_WORD = pattern("[a-zA-Z0-9-=]+")                               # kubectl: "Regex accepts: Alphanumeric (case-insensitive), dash and equal"
_DIFFERS = 1                                                    # diff(1), and what kubectl expects of others: 0 equal, 1 not, >1 an error


def plain_diffs(folder: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """By the name of the file: the lines of diff -u -N, headers included, for each that differs.

    The folders are called LIVE and MERGED in the headers, without time stamps: the same change is the same text.
    """
    names = sorted(path.name for path in (folder / MERGED).iterdir())       # of a new object the live side is an empty file
    differing = [name for name in names if (folder / LIVE / name).read_bytes() != (folder / MERGED / name).read_bytes()]
    if not differing:
        return {}
    printed = _printed(folder, environ)
    return {name: _header(name) + (printed.get(name) or _hunks(folder, name)) for name in differing}


def own_text(folder: Path, environ: Mapping[str, str]) -> tuple[str, str] | None:
    """What the user's differ prints, and what it says on stderr; None: there is none. kubectl puts its words after the folders."""
    command, *words = environ.get(_VARIABLE, "").split(" ")
    if not environ.get(_VARIABLE):
        return None
    argv = [command, str(folder / LIVE), str(folder / MERGED), *(word for word in words if _WORD.fullmatch(word))]
    try:
        ran = subprocess.run(argv, capture_output=True, stdin=subprocess.DEVNULL, env=dict(environ), check=False)
    except OSError as error:
        raise _failed(command, (error.strerror or "cannot be run").lower()) from None
    if ran.returncode not in (0, _DIFFERS):
        raise _failed(command, ran.stderr.decode(errors="replace").strip() or f"exit status {ran.returncode}")
    return ran.stdout.decode(errors="replace"), ran.stderr.decode(errors="replace")


def _failed(command: str, reason: str) -> NetpolError:
    return NetpolError(f'failed to run "{command}": {reason}', hint=f"{_VARIABLE} names it; without it, diff -u -N is taken")


# ---- diff -u -N


def _printed(folder: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """By the name of the file: its hunks. Nothing where diff(1) is missing, or says nothing of files in folders."""
    program = shutil.which("diff", path=environ.get("PATH"))
    if program is None:
        return {}
    ran = subprocess.run([program, "-u", "-N", LIVE, MERGED], cwd=folder, capture_output=True, env=dict(environ), check=False)
    if ran.returncode not in (0, _DIFFERS):
        raise NetpolError(f'failed to run "diff": {ran.stderr.decode(errors="replace").strip()}', hint="the diff on your PATH is used")
    found: dict[str, str] = {}
    for part in f"\n{ran.stdout.decode(errors='replace')}".split("\ndiff -u -N ")[1:]:     # lines of hunks begin with one of " +-@\"
        _, _, new, *hunks = part.split("\n", 3)
        found[new.partition("\t")[0].removeprefix(f"+++ {MERGED}/")] = "".join(hunks).removesuffix("\n") + "\n"
    return found


def _header(name: str) -> str:
    return f"diff -u -N {LIVE}/{name} {MERGED}/{name}\n--- {LIVE}/{name}\n+++ {MERGED}/{name}\n"


def _hunks(folder: Path, name: str) -> str:
    live, merged = ((folder / side / name).read_text(encoding="utf-8").splitlines(keepends=True) for side in (LIVE, MERGED))
    return "".join([*difflib.unified_diff(live, merged)][2:])
