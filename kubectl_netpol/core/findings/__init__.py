"""What is probably a mistake in the policies of a cluster? One function for each kind of mistake, named as its id with dashes."""
from collections.abc import Callable, Iterable, Iterator

from msgspec.structs import replace

from kubectl_netpol.core.findings.blocks import (
    block_of_pods,
    block_of_service_addresses,
    client_address_rewritten,
    except_without_effect,
    ipv4_only_block,
)
from kubectl_netpol.core.findings.callers import caller_cut_off
from kubectl_netpol.core.findings.egress import dns_port, local_cache_closed, no_dns, only_one_side
from kubectl_netpol.core.findings.entries import entry_not_admitted
from kubectl_netpol.core.findings.finding import Finding, Severity
from kubectl_netpol.core.findings.headless import headless_target_port
from kubectl_netpol.core.findings.hosts import host_network_pods
from kubectl_netpol.core.findings.intents import intent_moved_on
from kubectl_netpol.core.findings.isolation import newly_isolated
from kubectl_netpol.core.findings.known import is_founded
from kubectl_netpol.core.findings.lists import egress_not_isolated, empty_list_admits_all, inactive_rules, isolates_ingress_too
from kubectl_netpol.core.findings.meshes import mesh_port_closed
from kubectl_netpol.core.findings.peers import peers_are_alternatives, pod_selector_elsewhere, unknown_namespace_label
from kubectl_netpol.core.findings.plugins import nothing_enforces
from kubectl_netpol.core.findings.ports import other_protocol, service_port_in_policy, unknown_port_name
from kubectl_netpol.core.findings.selectors import matches_without_label, selects_no_pod
from kubectl_netpol.core.findings.tiers import baseline_beside_policy, equal_priority, rule_never_reached
from kubectl_netpol.core.states import State

FINDINGS: tuple[Callable[[State], Iterator[Finding]], ...] = (
    service_port_in_policy,
    unknown_port_name,
    other_protocol,
    inactive_rules,
    isolates_ingress_too,
    egress_not_isolated,
    empty_list_admits_all,
    selects_no_pod,
    matches_without_label,
    peers_are_alternatives,
    pod_selector_elsewhere,
    unknown_namespace_label,
    except_without_effect,
    ipv4_only_block,
    block_of_service_addresses,
    block_of_pods,
    client_address_rewritten,
    entry_not_admitted,
    host_network_pods,
    no_dns,
    dns_port,
    local_cache_closed,
    only_one_side,
    caller_cut_off,
    mesh_port_closed,
    headless_target_port,
    intent_moved_on,
    nothing_enforces,
    rule_never_reached,
    equal_priority,
    baseline_beside_policy,
)
_GRAVITY = {severity: place for place, severity in enumerate(Severity)}


def findings_of(state: State, *, also: Iterable[Finding] = ()) -> tuple[Finding, ...]:
    """The gravest first, then by object. What only a change shows is found apart: also=newly_isolated(before, after)."""
    found = [*(each for finding in FINDINGS for each in finding(state) if is_founded(each, state)), *also]
    placed = [replace(each, origin=state.snapshot.origins.get(each.object)) for each in found]
    return tuple(sorted(placed, key=lambda each: (_GRAVITY[each.severity], each.object, each.path, each.id, each.variant)))


def is_at_least(severity: Severity, least: Severity) -> bool:
    return _GRAVITY[severity] <= _GRAVITY[least]


__all__ = ["FINDINGS", "Finding", "Severity", "findings_of", "is_at_least", "newly_isolated"]
