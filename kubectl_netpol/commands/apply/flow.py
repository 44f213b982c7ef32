"""How does a difference become true? Shown, agreed to, kept for the way back, written in a safe order, read again.

    diff → holders → order → question → are all objects still as shown? → restore files → writes → confirmation

What has changed since it was shown stops it, and the difference is shown anew.
"""
import io
import os
import sys
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import TextIO

from msgspec import Struct
from msgspec.structs import replace

from kubectl_netpol import reports
from kubectl_netpol.commands import show
from kubectl_netpol.commands.apply.confirming import confirmation_of
from kubectl_netpol.commands.apply.consent import Terminal, refuse_owned, refuse_unsaid, terminal_for
from kubectl_netpol.commands.apply.restore import Kept, folder_in, kept, name_for, undo_commands
from kubectl_netpol.commands.apply.said import announced, home_of_writes, names_of, question, stopped, wrote
from kubectl_netpol.commands.apply.writing import Record, Writer, changed_since, live_objects, new_namespaces, settled, tried
from kubectl_netpol.commands.diff import diff
from kubectl_netpol.commands.outcome import Applying, Outcome
from kubectl_netpol.core.order import Order, ordered
from kubectl_netpol.core.owners import holders_of
from kubectl_netpol.core.writes import Write
from kubectl_netpol.errors import Exit, NetpolError
from kubectl_netpol.inputs.documents import STDIN
from kubectl_netpol.options import Diff
from kubectl_netpol.render.layout import visible
from kubectl_netpol.render.words import command, sentence
from kubectl_netpol.server.apply import Kubectl
from kubectl_netpol.server.connection import Server
from kubectl_netpol.server.kubectl import ApplyFlags, kubectl_command

_DECLINED = 1                                                   # as a difference that is left as it is


class Stale(Struct, frozen=True):
    """Objects that are not as they were shown any more, and whether some of the others were written."""

    changed: Sequence[Write]
    on_the_way: bool = False


def apply(options: Diff, server: Server, stdout: TextIO, stderr: TextIO) -> int:
    """The exit status: 0 done, 1 declined, 2 done and not as shown. A NetpolError: not applied, or not all of it, and what was is told."""
    terminal = terminal_for(options.apply)
    flow = _Flow(options, Writer(server, options.apply, _kubectl_for(options)), terminal, stderr)
    stdin = sys.stdin.buffer.read() if STDIN in options.scope.files else b""
    while True:
        outcome = _shown(options, stdin, server, stdout, stderr)
        end = flow.applied(outcome)
        if not isinstance(end, Stale):
            return end
        facts = {"objects": names_of(end.changed, home_of_writes(end.changed))}
        flow.tell(sentence("apply-changed-on-the-way" if end.on_the_way else "apply-changed-meanwhile", facts))
        if terminal is None:
            _shown(options, stdin, server, stdout, stderr)
            raise NetpolError(sentence("apply-changed-error", facts), hint=sentence("apply-changed-hint", {}))


def _shown(options: Diff, stdin: bytes, server: Server, stdout: TextIO, stderr: TextIO) -> Outcome:
    """The difference as it is now; manifests of stdin are read again from what was kept of it."""
    if STDIN in options.scope.files:
        sys.stdin = io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")
    outcome = diff(options, server)
    show(outcome, options, stdout, stderr)
    stdout.flush()
    return outcome


def _kubectl_for(options: Diff) -> Kubectl | None:
    """Where files are applied."""
    if not options.scope.files:
        return None
    found, apply = kubectl_command(os.environ), options.apply
    if found is None:
        raise NetpolError(sentence("apply-no-kubectl", {}), hint=sentence("apply-no-kubectl-hint", {}))
    flags = ApplyFlags(apply.server_side, apply.field_manager, apply.force_conflicts and apply.server_side)
    return Kubectl(found, options.scope.connection.words, flags, os.environ)


