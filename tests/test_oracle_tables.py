"""Do the oracle and the program say what is written by hand?"""
import copy
import ipaddress
import itertools
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from tests import oracle, program
from tests.clusters import FEATURES, clusters
from tests.e2e_cases import E2E, FLOWS, PROGRAM_ONLY, QUESTIONS, REFUSED, Document, Flows, Probe, Questions, pods
from tests.tier_cases import TIER_FLOWS, TIER_PROGRAM_ONLY, TIER_QUESTIONS, TIER_QUESTIONS_ABOUT_NOBODY


def named(case: Flows | Questions) -> str:
    return case.name


@pytest.mark.parametrize("case", [*E2E, *FLOWS, *TIER_FLOWS], ids=named)
def test_the_oracle_judges_flows_as_written(case: Flows) -> None:
    assert [(*probe, oracle.verdict(case.documents, *probe)) for *probe, _ in case.probes] == case.probes


@pytest.mark.parametrize("case", [*E2E, *FLOWS, *TIER_FLOWS, *TIER_PROGRAM_ONLY], ids=named)
def test_the_program_judges_flows_as_written(case: Flows) -> None:
    ports = sorted({port for _, _, _, port, _ in case.probes})
    outside = list(dict.fromkeys(end for probe in case.probes for end in map(key_of, probe[:2]) if not isinstance(end, tuple)))
    found = program.connectivity(case.documents, ports, outside)
    assert [(*probe, verdict_in(found, *probe)) for *probe, _ in case.probes] == case.probes


def key_of(end: str) -> Any:
    parts = end.split("/")
    if len(parts) == 1:
        return ipaddress.ip_address(end)
    return tuple(parts) if len(parts) == 3 else ("Pod", *parts)


def verdict_in(found: oracle.Connections, source: str, destination: str, protocol: str, port: int) -> str:
    sure, uncertain = found.get((key_of(source), key_of(destination)), {}).get(protocol, ((), ()))
    return "allowed" if port in sure else "unknown" if port in uncertain else "denied"


@pytest.mark.parametrize("case", [*QUESTIONS, *TIER_QUESTIONS], ids=named)
def test_the_oracle_answers_as_written(case: Questions) -> None:
    assert [oracle_said(case, probe) for probe in case.asked] == case.asked


def oracle_said(case: Questions, probe: Probe) -> Probe:
    source, service, protocol, port, _ = probe
    return *probe[:4], oracle.answer(case.documents, source, service, port, protocol)


@pytest.mark.parametrize("case", [*QUESTIONS, *PROGRAM_ONLY, *TIER_QUESTIONS, *TIER_QUESTIONS_ABOUT_NOBODY], ids=named)
def test_the_program_answers_as_written(case: Questions) -> None:
    assert [(*probe, program.question(case.documents, *probe)) for *probe, _ in case.asked] == case.asked


@pytest.mark.parametrize(("policy", "place"), [pytest.param(policy, place, id=name) for name, policy, place in REFUSED])
def test_the_program_refuses_what_the_api_server_would(policy: Document, place: str) -> None:
    ran = program.run(["explain", "--offline", "-"], program.as_list([*pods("x/a"), policy]))
    assert (ran.status, place in ran.stderr, ran.stdout) == (2, True, ""), ran.stderr


# ---- are the clusters that hypothesis makes worth trying?


def test_each_feature_decides_and_each_verdict_comes() -> None:
    """Of the examples, a feature decides a verdict in 2 % at least, and each verdict comes in 5 %."""
    features, verdicts = Counter(dict.fromkeys(FEATURES, 0)), Counter(dict.fromkeys(VERDICTS, 0))
    for number in range(SEEDS):                 # many short runs: within one, examples are made from earlier ones

        @seed(number)
        @settings(max_examples=EACH, database=None, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
        @given(clusters())
        def count(documents: list[Document]) -> None:
            judged = verdicts_of(documents)
            verdicts.update(set(judged.values()))
            features.update(name for name, without in FEATURES.items() if decides(without, documents, judged))

        count()
    assert {name: found for name, found in features.items() if found < SEEDS * EACH * 0.02} == {}
    assert {name: found for name, found in verdicts.items() if found < SEEDS * EACH * 0.05} == {}


SEEDS, EACH = 24, 10
VERDICTS = ("allowed", "denied", "partial", "unknown", "no-endpoints")


def decides(without: Callable[[list[Document]], None], documents: list[Document], judged: dict[Any, str]) -> bool:
    other = copy.deepcopy(documents)
    without(other)
    if other == documents:
        return False
    found = verdicts_of(other)
    return any(found.get(key, verdict) != verdict for key, verdict in judged.items())


def verdicts_of(documents: list[Document]) -> dict[Any, str]:
    """Of each Service port from a few sources, and of each pair of pods at a few ports."""
    cluster = oracle.Cluster(documents)
    found = {}
    for name, port in oracle.service_ports(documents):
        service = cluster.services[tuple(name.split("/"))]
        pods = [f"ns/{pod.namespace}:pod/{pod.key[2]}" for pod in cluster.pods if pod.key[0] == "Pod"]
        for source in ("anywhere", "cluster", "same-namespace", *pods):
            found[name, port["name"], source] = oracle.service_verdict(source, service, port, cluster)
    for source, destination in itertools.permutations(cluster.pods, 2):
        for protocol, number in (("TCP", 80), ("TCP", 81), ("TCP", 8080), ("UDP", 80), ("UDP", 8080), ("SCTP", 80)):
            value = oracle.flow(source, destination, protocol, number, cluster)
            found[source.key, destination.key, protocol, number] = oracle.VERDICT[value]
    return found
