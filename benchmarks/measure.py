"""What does a command cost, as the kernel counts it?"""
import os
import platform
import shlex
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
INSTALLED = Path(sys.executable).with_name("kubectl-netpol")
PROGRAM = [str(INSTALLED)] if INSTALLED.exists() else [sys.executable, "-m", "kubectl_netpol"]
LONG = 5.0                          # seconds: what takes longer runs once


class Case(NamedTuple):
    name: str
    argv: list[str]
    good: tuple[int, ...] = (0,)    # exit statuses of an answer


class Effort(NamedTuple):
    """How much of it is measured, and how often."""
    quick: bool                     # small clusters
    repeat: int                     # the best of so many runs counts
    timeout: float                  # seconds
    save: bool                      # renew drawings too


class Cost(NamedTuple):
    status: int
    process: float                  # seconds, user and system
    wall: float                     # seconds
    peak: float                     # MB, of the largest process
    answered: bool                  # wrote to stdout

    def remark(self, case: Case) -> str:
        """Why it is no answer; empty: it is one."""
        if self.status in case.good and (self.answered or not self.status):
            return ""
        return "gave up" if self.status < 0 else f"exit {self.status}"


def best(case: Case, effort: Effort) -> Cost:
    """The run that took least; a long one and one without an answer are not repeated."""
    least = measured(case.argv, effort.timeout)
    for _ in range(effort.repeat - 1):
        if least.wall > LONG or least.remark(case):
            break
        least = min(least, measured(case.argv, effort.timeout), key=lambda cost: cost.wall)
    return least


def measured(argv: list[str], timeout: float) -> Cost:
    """One run. Its peak is never less than what this process holds, so nothing large is kept here."""
    started = time.perf_counter()
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(argv, stdout=output, stderr=errors, cwd=HERE.parent)
        alarm = threading.Timer(timeout, process.kill)
        alarm.start()
        _, status, usage = os.wait4(process.pid, 0)
        alarm.cancel()
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        answered = os.fstat(output.fileno()).st_size > 0
        if process.returncode and not answered:
            errors.seek(0)
            print(shlex.join(argv), errors.read().decode(errors="replace")[-500:], sep="\n", file=sys.stderr)
    unit = 1 if sys.platform == "darwin" else 1024
    return Cost(process.returncode, usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss * unit / 1e6, answered)


def machine() -> str:
    cores, python, day = os.cpu_count(), platform.python_version(), time.strftime("%Y-%m-%d")
    return f"{cores} cores, {platform.machine()}, {platform.system()}, Python {python}, {day}"
