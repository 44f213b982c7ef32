"""Are both ends in a mesh, where connections arrive on another port than the one that is dialled?"""
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from kubectl_netpol.commands.explain.question import Question
from kubectl_netpol.core.answers import Judgement, judgement
from kubectl_netpol.core.calls import TCP
from kubectl_netpol.core.destinations import Spot
from kubectl_netpol.core.meshes import Mesh, arrives_at, is_any_member, leaves_by_itself
from kubectl_netpol.core.ports import PortRange
from kubectl_netpol.core.states import State
from kubectl_netpol.core.targets import Outside
from kubectl_netpol.core.verdicts import Verdict
from kubectl_netpol.render.words import sentence
from kubectl_netpol.reports import Step


class MeshWay(Struct, frozen=True):
    """The way that connections of members of a mesh take."""

    mesh: Mesh
    port: int
    found: Judgement                                            # with it in place of the port that was asked for


def mesh_way(question: Question, state: State) -> MeshWay | None:
    """None where no pod of the target is in a mesh with any of the source. The pods of open sets need not be known: some may be. The
    proxy dials the pods themselves, whatever address the Service has."""
    if question.is_name_only or isinstance(question.ends.source, Outside):
        return None
    for mesh in Mesh:
        arrivals = [_arrival(mesh, spot, question, state) for spot in question.spots]
        if any(arrivals):
            spots = tuple(replace(spot, ports=PortRange(TCP, number, number), dialled=None) if number else spot
                          for spot, number in zip(question.spots, arrivals, strict=True))
            return MeshWay(mesh, min(filter(None, arrivals)), judgement(question.ends, question.home, spots, state))
    return None


def _arrival(mesh: Mesh, spot: Spot, question: Question, state: State) -> int | None:
    """The mesh's port at a spot, if connections of the source go there."""
    number = arrives_at(mesh, spot.place, spot.ports, state.cluster) if spot.place is not None else None
    if number is None or question.ends.is_open_set:
        return number
    pods = question.ends.pods
    return number if is_any_member(mesh, pods, state.cluster) and not leaves_by_itself(mesh, pods, spot.ports, state.cluster) else None


def through_mesh(question: Question, found: Judgement, way: MeshWay | None) -> Judgement:
    """Certain where policies say the same of both ports: which of them counts is up to the mesh, whose settings are not read."""
    if way is None or not _differs(found, way) or _is_open(question):
        return found
    return Judgement(Verdict.UNKNOWN, _both(found.ingress, way.found.ingress), _both(found.egress, way.found.egress))


def _is_open(question: Question) -> bool:
    """Sets of more than pods keep their verdict: what is said of the pods of the mesh stands beside it."""
    return question.ends.is_open_set or bool(question.ends.addresses)


def _differs(found: Judgement, way: MeshWay) -> bool:
    return found.verdict is not way.found.verdict


def _both(one: Verdict | None, other: Verdict | None) -> Verdict | None:
    return one if one is other else Verdict.UNKNOWN


def mesh_steps(question: Question, found: Judgement, way: MeshWay | None) -> Iterator[Step]:
    """found is the judgement of the port that was asked for."""
    if way is None or (_is_open(question) and not _differs(found, way)):
        return
    facts = {"mesh": way.mesh.value, "port": str(way.port), "verdict": way.found.verdict.value}
    if not _differs(found, way):
        yield Step(None, None, "note", sentence("step-mesh", facts))
    elif _is_open(question):
        yield Step(None, None, "note", sentence("step-mesh-among", facts))
    else:
        yield Step(None, None, Verdict.UNKNOWN.value, sentence("step-mesh-differs", facts))
