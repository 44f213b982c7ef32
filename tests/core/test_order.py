"""In which order are writes safe?"""
import itertools
import json
import re
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject, DrawFn

from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.order import Order, ordered
from kubectl_netpol.core.writes import By, Write
from kubectl_netpol.snapshot import Key
from tests import oracle
from tests.clusters import policy_spec, tried
from tests.e2e_cases import Document, block, manifest, only, pod, pod_is, pods, tcp
from tests.snapshots import two_states

ODD = ({"name": "odd", "containerPort": number, "protocol": "TCP"} for number in (80, 81))
ENDS = [*pods("x/a x/b x/c y/a"), *(pod(f"x/{name}", ports=[port]) for name, port in zip("no", ODD, strict=True))]
A, B, C = only("pod=a"), only("pod=b"), only("pod=c")
EVERY: Document = {}


def policy(name: str, selector: Document, **spec: Any) -> Document:
    """Its types are those of its rules."""
    types = [each for each in ("Ingress", "Egress") if each.lower() in spec]
    return manifest("networking.k8s.io/v1", "NetworkPolicy", "x", name, spec={"podSelector": selector, "policyTypes": types, **spec})


def allow(name: str, selector: Document, *ports: int, **more: Any) -> Document:
    return policy(name, selector, ingress=[{"ports": tcp(port)} for port in ports], **more)


def deny(name: str, selector: Document) -> Document:
    return policy(name, selector, ingress=[])


def key_of(document: Document) -> Key:
    return Key(document["kind"], document["metadata"].get("namespace", ""), document["metadata"]["name"])


def order_of(before: list[Document], after: list[Document], also: Sequence[Write] = ()) -> Order:
    """The writes are in the order of their names, so that nothing is right by chance."""
    old, new = ({key_of(each): each for each in documents} for documents in (before, after))
    writes = [Write(key, old.get(key), new.get(key), By.SUGGEST) for key in sorted({**old, **new}) if old.get(key) != new.get(key)]
    return ordered([*also, *writes], *two_states([*ENDS, *before], [*ENDS, *after]))


def said(order: Order) -> str:
    return " ".join(write.key.name for write in order.writes)


def moments(order: Order) -> list[str]:
    return [f"{each.direction.value}: {each.first.name}..{each.last.name} {','.join(key.name for key in each.workloads)}"
            for each in order.moments]


FROM_B, FROM_C = (policy(name, A, ingress=[{"from": [pod_is(end)]}]) for name, end in (("b", B), ("c", C)))
OUTSIDE = policy("z-outside", A, ingress=[{"from": block("192.0.2.0/24")}])


@pytest.mark.parametrize(("before", "after", "order"), [
    # what only adds, before what takes away, and that before deletions
    ([allow("a", A, 80)], [allow("a", A, 81), allow("z", A, 22)], "z a"),
    ([allow("a", A, 80), allow("z", A, 81)], [allow("z", A, 82)], "z a"),
    ([deny("d", A)], [deny("d", A), allow("z", A, 80)], "z"),
    ([allow("a", A, 80, 81)], [allow("a", A, 80), allow("z", A, 81)], "z a"),                  # 81 moves from a to z
    ([allow("a", A, 80)], [allow("z", A, 80)], "z a"),                                          # renamed
    ([allow("a", A, 80), deny("b", A)], [deny("b", A), allow("z", A, 80)], "z a"),
    ([allow("a", A, 80, 81), allow("b", A, 22)], [allow("a", A, 22), allow("b", A, 80, 81, 22)], "b a"),
    # pods that are isolated for the first time: what allows something comes before what allows nothing
    ([], [deny("a-deny-all", EVERY), allow("b", A, 80)], "b a-deny-all"),
    ([], [allow("a", A, 80), allow("b", A, 80, 81)], "b a"),
    ([], [allow("a", A, 80), policy("b", A, ingress=[{}])], "b a"),
    ([], [FROM_B, policy("z", A, ingress=[{"from": [pod_is(EVERY)]}])], "z b"),
    ([], [policy("a", A, ingress=[{"from": block("10.0.0.0/30")}]), policy("z", A, ingress=[{"from": block("10.0.0.0/8")}])], "z a"),
    ([], [FROM_B, policy("z", A, ingress=[{"from": block("10.1.0.0/24")}])], "z b"),       # where the address of b is
    ([], [policy("a-deny-all", EVERY, egress=[]), policy("b", EVERY, egress=[{"ports": tcp(53)}])], "b a-deny-all"),
    # pods that become open again: what allows nothing goes first
    ([allow("a", A, 80), deny("b-deny-all", EVERY)], [], "b-deny-all a"),
    ([allow("a", A, 80, 81), allow("b", A, 80)], [], "b a"),
    # deletions that leave the pods isolated come after what allows the same
    ([allow("a", A, 80), deny("b", A)], [allow("b", A, 80)], "b a"),
    # a policy that leaves some pods for others
    ([deny("d", EVERY), allow("a", A, 80)], [deny("d", EVERY), allow("a", B, 80), allow("z", A, 80)], "z a"),
    # named ports are what the pod calls so
    ([], [allow("a", A, 80), policy("z", A, ingress=[{"ports": tcp("serve-80-tcp", 22)}])], "z a"),
    ([], [policy("a", A, egress=[{"ports": tcp(80)}]), policy("z", A, egress=[{"ports": tcp("odd", 22)}])], "z a"),
    # what does not meet keeps its order
    ([allow("a", A, 80), allow("b", B, 80)], [allow("a", A, 81), allow("b", B, 81)], "a b"),
])
def test_nothing_that_stays_allowed_is_cut_off(before: list[Document], after: list[Document], order: str) -> None:
    found = order_of(before, after)
    assert (said(found), moments(found)) == (order, [])


