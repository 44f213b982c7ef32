"""Who agrees to what is shown? Somebody at the terminal, or --yes, which does not agree to everything."""
from collections.abc import Iterable
from typing import TextIO

from kubectl_netpol.commands.apply.said import change_at_owner, home_of_writes, owner_name, written_name
from kubectl_netpol.core.owners import Holders, Owner
from kubectl_netpol.core.writes import Write
from kubectl_netpol.errors import NetpolError
from kubectl_netpol.options import Apply, Change
from kubectl_netpol.render.words import object_names, sentence
from kubectl_netpol.reports import Isolation

_TERMINAL = "/dev/tty"                                          # also where stdin is a file of manifests


class Terminal:
    """Where somebody can be asked."""

    def __init__(self, reading: TextIO, writing: TextIO) -> None:
        self.reading, self.writing = reading, writing

    def agrees(self, question: str) -> bool:
        """Nothing said is no."""
        self.writing.write(f"{question} ")
        self.writing.flush()
        return self.reading.readline().strip().lower() in ("y", "yes")


def terminal_for(apply: Apply) -> Terminal | None:
    """None: nothing is asked. A NetpolError where somebody must be asked and nobody is there."""
    if apply.is_confirmed or apply.is_trial:
        return None
    try:
        return Terminal(open(_TERMINAL, encoding="utf-8", errors="replace"), open(_TERMINAL, "w", encoding="utf-8", errors="replace"))
    except OSError:
        raise NetpolError(sentence("apply-no-terminal", {}), hint=sentence("apply-no-terminal-hint", {})) from None


# ---- what --yes does not agree to


def refuse_unsaid(apply: Apply, change: Change, isolated: Iterable[Isolation], guessed: Iterable[str]) -> None:
    """Of what nobody is asked: guesses, and pods that become isolated where it was not said what becomes of them."""
    if not apply.is_confirmed or apply.is_trial:
        return
    if unsaid := list(guessed):
        raise NetpolError("\n".join(sentence("apply-guessed", {"intent": each}) for each in unsaid),
                          hint=sentence("apply-guessed-hint", {}))
    workloads = list(dict.fromkeys(object_names((each.workload for each in isolated), None)))
    if workloads and not (change.keep or change.isolate):
        raise NetpolError(sentence("apply-isolates", {"workloads": ", ".join(workloads)}), hint=sentence("apply-isolates-hint", {}))


# ---- what belongs to others


def refuse_owned(apply: Apply, held: Iterable[tuple[Write, Holders]]) -> None:
    """Objects that a controller would write again, unless that is wanted all the same."""
    owned = [(write, owner) for write, holders in held for owner in holders.owners]
    if owned and not apply.force_conflicts:
        hints = [*(change_at_owner(owner) for _, owner in owned), sentence("apply-owned-hint", {})]
        home = home_of_writes(write for write, _ in owned)
        raise NetpolError("\n".join(_owned(write, owner, home) for write, owner in owned), hint="\n".join(dict.fromkeys(hints)))


def _owned(write: Write, owner: Owner, home: str | None) -> str:
    return sentence("apply-owned", {"object": written_name(write.key, home), "owner": owner_name(owner)})
