"""What can still be said where something may not be read? What depends on it is unknown: never denied, and never allowed."""
from kubectl_netpol.core.answers import Judgement
from kubectl_netpol.core.verdicts import Verdict


def as_far_as_read(found: Judgement, *, is_whole: bool) -> Judgement:
    """The judgement of a target all of whose pods were read, or not. Of sources judgement itself knows."""
    return found if is_whole else Judgement(Verdict.UNKNOWN, Verdict.UNKNOWN, None)
