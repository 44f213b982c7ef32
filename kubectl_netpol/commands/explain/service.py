"""explain service"""
from kubectl_netpol.commands.outcome import Outcome
from kubectl_netpol.commands.reading import Read
from kubectl_netpol.core.targets import Target
from kubectl_netpol.errors import NotYet
from kubectl_netpol.options import Explain


def explain_service(options: Explain, read: Read, target: Target) -> Outcome:
    raise NotYet("not yet")
