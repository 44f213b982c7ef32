"""Which source address do pods see of clients outside, when these dial a Service? (kubernetes.io docs, source-ip; measured)"""
from collections.abc import Sequence

from kubectl_netpol import api
from kubectl_netpol.core.addresses import ALL_IPV4, ALL_IPV6, EVERYWHERE, NOWHERE
from kubectl_netpol.core.answers import Judgement
from kubectl_netpol.core.destinations import Spot
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.endpoints import spec_of, type_of
from kubectl_netpol.core.resolve import Ends
from kubectl_netpol.core.rows import at
from kubectl_netpol.core.states import State
from kubectl_netpol.core.targets import Nodes, Outside
from kubectl_netpol.core.verdicts import Tally, Verdict


def keeps_client_addresses(service: api.Service) -> bool:
    """With externalTrafficPolicy Cluster, pods on another node than the receiving one see that node's address; a balancer that is a
    proxy (core/v1 LoadBalancerIngress.ipMode) shows its own."""
    return spec_of(service).external_traffic_policy == "Local" and not is_behind_proxy(service)


def is_behind_proxy(service: api.Service) -> bool:
    ingress = (service.status and service.status.load_balancer and service.status.load_balancer.ingress) or ()
    return any(each.ip_mode == "Proxy" for each in ingress)


def is_published(service: api.Service) -> bool:
    return type_of(service) in ("NodePort", "LoadBalancer") or bool(spec_of(service).external_ips)


def may_be_rewritten(ends: Ends, service: api.Service | None) -> bool:
    """Some clients outside, not all of them, through a Service that shows nodes' addresses. All that is outside, or all addresses of
    a family, include the nodes'."""
    if service is None or isinstance(ends.source, Nodes | Outside) or ends.addresses in (NOWHERE, EVERYWHERE, ALL_IPV4, ALL_IPV6):
        return False
    return is_published(service) and not keeps_client_addresses(service)


def is_seen_as_node(ends: Ends, service: api.Service | None, *, is_by_node: bool) -> bool:
    """Pods that dial a load balancer or a node: "traffic sent to an External IP or LoadBalancer IP from within the cluster will always
    get Cluster semantics" (core/v1 externalTrafficPolicy); measured, selectors match those on the pod's own node alone, and with Local
    all of them."""
    return is_by_node and bool(ends.pods) and service is not None and not keeps_client_addresses(service)


def through_service(
        found: Judgement, ends: Ends, spots: Sequence[Spot], service: api.Service | None, state: State, *,
        is_by_node: bool = False) -> Judgement:
    """The verdict with the doubt that pods may see a node's address instead of the client's."""
    if not (may_be_rewritten(ends, service) or is_seen_as_node(ends, service, is_by_node=is_by_node)) or not spots:
        return found
    everyone = _everyone(spots, state)
    if everyone.wanted and not everyone.missing:
        return found
    if found.verdict is Verdict.ALLOWED:
        return Judgement(Verdict.PARTIAL, Verdict.PARTIAL, found.egress)
    if found.verdict is Verdict.DENIED and everyone.possible:
        return Judgement(Verdict.UNKNOWN, Verdict.UNKNOWN, found.egress)
    return found


def _everyone(spots: Sequence[Spot], state: State) -> Tally:
    """What is said of all addresses at once: the nodes' are among them."""
    areas = [area for spot in spots if spot.place is not None
             for _, area in at(state.judge.area(spot.place, Direction.INGRESS), spot.ports)]
    return Tally(bool(areas), any(area.sure != EVERYWHERE for area in areas), any(bool(area.maybe) for area in areas))
