"""Do the endpoint controllers find the same pods and ports behind each Service?"""
import itertools
import json
from collections.abc import Iterator
from io import BytesIO
from random import Random
from typing import Any, NamedTuple

import pytest

from kubectl_netpol.core.addresses import format_address
from kubectl_netpol.core.endpoints import SERVICE_NAME, backends_of, is_headless, protocol_of, spec_of
from kubectl_netpol.core.states import State, state_of
from kubectl_netpol.inputs.files import read
from tests.live import objects
from tests.live.bed.bed import Bed
from tests.live.bed.nodes import ADDRESSES

Document = dict[str, Any]
PODS, SERVICES = 60, 90
READY = {"type": "Ready", "status": "True"}


class Behind(NamedTuple):
    """A pod behind a Service port. number: None for headless Services, which are reached on the number that is dialled."""

    service: str
    port: str
    protocol: str
    number: int | None
    pod: str
    family: str
    ready: bool


# ---- what the controllers find


def found(items: list[Document]) -> set[Behind]:
    services = {each["metadata"]["name"]: each["spec"] for each in items if each["kind"] == "Service"}
    slices = [each for each in items if each["kind"] == "EndpointSlice"]
    return {
        behind for each in slices for name in (each["metadata"]["labels"][SERVICE_NAME],)
        for behind in _in_slice(each, name, services[name])}


def _in_slice(found: Document, name: str, service: Document) -> Iterator[Behind]:
    headless = service.get("clusterIP") == "None"
    ports = [(each.get("name", ""), each["protocol"], None) for each in service["ports"]] if headless else [
        (each["name"], each["protocol"], each["port"]) for each in found["ports"] or ()]
    for (port, protocol, number), endpoint in itertools.product(ports, found["endpoints"] or ()):
        ready = endpoint["conditions"]["ready"] and not service.get("publishNotReadyAddresses")
        yield Behind(name, port, protocol, number, endpoint["targetRef"]["name"], found["addressType"], ready)


# ---- what we find


def worked_out(state: State) -> set[Behind]:
    return {
        Behind(service.metadata.name, port.name or "", protocol_of(port), None if is_headless(service) else backend.port,
               pod.key.name, family.value, bool(pod.ready) and not spec_of(service).publish_not_ready_addresses)
        for service in state.snapshot.services.values() for port in spec_of(service).ports or ()
        for backend in backends_of(service, port, state.cluster) for pod in backend.pods for family in backend.families if pod.addresses}


def state_in(items: list[Document]) -> State:
    return state_of(read(["-"], None, stdin=BytesIO(json.dumps({"kind": "List", "apiVersion": "v1", "items": items}).encode())).snapshot)


# ---- random ones


def status(random: Random, bed: Bed, pod: Document) -> Document:
    """Of a pod that runs, does not yet, or no longer; in one family or in both."""
    address = ADDRESSES["node-1"] if pod["spec"].get("hostNetwork") else next(bed.claims.addresses)
    second = f"fd00::{address.rpartition('.')[2]}"
    addresses = random.choice(([address], [address], [address, second], [second]))
    running = {"podIP": addresses[0], "podIPs": [{"ip": each} for each in addresses], "hostIP": ADDRESSES["node-1"]}
    return random.choice((
        {"phase": "Running", **running, "conditions": [READY]}, {"phase": "Running", **running, "conditions": [READY]},
        {"phase": "Running", **running, "conditions": [{**READY, "status": "False"}]},
        {"phase": "Pending"}, {"phase": "Pending", **running}, {"phase": "Succeeded", **running}, {"phase": "Failed", **running}))


def make(random: Random, bed: Bed, namespace: str) -> None:
    """Pods first, and as they are to stay: the controllers look at each Service once."""
    for number in range(PODS):
        pod = objects.pod(random, f"p{number}")
        pod["spec"]["nodeName"] = "node-1"
        bed.api.made(pod, namespace)
        bed.patch_status(namespace, f"p{number}", status(random, bed, pod))
        if random.random() < 0.1:
            bed.run_kubectl("delete", "pod", f"p{number}", "-n", namespace, "--wait=false")     # it stays, since there is no kubelet
    for number in range(SERVICES):
        bed.api.made(objects.service(random, f"s{number}"), namespace)


def items_in(bed: Bed, namespace: str) -> list[Document]:
    return [each for kind in ("Pod", "Service", "EndpointSlice") for each in bed.api.items(kind, namespace)]


@pytest.mark.parametrize("seed", range(3))
def test_behind_a_service_are_the_pods_and_ports_of_its_slices(seed: int, bed: Bed, namespace: str) -> None:
    make(Random(seed), bed, namespace)
    expected = worked_out(state_in(items_in(bed, namespace)))
    assert len(expected) > 200 and {each.family for each in expected} == {"IPv4", "IPv6"}

    assert bed.look_until(expected, lambda: found(items_in(bed, namespace))) == expected


def test_endpoints_made_by_hand_are_the_slices_that_mirror_them(bed: Bed, namespace: str) -> None:
    random = Random(0)
    for number in range(60):
        bed.api.made(by_hand_service(random, f"s{number}"), namespace)
        bed.api.made(endpoints(random, f"s{number}"), namespace)

    def mirrored() -> set[tuple[str, str, int, str, str]]:
        return addresses(state_in([each for kind in ("Service", "EndpointSlice") for each in bed.api.items(kind, namespace)]))

    expected = addresses(state_in([each for kind in ("Service", "Endpoints") for each in bed.api.items(kind, namespace)]))
    assert len(expected) > 50
    assert bed.look_until(expected, mirrored) == expected


def addresses(state: State) -> set[tuple[str, str, int, str, str]]:
    """Service, its port, number, protocol and address of what stands behind Services without a selector."""
    return {
        (service.metadata.name, port.name or "", backend.port, backend.protocol, format_address(backend.address))
        for service in state.snapshot.services.values() for port in spec_of(service).ports or ()
        for backend in backends_of(service, port, state.cluster) if backend.address is not None}


def by_hand_service(random: Random, name: str) -> Document:
    service = objects.service(random, name)
    del service["spec"]["selector"]
    return service


def endpoints(random: Random, name: str) -> Document:
    """Of ports that the Service may have, or not."""
    return objects.named("Endpoints", name, subsets=[subset(random, f"192.0.2.{number}") for number in range(1, random.choice((2, 2, 3)))])


def subset(random: Random, start: str) -> Document:
    names = random.sample(("p0", "p1", "p2"), random.randint(1, 3)) if random.random() < 0.8 else [""]
    ports = [{"port": random.choice(objects.NUMBERS), "protocol": random.choice(("TCP", *objects.PROTOCOLS))} for _ in names]
    addresses = [{"ip": f"{start}{last}"} for last in random.sample(range(1, 9), random.randint(1, 3))]
    return {random.choice(("addresses", "notReadyAddresses")): addresses,
            "ports": [{**port, **({"name": name} if name else {})} for port, name in zip(ports, names)]}
