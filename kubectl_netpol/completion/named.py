"""Which of the names that are there may be the value of a flag?"""
from collections.abc import Mapping

from kubectl_netpol.completion import ends
from kubectl_netpol.completion.line import Candidate, Line
from kubectl_netpol.completion.names import Place, namespaces, place_of
from kubectl_netpol.completion.patience import quietly
from kubectl_netpol.completion.words import targets_in
from kubectl_netpol.core.targets import TargetKind


def named(line: Line, environ: Mapping[str, str]) -> list[Candidate]:
    return quietly(lambda: _named(line, place_of(line, environ)))


def _named(line: Line, place: Place) -> list[Candidate]:
    match line.flag:
        case "--namespace": return [(name, "") for name in namespaces(place)]
        case "--delete": return ends.targets(line.word, place, (TargetKind.NETWORKPOLICY,))
        case "--allow": return ends.ports(line.word, place, targets_in(line.words))
        case "--from": return ends.sources(line.word, place, targets_in(line.words))
        case "--to": return ends.destinations(line.word, place, targets_in(line.words))
        case _: return _of_kubeconfig(line.flag, place)


def _of_kubeconfig(flag: str, place: Place) -> list[Candidate]:
    from kubectl_netpol.server.kubeconfig import kubeconfig_names
    found = kubeconfig_names(place.scope.connection, place.environ)
    return [(name, "") for name in {"--context": found.contexts, "--cluster": found.clusters, "--user": found.users}[flag]]
