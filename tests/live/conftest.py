"""A real API server for the tests of this folder; what it is tells tests/live/bed.

NETPOL_LIVE=required makes a failure of each test here that is skipped, NETPOL_LIVE=off skips them all, NETPOL_BED_VERSION=1.34 chooses
the Kubernetes.
"""
import os
import secrets
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
import yaml

from tests.live import crds
from tests.live.bed.bed import Bed
from tests.live.bed.joining import joined
from tests.live.bed.programs import Absent, programs_of
from tests.live.bed.server import path_of
from tests.live.bed.versions import chosen

NewNamespace = Callable[..., str]


@pytest.fixture(scope="session")
def bed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    """One for the whole run: the processes of pytest-xdist share it."""
    if os.environ.get("NETPOL_LIVE") == "off":
        pytest.skip("NETPOL_LIVE=off")
    try:
        programs = programs_of(chosen())
    except Absent as why:
        pytest.skip(str(why))
    with joined(_shared(tmp_path_factory) / "bed", programs) as found:
        yield Bed(found, programs, tmp_path_factory.mktemp("bed-of-process"))


def _shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the processes of a run have in common."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def extended_bed(bed: Bed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    """A second one, that has kinds beside Kubernetes' own (crds.py): whoever may not read these is certain of less."""
    programs = programs_of(chosen())
    with joined(_shared(tmp_path_factory) / "extended-bed", programs) as found:
        extended = Bed(found, programs, tmp_path_factory.mktemp("extended-bed-of-process"))
        extended.run_kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", input=yaml.safe_dump_all(crds.EVERY))
        extended.run_kubectl("wait", "--for=condition=Established", "--timeout=60s", "crd", "--all")
        yield extended


@pytest.fixture
def new_namespace(bed: Bed) -> Iterator[NewNamespace]:
    yield from _namespaces_in(bed)


@pytest.fixture
def new_namespace_there(extended_bed: Bed) -> Iterator[NewNamespace]:
    yield from _namespaces_in(extended_bed)


def _namespaces_in(bed: Bed) -> Iterator[NewNamespace]:
    """Makes namespaces, with labels; afterwards they are deleted, and nobody waits for it."""
    made = []

    def new(labels: dict[str, str] | None = None) -> str:
        name = f"test-{secrets.token_hex(4)}"
        bed.api.made({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels or {}}})
        made.append(name)
        return name

    yield new
    for name in made:
        bed.api.must("DELETE", path_of("Namespace", None, name))
        bed.api.must("DELETE", path_of("Pod", name), {"gracePeriodSeconds": 0})     # no kubelet would end them


@pytest.fixture
def namespace(new_namespace: NewNamespace) -> str:
    return new_namespace()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2].removeprefix("Skipped: ")
        report.longrepr = (os.path.dirname(__file__), None, reason)     # type: ignore[assignment]  # one line of the summary for all
        if os.environ.get("NETPOL_LIVE") == "required":
            report.outcome, report.longrepr = "failed", f"skipped, though NETPOL_LIVE=required: {reason}"
    return report
