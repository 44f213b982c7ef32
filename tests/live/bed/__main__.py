"""Are the programs of the bed here? Builds those that are not: `make bed`, about 10 minutes on 2 cores, once."""
import shutil
import subprocess
import sys
import time
from pathlib import Path

from tests.live.bed.building import build
from tests.live.bed.programs import Absent, missing, programs_of
from tests.live.bed.versions import Version, chosen


def main() -> int:
    version = chosen()
    try:
        _build(version)
        found = programs_of(version)
    except Absent as why:
        return _failed(str(why))
    except subprocess.CalledProcessError as error:
        return _failed(f"go build has failed with exit status {error.returncode}")
    except KeyboardInterrupt:
        return _failed("interrupted; what is built so far is kept")
    _say(f"the bed of Kubernetes {version.number} is ready: {Path(found.kube_apiserver).parent}, with {found.etcd}")
    return 0


def _build(version: Version) -> None:
    names = missing(version)
    if names and not shutil.which("go"):
        raise Absent(f"no Go to build {', '.join(names)} {version.number} with: install it, or set KUBEBUILDER_ASSETS")
    for number, name in enumerate(names, 1):
        _say(f"building {name} {version.number} ({number} of {len(names)})")
        start = time.monotonic()
        build(name, version)
        _say(f"built {name} in {time.monotonic() - start:.0f} s")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _failed(why: str) -> int:
    _say(f"error: {why}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
