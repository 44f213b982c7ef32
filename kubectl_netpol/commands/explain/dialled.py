"""explain ADDRESS:PORT, NAME:PORT: which objects does a client mean who dials that?"""
from msgspec.structs import replace

from kubectl_netpol.commands.reading import Read
from kubectl_netpol.core.dialled import Meant, meant_by
from kubectl_netpol.core.targets import TargetKind
from kubectl_netpol.options import Explain
from kubectl_netpol.render.words import sentence


def objects_meant(options: Explain, read: Read) -> tuple[Explain, Read]:
    """The same question of the objects, with how they are known as notes."""
    found: list[Meant] = []
    targets = []
    for target in options.targets:
        meant = meant_by(target, read.supposed) if target.kind is TargetKind.DIALLED else ()
        found += meant
        targets += [each.target for each in meant] or [target]
    notes = tuple(dict.fromkeys(sentence(each.evidence.code, each.evidence.facts) for each in found))
    by_node = frozenset(each.target for each in found if each.is_by_node)
    by_entry = frozenset(each.target for each in found if each.evidence.code == "dialled-entry")
    asked = replace(options, targets=tuple(dict.fromkeys(targets)), by_node=by_node, by_entry=by_entry)
    return asked, replace(read, notes=(*read.notes, *notes))
