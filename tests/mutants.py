"""Would the tests notice? Each of these breakages of one line, in a copy of the package, must fail a test.

python -m tests.mutants [TEXT…]: those whose fragment or file holds a TEXT.
"""
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
TESTS = ("tests/core", "tests/test_oracle_tables.py", "tests/test_agreement.py", "tests/test_laws.py")     # the quick ones first
LEFT_OUT = "not test_each_feature_decides_and_each_verdict_comes"
SECONDS = 600


class Mutant(NamedTuple):
    file: str                                        # of kubectl_netpol/core
    old: str                                         # stands there exactly once
    new: str


MUTANTS = [
    # selectors and classes
    Mutant("selectors.py", "return value is None or value not in requirement.values",
           "return value is not None and value not in requirement.values"),
    Mutant("selectors.py", "return _normal([*equalities(selector.match_labels or {}), *expressions])", "return _normal([*expressions])"),
    Mutant("classes.py", "        result &= _holding(requirement, index)", "        result |= _holding(requirement, index)"),
    Mutant("classes.py", "return index.everyone & ~having", "return index.everyone"),
    Mutant("classes.py", "return {**((namespace and namespace.metadata.labels) or {}), NAMESPACE_NAME: name}",
           "return {**((namespace and namespace.metadata.labels) or {})}"),
    Mutant("classes.py", "pod.host_network, pod.replicas > 0, pod", "pod.host_network, pod"),
    Mutant("classes.py", "names.update(port.target_port for port in", "set().update(port.target_port for port in"),
    Mutant("classes.py", "if address >= after:", "if address > after:"),
    # ports
    Mutant("ports.py", "if ports else EVERY_PORT", "if ports is not None else EVERY_PORT"),
    Mutant("ports.py", "protocol = entry.protocol or Protocol.TCP.value", "protocol = entry.protocol or Protocol.UDP.value"),
    Mutant("ports.py", "entry.end_port or number)", "number)"),
    Mutant("ports.py", "open_from[each.last + 1] = open_from.get(each.last + 1, 0) - 1",
           "open_from[each.last] = open_from.get(each.last, 0) - 1"),
    Mutant("rows.py", "and (known is value or known == value)", "and (known is value or True)"),
    Mutant("rows.py", "place == 0) for place", "True) for place"),
    # addresses
    Mutant("addresses.py", "if result and start <= result[-1][1] and start != _V6:", "if result and start < result[-1][1]:"),
    Mutant("addresses.py", "start = base + ((start - base) >> width << width)", "start = start"),
    Mutant("addresses.py", "            if start < first:\n", "            if start > first:\n"),
    # policies
    Mutant("policies.py", "if spec.egress else (Direction.INGRESS,)", "if spec.egress is not None else (Direction.INGRESS,)"),
    Mutant("policies.py", "    spec = policy.spec or api.NetworkPolicySpec()",
           "    spec = policy.spec or api.NetworkPolicySpec(ingress=(api.IngressRule(),))"),
    Mutant("policies.py", "    if spec.policy_types:", "    if spec.policy_types is not None:"),
    Mutant("policies.py", "difference(addresses_of((peer.ip_block.cidr,)), addresses_of(excepts))", "addresses_of((peer.ip_block.cidr,))"),
    Mutant("policies.py", "namespaces = None if peer.namespace_selector is None else",
           "namespaces = EVERYTHING if peer.namespace_selector is None else"),
    # policies of administrators
    Mutant("tiers.py", "(_ORDER[each.tier], each.priority, each.key)", "(_ORDER[each.tier], -each.priority, each.key)"),
    Mutant("tiers.py", 'kind == "BaselineAdminNetworkPolicy" or spec.tier', 'kind == "" or spec.tier'),
    Mutant("tiers.py", "    if len(peers) == len(rule.peers):", "    if True:"),
    Mutant("tiers.py", "return TierRule(action, (), _ports(rule), name)", "return TierRule(action, None, _ports(rule), name)"),
    Mutant("tiers.py", "return TierRule(Action.DENY, None, EVERY_PORT, name)", "return TierRule(Action.DENY, None, _ports(rule), name)"),
    Mutant("tiers.py", "number.protocol or Protocol.TCP.value", "number.protocol or Protocol.UDP.value"),
    Mutant("tiers.py", "return PortRange(protocol, ports.start, ports.end)", "return PortRange(protocol, ports.start, ports.start)"),
    Mutant("tiers.py", "NamedPort(protocol, name) for protocol in PROTOCOLS)", "NamedPort(protocol, name) for protocol in PROTOCOLS[:1])"),
    Mutant("rulings.py", "selected(peer.pod_selector, cluster.pods) & ~cluster.host_network)",
           "selected(peer.pod_selector, cluster.pods))"),
    Mutant("rulings.py", "    return within & exactly(selected(", "    return within | exactly(selected("),
    Mutant("rulings.py", "pods if is_named_only else pods | _located", "pods if True else pods | _located"),
    Mutant("rulings.py", "return Area(NOWHERE, EVERYWHERE) if addresses is None", "return Area() if addresses is None"),
    Mutant("rulings.py", "case DomainPeer(): areas.append(Area(NOWHERE, EVERYWHERE))", "case DomainPeer(): areas.append(Area())"),
    Mutant("rulings.py", "addressless * (intersection(area.sure, whole) == whole)", "addressless * False"),
    Mutant("rulings.py", "addressless * bool(intersection(area.maybe, whole))", "addressless * False"),
    Mutant("rulings.py", "then.sure & otherwise.sure | condition.sure & then.sure", "condition.sure & then.sure"),
    Mutant("rulings.py", "| otherwise.sure & ~condition.maybe", "| otherwise.sure & ~condition.sure"),
    Mutant("rulings.py", "return _of_tier(admin, algebra.chosen(isolated, by_policies, below), algebra)",
           "return _of_tier(admin, by_policies, algebra)"),
    Mutant("rulings.py", "return _of_tier(admin, algebra.chosen(isolated, by_policies, below), algebra)",
           "return algebra.chosen(isolated, by_policies, below)"),
    Mutant("rulings.py", "Action.PASS: passed}", "Action.PASS: algebra.everything}"),
    Mutant("rulings.py", "for ruling, matched in reversed(said):", "for ruling, matched in said:"),
    Mutant("rulings.py", "return algebra.either([_in_order(each, otherwise, passed, algebra) for each in _turns(policies)])",
           "return _in_order([each for own in policies for each in own], otherwise, passed, algebra)"),
    Mutant("rulings.py", 'any(listing.kind in ("APIGroup", *heeded) for listing in snapshot.gaps)', "False"),
    Mutant("rulings.py", "NONE if is_heeded is False else", ""),
    Mutant("rulings.py", "& Many(-1 if is_heeded else 0, -1)", ""),
    Mutant("dialling.py", "return unsure(found, state.judge.concerns.among_pods[Direction.EGRESS])", "return found"),
    Mutant("rulings.py", "bool(others and not known & snapshot.groups)", "False"),
    Mutant("rulings.py", "    if not all(versions):", "    if True:"),
    Mutant("verdicts.py", "return _sure_if(surely and concerned[0], sources) if concerned[1]", "return sources if concerned[1]"),
    Mutant("verdicts.py", "Area(*(EVERYWHERE if each else NOWHERE for each in own))", "Area(*(NOWHERE for each in own))"),
    Mutant("connections.py", "sets += (ruling.subject.sure, ruling.subject.maybe,", "sets += (0, 0,"),
    Mutant("answers.py", "and not has_others and _is_named", "and _is_named"),
    Mutant("answers.py", "if isinstance(ends.source, Block | Outside):", "if False:"),
    Mutant("differences.py", "and one.nodes == other.nodes and one.tiers == other.tiers and", "and"),
    # rules
    Mutant("rules.py", "selected(policy.pod_selector, cluster.pods) & cluster.by_namespace.get(policy.namespace, 0)",
           "selected(policy.pod_selector, cluster.pods)"),
    Mutant("rules.py", "            own = self.cluster.by_namespace.get(namespace, 0)", "            own = self.cluster.pods.everyone"),
    Mutant("rules.py", "return within & exactly(selected(", "return within | exactly(selected("),
    Mutant("rules.py", "        if self.cluster.host_network:\n", "        if False:\n"),
    Mutant("rules.py", "pods & ~(cluster.host_network | cluster.bare", "pods & ~(cluster.bare"),
    Mutant("rules.py", "pods & ~(cluster.host_network | cluster.bare", "pods & ~(cluster.host_network"),
    Mutant("rules.py", "(everyone, everyone), EVERYWHERE)", "(everyone, everyone), Addresses())"),
    # verdicts
    Mutant("verdicts.py", "return Reach(left.ipv4 & right.ipv4, left.ipv6 & right.ipv6)",
           "return Reach(left.ipv4 | right.ipv4, left.ipv6 | right.ipv6)"),
    Mutant("verdicts.py", "= self.cluster.host_network if surely_isolated else", "= 0 if surely_isolated else"),
    Mutant("verdicts.py", "Many(self._everyone & ~isolated.maybe, self._everyone & ~isolated.sure)", "Many(0, 0)"),
    Mutant("verdicts.py", "named = self.named(place) if direction is Direction.INGRESS else {}", "named = self.named(place)"),
    Mutant("verdicts.py", "sure &= each.sure | ~within", "sure &= each.sure"),
    Mutant("verdicts.py", "return reach.ipv4 if Family.IPV4 in families else reach.ipv6 if families else Many()", "return reach.ipv4"),
    Mutant("verdicts.py", "for peers, sure in matching if sure and unlocated])", "for peers, sure in matching if False])"),
    Mutant("verdicts.py", "if surely_isolated else EVERYWHERE", "if True else EVERYWHERE"),
    Mutant("verdicts.py", "covered &= reduce(", "covered |= reduce("),
    Mutant("verdicts.py", "if tally.wanted and not tally.unsure else Verdict.UNKNOWN", "if tally.wanted else Verdict.UNKNOWN"),
    # Services
    Mutant("endpoints.py", "return port.target_port or port.port", "return port.port"),
    Mutant("endpoints.py", "return port.port if is_headless(service) else target_of(port)", "return target_of(port)"),
    Mutant("endpoints.py", "return id(selected_by(service, cluster)), _dialled_at(service, port),",
           "return id(selected_by(service, cluster)),"),
    Mutant("endpoints.py", "pod.ports.named.get(name) or pod.ports.of_sidecars.get(name)", "pod.ports.named.get(name)"),
    Mutant("endpoints.py", "pods = tuple([pod for pod in members if pod.replicas])", "pods = members"),
    Mutant("endpoints.py", "name = protocol, target", "name = Protocol.TCP.value, target"),
    Mutant("exposure.py", ".external_traffic_policy == \"Local\"", ".external_traffic_policy != \"Cluster\""),
    # pods
    Mutant("workloads.py", "TERMINAL = (\"Succeeded\", \"Failed\")", "TERMINAL = (\"Succeeded\",)"),
    Mutant("workloads.py", "if each.restart_policy == \"Always\")", ")"),
    Mutant("workloads.py", "suffix == labels.get(_HASH)", "labels.get(_HASH)"),
    Mutant("workloads.py", "return is_done or (replicas == 0", "return is_done and (replicas == 0"),
    # answers
    Mutant("answers.py", "return ends.pods & ~(1 << spot.place)", "return ends.pods"),
    Mutant("answers.py", "if ends.is_open_set:", "if False:"),
    Mutant("answers.py", "at(state.judge.sources(spot.place, families", "at(state.judge.admitted(spot.place, families"),
    Mutant("answers.py", "if (pods or not _is_an_object(ends)) and not", "if not"),
    Mutant("sources.py", "any(more <= asked[0] and wider <= asked[1]", "any(more >= asked[0] and wider >= asked[1]"),
    Mutant("sources.py", "any(not difference(inside, around)", "any(difference(inside, around)"),
    Mutant("resolve.py", "return cluster.pods.everyone & ~cluster.host_network", "return cluster.pods.everyone"),
    # the map
    Mutant("connections.py", "    if _has_several(judge, group):", "    if True:"),
    Mutant("destinations.py", "or part.spots[:2]", "or part.spots[:1]"),
    Mutant("destinations.py", "or not own >> spot.place & 1)", "or True)"),
    Mutant("destinations.py", "id(judge.egress(place)) if", "0 if"),
    Mutant("destinations.py", "    return spot.ports, spot.families,", "    return spot.families,"),
    Mutant("admissions.py", "(each.surely and not rulings and", "(not rulings and"),
    Mutant("admissions.py", "(each.surely and not rulings and", "(each.surely and"),
    Mutant("connections.py", "if pods != cluster.pods.everyone:", "if pods & 1:"),
    # what publishes Services, and who carries its traffic
    Mutant("entries.py", "return target_of(port) == way.port", "return port.port == way.port"),
    Mutant("entries.py", "number = (port.name or port.number)", "number = (port.number)"),
    Mutant("entries.py", "and not backend.group and", "and"),
    Mutant("entries.py", "parent.section_name in (None, each.name) and", ""),
    Mutant("entries.py", "origin == \"Same\" and gateway.namespace == route.namespace", "origin == \"Same\""),
    Mutant("entries.py", "GrantedFrom(GATEWAY_GROUP, route.kind, route.namespace) in", "True or () in"),
    Mutant("entries.py", "each.name in (None, \"\", backend.name)", "True"),
    Mutant("controllers.py", "if ports & _numbers_of(key, self.snapshot)}", "}"),
    Mutant("controllers.py", "for key in found}) != 1:", "for key in found}) < 1:"),
    Mutant("controllers.py", "or annotated or self._default_class()", "or self._default_class()"),
    Mutant("controllers.py", "if any(f\"{controller}/\".startswith(f\"{own}/\")", "if any(controller == own"),
    Mutant("controllers.py", "        if len(homes) != 1:", "        if not homes:"),
    Mutant("controllers.py", "return known[0] if len(known) == 1 else None", "return known[0] if known else None"),
    Mutant("controllers.py", "            if row.place is not Place.PODS:", "            if False:"),
    Mutant("arrivals.py", "parts = {self.found.verdict, self.reached or Verdict.ALLOWED}", "parts = {self.found.verdict}"),
    Mutant("arrivals.py", "return Verdict.UNKNOWN if Verdict.UNKNOWN in verdicts else Verdict.PARTIAL", "return Verdict.ALLOWED"),
    Mutant("resolve.py", "return Ends(source, _pod_network(cluster), EVERYWHERE, is_known=False)", "return Ends(source)"),
    # what clients dial
    Mutant("dialled.py", "not (pod.spec and pod.spec.host_network)", "True"),
    Mutant("dialled.py", "        if host in _addresses_of(pod) and not has_ended(pod) and", "        if host in _addresses_of(pod) and"),
    Mutant("dialled.py", "port.container_port if pod.spec.host_network else port.host_port or 0", "port.host_port or 0"),
    Mutant("dialled.py", "exact = 3 if own == host else 2 if", "exact = 2 if own == host else 2 if"),
    Mutant("dialled.py", "path.startswith(prefix.rstrip(\"/\") if path else \"\")", "True"),
    Mutant("dialled.py", "if port.node_port in wanted]", "if port.port in wanted]"),
    # names of DNS
    Mutant("workloads.py", "return own if spec.dns_policy == \"None\" else ()", "return own"),
    Mutant("workloads.py", "if spec.dns_policy not in (\"None\", \"Default\"):", "if spec.dns_policy is None:"),
]


