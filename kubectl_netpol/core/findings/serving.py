"""On which ports do Services reach the pods, and by which of their own? For all Services at once."""
from collections import defaultdict
from functools import reduce
from operator import or_

from msgspec import Struct

from kubectl_netpol import api
from kubectl_netpol.core.classes import Cluster, bits
from kubectl_netpol.core.endpoints import is_headless, pod_port, protocol_of, selected_by, spec_of, target_of
from kubectl_netpol.core.ports import PortRange
from kubectl_netpol.core.states import State
from kubectl_netpol.snapshot import Key

Number = tuple[str, int]                                        # protocol and number
_WIDEST = 1000                                                  # a wider range is meant as a range, not as somebody's port


class Dial(Struct, frozen=True):
    """A Service port that is another one on some of the pods."""

    service: Key
    port: api.ServicePort
    target: int
    pods: int


class Serving(Struct, frozen=True):
    """Clients of headless Services dial the pods themselves, so these translate nothing."""

    dials: dict[Number, tuple[Dial, ...]]                       # by the Service port
    dialled: dict[Number, int]                                  # the pods behind all of these
    reached: dict[Number, int]                                  # by the pod port: the pods that some Service reaches on it


def serving_of(state: State) -> Serving:
    return state.cluster.once("serving", lambda: _serving(state))


def _serving(state: State) -> Serving:
    dials: dict[Number, list[Dial]] = defaultdict(list)
    reached: dict[Number, int] = defaultdict(int)
    for (namespace, name), service in sorted(state.snapshot.services.items()):
        pods, headless = selected_by(service, state.cluster), is_headless(service)
        for port in (spec_of(service).ports or ()) if pods else ():
            protocol = protocol_of(port)
            if headless:
                reached[protocol, port.port] |= pods
            for target, own in targets_on(port, pods, state.cluster).items():
                reached[protocol, target] |= own
                if not headless:
                    dials[protocol, port.port].append(Dial(Key("Service", namespace, name), port, target, own))
    dialled = {number: reduce(or_, (dial.pods for dial in each)) for number, each in dials.items()}
    return Serving({number: tuple(each) for number, each in dials.items()}, dialled, dict(reached))


def targets_on(port: api.ServicePort, pods: int, cluster: Cluster) -> dict[int, int]:
    """The numbers that targetPort means, each with the pods where it does."""
    target = target_of(port)
    if isinstance(target, int):
        return {target: pods}
    found: dict[int, int] = defaultdict(int)
    for place in bits(pods):
        number = pod_port(port, cluster.classes[place][0])
        if number is not None:
            found[number] |= 1 << place
    return dict(found)


def mistaken(entry: PortRange, pods: int, serving: Serving) -> list[Dial]:
    """The Service ports that an entry names although the pods are reached on others; none where a Service reaches any of them on it."""
    if entry.last - entry.first >= _WIDEST:
        return []
    numbers = [(entry.protocol, number) for number in range(entry.first, entry.last + 1)]
    if any(serving.reached.get(number, 0) & pods for number in numbers):
        return []
    return [dial for number in numbers if serving.dialled.get(number, 0) & pods for dial in serving.dials[number] if dial.pods & pods]
