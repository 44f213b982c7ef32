"""Do rules that name addresses let nodes in? Where a plugin knows pods by their labels alone, that is a setting of it (docs/plugins.md)."""
from collections.abc import Sequence

from kubectl_netpol.core.addresses import intersection
from kubectl_netpol.core.answers import Judgement, isolating_at, matching_at, said
from kubectl_netpol.core.destinations import Spot
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.nodes import known_addresses
from kubectl_netpol.core.resolve import Ends
from kubectl_netpol.core.states import State
from kubectl_netpol.core.targets import Block, Nodes
from kubectl_netpol.core.verdicts import Verdict


def as_far_as_blocks_hold_nodes(found: Judgement, ends: Ends, spots: Sequence[Spot], state: State) -> Judgement:
    """Where blocks hold no pods they hold no nodes either, unless a setting of the plugin says so; a rule for everybody does."""
    if found.verdict is Verdict.DENIED or not are_doubtful(ends, state) or all(_is_open(spot, state) for spot in spots):
        return found
    return Judgement(Verdict.UNKNOWN, Verdict.UNKNOWN, found.egress)


def are_doubtful(ends: Ends, state: State) -> bool:
    """Whether nodes are among some sources, and perhaps no block holds these."""
    if state.cluster.profile.blocks_hold_pods or not isinstance(ends.source, Block | Nodes):
        return False
    return isinstance(ends.source, Nodes) or bool(intersection(ends.addresses, known_addresses(state.snapshot)))


def _is_open(spot: Spot, state: State) -> bool:
    if spot.place is None or not isolating_at(spot.place, Direction.INGRESS, state):
        return True
    return any(surely and any(not said(ref, state).peers for ref in rule.said_by)
               for rule, surely in matching_at(spot, Direction.INGRESS, state))
