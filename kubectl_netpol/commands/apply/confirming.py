"""Is the cluster as it was shown, once it is written? It is read again: the objects, and all that the verdicts came from."""
from collections.abc import Iterator, Sequence

from msgspec import Struct

from kubectl_netpol.commands.apply.said import written_name
from kubectl_netpol.commands.apply.writing import live_objects
from kubectl_netpol.commands.naming import object_ref
from kubectl_netpol.core.differences import newly_isolated, service_differences
from kubectl_netpol.core.endpoints import protocol_of
from kubectl_netpol.core.states import State, states_of
from kubectl_netpol.core.targets import format_source
from kubectl_netpol.core.writes import Write, is_done
from kubectl_netpol.render.words import object_name, sentence, service_port
from kubectl_netpol.reports import Port
from kubectl_netpol.server.connection import Server
from kubectl_netpol.server.read import read
from kubectl_netpol.snapshot import Snapshot


class Confirmation(Struct, frozen=True):
    """What is not as shown, in words: objects, and what they make of connections."""

    objects: tuple[str, ...] = ()
    verdicts: tuple[str, ...] = ()


def confirmation_of(writes: Sequence[Write], shown: State, server: Server) -> Confirmation:
    """shown is the state after. A NetpolError where something cannot be read any more."""
    live = live_objects(writes, server)
    objects = tuple(sentence("apply-object-differs", {"object": written_name(write.key)})
                    for write, now in zip(writes, live, strict=True) if not is_done(write, now))
    now = read(shown.snapshot.read or (), Snapshot(read=frozenset(), cni=shown.snapshot.cni), server)
    return Confirmation(objects, tuple(_verdicts(*states_of((shown.snapshot, now)))))


def _verdicts(shown: State, now: State) -> Iterator[str]:
    for each in service_differences(shown, now):
        port = service_port(Port(each.port.name or "", each.port.port, protocol_of(each.port)))
        yield sentence("apply-verdict-differs", {
            "source": format_source(each.source), "service": f"{object_name(object_ref(each.service), None)} {port}",
            "now": each.after.value, "shown": each.before.value})
    for code, (one, other) in (("isolated", (shown, now)), ("not isolated", (now, shown))):
        for workload, direction in newly_isolated(one, other):
            yield sentence("apply-isolation-differs", {
                "workload": object_name(object_ref(workload), None), "now": code, "direction": direction.value.lower()})