class _Flow:
    """Where one run writes, asks and tells."""

    def __init__(self, options: Diff, writer: Writer, terminal: Terminal | None, stderr: TextIO) -> None:
        self.options, self.writer, self.terminal, self.stderr = options, writer, terminal, stderr

    def tell(self, text: str, kind: str = "note") -> None:
        first, *more = text.split("\n")
        print(f"{kind}: {visible(first)}", *(f"  {visible(each)}" for each in more), sep="\n", file=self.stderr, flush=True)

    # ---- up to the answer

    def applied(self, outcome: Outcome) -> int | Stale:
        applying, report = outcome.applying, outcome.report
        assert applying and isinstance(report, reports.Difference)
        if not applying.writes:
            self.tell(sentence("apply-nothing", {}))
            return Exit.OK
        for remark in applying.remarks:
            self.tell(remark)
        refuse_unsaid(self.options.apply, self.options.change, report.isolated, applying.guessed)
        live = live_objects(applying.writes, self.writer.server)
        if changed := changed_since(applying.writes, live):
            return Stale(changed)
        writes = [replace(write, before=now) for write, now in zip(applying.writes, live, strict=True)]
        order = ordered(writes, applying.before, applying.after)
        self._announce(order)
        if self.options.apply.is_trial:
            return self._try(order.writes)
        if changed := tried(order.writes, self.writer):
            return Stale(changed)
        if self.terminal and not self.terminal.agrees(question(order.writes, self.options.scope)):
            self.tell(sentence("apply-declined", {}))
            return _DECLINED
        return self._write(order.writes, applying)

    def _announce(self, order: Order) -> None:
        held = [(write, holders_of(write.before, write.after, self.writer.manager_of(write))) for write in order.writes if write.before]
        refuse_owned(self.options.apply, held)
        for each in announced(held, order.moments):
            self.tell(each)

    def _try(self, writes: Sequence[Write]) -> int:
        new = new_namespaces(writes)
        for write in writes:
            if write.key.namespace in new:
                self.tell(sentence("apply-not-tried", {"object": names_of([write])}))
                continue
            self.writer.write(write, dry_run=True)
            self.tell(wrote(write, writes, is_trial=True))
        self.tell(sentence("apply-tried-all", {}))
        return Exit.OK

    # ---- from there on

    def _write(self, writes: Sequence[Write], applying: Applying) -> int | Stale:
        if changed := changed_since(writes, live_objects(writes, self.writer.server)):
            return Stale(changed)                               # while the question was open
        undoing = ordered([write.undone for write in writes], applying.after, applying.before).writes
        files = kept(undoing, folder_in(os.environ), name_for(self.options.scope, datetime.now(timezone.utc)))
        if files.paths:
            self.tell(sentence("apply-kept", {"paths": ", ".join(files.paths)}))
        record = self._carried_out(writes)
        written = {write.key for write in (*record.done, *record.unsure)}
        if record.stopped:
            for line in stopped(record.done, record.left, record.unsure):
                self.tell(line)
        self._tell_undo([write for write in undoing if write.key in written], files)
        if record.stopped is None:
            return self._confirm(writes, applying)
        if record.changed and not isinstance(record.stopped, KeyboardInterrupt):
            return Stale(record.changed, on_the_way=bool(written))
        raise record.stopped

    def _carried_out(self, writes: Sequence[Write]) -> Record:
        done: list[Write] = []
        try:
            for write in writes:
                self.writer.write(write, dry_run=False)
                done.append(write)
                self.tell(wrote(write, writes, is_trial=False))
        except (NetpolError, KeyboardInterrupt) as reason:
            return settled(writes, len(done), reason, self.writer.server)
        return Record(tuple(writes))

    def _tell_undo(self, undoing: Sequence[Write], files: Kept) -> None:
        if undoing:
            commands = undo_commands(undoing, files, self.options.scope)
            self.tell("\n".join((sentence("apply-undo", {}), *map(command, commands))))

    def _confirm(self, writes: Sequence[Write], applying: Applying) -> int:
        try:
            found = confirmation_of(writes, applying.after, self.writer.server)
        except NetpolError as error:
            self.tell(sentence("apply-unconfirmed", {"reason": error.message}), "warning")
            return Exit.OK                                      # the server has answered that each was written
        for line in (*found.objects, *found.verdicts):
            self.tell(line, "warning")
        if not (found.objects or found.verdicts):
            self.tell(sentence("apply-confirmed", {}))
        return Exit.ERROR if found.objects else Exit.OK