class Broken(Exception):
    """The tests could not be run."""


def fails(mutant: Mutant | None, tests: Sequence[str] = TESTS) -> bool:
    """Whether a test fails on a copy with the mutant; None: on a copy as it is."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for part in ("kubectl_netpol", "tests", "docs"):
            shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", copy)
        if mutant:
            path = copy / "kubectl_netpol/core" / mutant.file
            path.write_text(path.read_text(encoding="utf-8").replace(mutant.old, mutant.new), encoding="utf-8")
        return any(_fails(each, copy) for each in tests)


def _fails(tests: str, copy: Path) -> bool:
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-k", LEFT_OUT, tests], cwd=copy, text=True,
        env={**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}, capture_output=True, timeout=SECONDS)
    if ran.returncode not in (0, 1):
        raise Broken(ran.stdout + ran.stderr)
    return bool(ran.returncode)


def misplaced(mutant: Mutant) -> bool:
    """The fragment must say which line is meant."""
    text = (ROOT / "kubectl_netpol/core" / mutant.file).read_text(encoding="utf-8")
    return text.count(mutant.old) != 1 or mutant.old == mutant.new


def main(words: list[str]) -> int:
    chosen = [each for each in MUTANTS if not words or any(word in each.file or word in each.old for word in words)]
    if wrong := [each for each in chosen if misplaced(each)]:
        print(*(f"not found exactly once in {each.file}: {each.old.strip()}" for each in wrong), sep="\n", file=sys.stderr)
        return 1
    with ThreadPoolExecutor(2) as pool:
        if any(pool.map(fails, [None] * len(TESTS), [(each,) for each in TESTS])):
            print("a test fails on the package as it is", file=sys.stderr)
            return 1
        survivors = [each for each, failed in zip(chosen, pool.map(fails, chosen)) if not failed]
    print(f"{len(chosen)} mutants, {len(survivors)} survive", *(f"{each.file}: {each.new.strip()}" for each in survivors), sep="\n")
    return int(bool(survivors))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
