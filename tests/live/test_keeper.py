"""Does a bed run as long as a test process wants it, and is nothing left of it afterwards?"""
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.live.bed.bed import Bed
from tests.live.bed.joining import ROOT

HOLDER = """
import sys, time
from pathlib import Path
from tests.live.bed.joining import joined
from tests.live.bed.programs import programs_of
from tests.live.bed.versions import chosen
with joined(Path(sys.argv[1]), programs_of(chosen())) as found:
    print(found.server, flush=True)
    time.sleep(600)
"""                                                             # a test process
Process = subprocess.Popen[str]
Hold = Callable[[], Process]


@pytest.fixture
def hold(tmp_path: Path) -> Iterator[Hold]:
    """Processes that share a bed of their own."""
    started = []

    def start() -> Process:
        started.append(subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path / "bed")], stdout=subprocess.PIPE, text=True, cwd=ROOT))
        return started[-1]

    yield start
    for each in started:
        each.kill()
        each.communicate()


def running(folder: Path) -> dict[int, str]:
    """What works in that folder, beside its holders."""
    lines = subprocess.run(["ps", "-A", "-ww", "-o", "pid=,args="], capture_output=True, text=True, check=True).stdout.splitlines()
    found = {int(pid): args for pid, _, args in (line.strip().partition(" ") for line in lines) if str(folder) in args}
    return {pid: args for pid, args in found.items() if "joined(" not in args}


def test_a_bed_ends_with_the_last_process_that_holds_it_even_if_that_is_killed(bed: Bed, hold: Hold, tmp_path: Path) -> None:
    first, second = hold(), hold()
    servers = [each.stdout.readline() for each in (first, second) if each.stdout]
    assert servers[0] == servers[1] and servers[0].startswith("https://127.0.0.1:")
    assert len(running(tmp_path)) == 4                          # the keeper and three programs
    first.send_signal(signal.SIGINT)
    first.wait(30)
    assert len(running(tmp_path)) == 4
    second.kill()
    bed.wait_for("the bed to end", lambda: not running(tmp_path), seconds=15)
    bed.wait_for("its folder to be removed", lambda: not any(each.is_dir() for each in tmp_path.iterdir()), seconds=15)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_what_a_keeper_has_started_ends_with_it_and_another_takes_its_place(bed: Bed, hold: Hold, tmp_path: Path) -> None:
    first = hold()
    assert first.stdout and first.stdout.readline()
    (keeper,) = (pid for pid, args in running(tmp_path).items() if "tests.live.bed.keeper" in args)
    subprocess.run(["kill", "-9", str(keeper)], check=True)
    bed.wait_for("its programs to end", lambda: not running(tmp_path), seconds=15)
    second = hold()
    assert second.stdout and second.stdout.readline().startswith("https://")
