"""explain ADDRESS:PORT, NAME:PORT: which objects does a client mean who dials that?"""
from msgspec.structs import replace

from kubectl_netpol.commands.reading import Read
from kubectl_netpol.core.dialled import Meant, meant_by
from kubectl_netpol.core.targets import Object, Source, Target, TargetKind
from kubectl_netpol.options import AtNode, Explain, Served
from kubectl_netpol.render.words import sentence


def objects_meant(options: Explain, read: Read) -> tuple[Explain, Read]:
    """The same question of the objects, with how they are known as notes."""
    found: list[Meant] = []
    served: list[Served] = []
    targets = []
    for target in options.targets:
        meant = meant_by(target, read.supposed) if target.kind is TargetKind.DIALLED else ()
        found += meant
        targets += [each.target for each in meant] or [target]
        served += [Served(each.target, each.way.key, each.way.where, _url(target)) for each in meant if each.way is not None]
    notes = tuple(dict.fromkeys(sentence(each.evidence.code, each.evidence.facts) for each in found))
    by_node = tuple(AtNode(each.target, str(each.evidence.facts["dialled"]), str(each.evidence.facts.get("node", "")))
                    for each in found if each.is_by_node)
    sources = tuple(_of_client(source, options.scope.namespace) for source in options.sources)
    asked = replace(options, sources=sources, targets=tuple(dict.fromkeys(targets)), by_node=by_node, served=tuple(served))
    return asked, replace(read, notes=(*read.notes, *notes))


def _of_client(source: Source, namespace: str | None) -> Source:
    """Whoever dials knows the namespace of the client, not that of what is dialled."""
    return replace(source, namespace=source.namespace or namespace) if isinstance(source, Object) else source


def _url(target: Target) -> str:
    """As a client writes it who speaks HTTP; of a host alone nobody can tell whether it is dialled with TLS."""
    host, slash, path = (target.name or "").partition("/")
    port = target.ports[0].first if target.ports else 80
    scheme, usual = ("https", 443) if port in (443, 8443) else ("http", 80)
    return f"{scheme}://{host}{'' if port == usual else f':{port}'}{slash}{path}"
