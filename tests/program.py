"""What does the program say? It runs in this process, with text streams in place of the terminal."""
import io
import itertools
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

from kubectl_netpol.__main__ import main
from tests.oracle import Address, Cluster, ConnectionChanges, Connections, Document, Found, Key, network_of
from tests.schemas import hold

PLAIN = {"COLUMNS": "120", "NO_COLOR": "1"}


class Ran(NamedTuple):
    status: int
    stdout: str
    stderr: str


def run(argv: Sequence[str], stdin: str = "", **environment: str) -> Ran:
    """The program with these arguments; keywords change its environment: COLUMNS="80"."""
    stdout, stderr = _stream(""), _stream("")
    with _streams(_stream(stdin), stdout, stderr), mock.patch.dict(os.environ, {**PLAIN, **environment}):
        status = main(argv)
    return Ran(status, _text(stdout), _text(stderr))


def ask(argv: Sequence[str], stdin: str = "") -> dict[str, Any]:
    """The answer as JSON that holds its schema; an error of the program is an error here."""
    ran = run([*argv, "-o", "json"], stdin)
    if ran.status == 2 or not ran.stdout:
        raise AssertionError(f"{' '.join(argv)}: exit {ran.status}\n{ran.stderr}")
    hold(ran.stdout)
    return json.loads(ran.stdout)


def _stream(text: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(text.encode()), encoding="utf-8", newline="", write_through=True)


def _text(stream: io.TextIOWrapper) -> str:
    return stream.buffer.getvalue().decode()  # type: ignore[attr-defined]


@contextmanager
def _streams(stdin: io.TextIOWrapper, stdout: io.TextIOWrapper, stderr: io.TextIOWrapper) -> Iterator[None]:
    with mock.patch.object(sys, "stdin", stdin), mock.patch.object(sys, "stdout", stdout), mock.patch.object(sys, "stderr", stderr):
        yield


# ---- documents in, JSON out


def as_list(documents: list[Document]) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": documents})


def changed(before: list[Document], after: list[Document], *argv: str) -> dict[str, Any]:
    """What diff says of two states."""
    with saved(before, after) as (first, second):
        return ask(["diff", "--offline", first, "--to-offline", second, *argv])


def connection_changes(before: list[Document], after: list[Document], ports: list[int], outside: list[Address]) -> ConnectionChanges:
    """What diff lists, for each pair: before and after."""
    report = changed(before, after, "--by", "workload", "-A")
    members = members_of(report, Cluster(before), Cluster(after))
    found: ConnectionChanges = {}
    for entry in report["connections"]:
        states = (both(entry["before"], entry["uncertainBefore"], ports), both(entry["after"], entry["uncertainAfter"], ports))
        for pair in pairs_of(entry, members, outside):
            assert pair not in found, f"{pair} stands in two entries"
            found[pair] = states
    return found


@contextmanager
def saved(*states: list[Document]) -> Iterator[list[str]]:
    """The path of each state as a file."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, f"state-{number}.json") for number in range(len(states))]
        for path, documents in zip(paths, states):
            path.write_text(as_list(documents), encoding="utf-8")
        yield list(map(str, paths))


def asked(documents: list[Document], *argv: str) -> dict[str, Any]:
    """The answer about these documents."""
    return ask([*argv, "--offline", "-"], as_list(documents))


def question(documents: list[Document], source: str, service: str, protocol: str, port: int, *argv: str) -> str:
    """The verdict; the Service as namespace/name."""
    namespace, _, name = service.partition("/")
    return asked(documents, "explain", f"svc/{name}:{port}/{protocol}", "--from", source, "-n", namespace, *argv)["verdict"]


def connectivity(documents: list[Document], ports: list[int], outside: list[Address], *argv: str) -> Connections:
    """The map, for each pair of pods or addresses, at these ports."""
    report = asked(documents, "explain", "--by", "workload", "-A", *argv)
    found: Connections = {}
    for entry in report["connections"]:
        for pair in pairs_of(entry, members_of(report, Cluster(documents)), outside):
            assert pair not in found, f"{pair} stands in two entries"
            found[pair] = both(entry["ports"], entry["uncertain"], ports)
    return {pair: each for pair, each in found.items() if each}


def members_of(report: dict[str, Any], *clusters: Cluster) -> dict[str, list[Key]]:
    """The pods and templates of each group."""
    members = {group["id"]: [
        key for workload in group["workloads"] for key in pods_of(workload, clusters)] for group in report["groups"]}
    everything = [key for keys in members.values() for key in keys]
    assert len(everything) == len(set(everything)), "a pod stands in two groups"
    return members


def pods_of(workload: dict[str, str], clusters: tuple[Cluster, ...]) -> list[Key]:
    key = workload["kind"], workload["namespace"], workload["name"]
    found = {pod.key for cluster in clusters for pod in cluster.pods if key in (pod.key, pod.workload)}
    assert found, f"{key} is no workload"
    return sorted(found)


def pairs_of(entry: dict[str, Any], members: dict[str, list[Key]], outside: list[Address]) -> list[tuple[Any, Any]]:
    def ends(end: dict[str, Any]) -> list[Any]:
        if "group" in end:
            return members[end["group"]]
        blocks = [network_of(cidr) for cidr in end["cidrs"]]
        return [address for address in outside if any(address in block for block in blocks if block.version == address.version)]

    pairs = itertools.product(ends(entry["source"]), ends(entry["destination"]))
    return [(source, destination) for source, destination in pairs if source != destination]


def both(ports: list[dict[str, Any]], uncertain: list[dict[str, Any]], numbers: list[int]) -> Found:
    """By protocol: the numbers among the ports, and among the uncertain ones."""
    def within(entries: list[dict[str, Any]], protocol: str) -> frozenset[int]:
        return frozenset(
            number for number in numbers for entry in entries
            if entry["protocol"] == protocol and entry["port"] <= number <= entry.get("endPort", entry["port"]))

    found = {protocol: (within(ports, protocol), within(uncertain, protocol)) for protocol in ("TCP", "UDP", "SCTP")}
    return {protocol: sets for protocol, sets in found.items() if any(sets)}