@pytest.mark.parametrize(("before", "after", "expected"), [
    ([], [allow("a", A, 80), allow("b", A, 81)], ["Ingress: a..b a"]),
    ([], [policy("a", EVERY, egress=[{"ports": tcp(53)}]), policy("b", A, egress=[{"ports": tcp(80)}])], ["Egress: a..b a"]),
    ([allow("a", A, 80), allow("b", A, 81)], [], ["Ingress: a..b a"]),
    ([allow("a", A, 80), allow("b", A, 81)], [allow("a", A, 81), allow("b", A, 80)], ["Ingress: a..b a"]),
    ([], [FROM_B, FROM_C], ["Ingress: b..c a"]),
    ([], [FROM_B, OUTSIDE], ["Ingress: b..z-outside a"]),
    ([], [allow("a", A, 80), allow("b", A, 81), allow("c", B, 80)], ["Ingress: a..b a"]),
])
def test_where_no_order_helps_the_moment_is_told(before: list[Document], after: list[Document], expected: list[str]) -> None:
    assert moments(order_of(before, after)) == expected


def test_where_no_order_helps_the_least_is_cut_off_and_mended_by_the_next_write() -> None:
    assert said(order_of([], [deny("a-deny", A), allow("b", A, 80), allow("c", A, 81)])) == "b c a-deny"
    assert said(order_of([], [allow("a", A, 80), allow("b", B, 80), allow("c", A, 81), allow("d", B, 81)])) == "a c b d"


OTHERS = [
    Write(Key(*key), None, {}, By.FILE)
    for key in (("Deployment", "y", "web"), ("Service", "y", "web"), ("Namespace", "", "y"), ("ConfigMap", "y", "b"))]


def test_namespaces_come_first_and_other_objects_between_what_adds_and_the_rest() -> None:
    order = order_of([allow("a", A, 80)], [allow("m", A, 80)], OTHERS)
    assert said(order) == "y m web web b a"
    assert said(order_of([], [allow("a", A, 80)], OTHERS)) == "y web web b a"


def test_a_moment_names_the_direction_and_the_workloads() -> None:
    (moment,) = order_of([], [allow("a", EVERY, 80), allow("b", EVERY, 81)]).moments
    assert moment.direction is Direction.INGRESS
    assert [key.name for key in moment.workloads] == ["a", "b", "c", "n", "o"]


# ---- against the oracle: every moment of every order


@st.composite
def policies(draw: DrawFn) -> list[Document]:
    names = draw(st.lists(st.sampled_from(["p", "q", "r"]), unique=True))
    return [manifest("networking.k8s.io/v1", "NetworkPolicy", "x", name, spec=of_our_pods(draw(policy_spec()))) for name in sorted(names)]


def of_our_pods(spec: Document) -> Document:
    """With the label that the pods here have."""
    return json.loads(re.sub('"(app|tier)"', '"pod"', json.dumps(spec)))


def allowed(documents: list[Document], also: list[list[Document]]) -> set[Any]:
    every = [each for state in also for each in state]
    found = oracle.connections(documents, oracle.numbers_in([*ENDS, *every]), oracle.outside_of(*also))
    return {(pair, protocol, port) for pair, ports in found.items() for protocol, (sure, _) in ports.items() for port in sure}


def states_along(order: list[Key], before: list[Document], after: list[Document]) -> list[list[Document]]:
    """After each write."""
    old, new = ({key_of(each): each for each in documents} for documents in (before, after))
    found = []
    for done in range(1, len(order) + 1):
        state = {**{key: each for key, each in old.items() if key not in order[:done]},
                 **{key: new[key] for key in order[:done] if key in new}}
        found.append([*ENDS, *state.values()])
    return found


def cut_at(order: list[Key], before: list[Document], after: list[Document]) -> list[set[Any]]:
    """What each write leaves refused although it is allowed before and after."""
    ends = [[*ENDS, *before], [*ENDS, *after]]
    kept = allowed(ends[0], ends) & allowed(ends[1], ends)
    return [kept - allowed(state, ends) for state in states_along(order, before, after)]


@tried(40)
@given(st.data())
def test_what_is_cut_off_is_told_and_is_unavoidable(data: DataObject) -> None:
    before, after = data.draw(policies()), data.draw(policies())
    order = order_of(before, after)
    keys = [write.key for write in order.writes]
    for place, cut in enumerate(cut_at(keys, before, after)):
        now = [each for each in order.moments if keys.index(each.first) <= place < keys.index(each.last)]
        told = {(each.direction, key.name) for each in now for key in each.workloads}
        for (source, destination), _, _ in cut:
            assert {(Direction.EGRESS, name_of(source)), (Direction.INGRESS, name_of(destination))} & told
    if order.moments and not any("Egress" in oracle.types_of(each) for each in before + after):
        assert all(any(cut_at(list(other), before, after)) for other in itertools.permutations(keys))


def name_of(end: Any) -> str:
    return end[2] if isinstance(end, tuple) else str(end)
