"""Which report answers the options? Here it is made and printed; nothing else writes to stdout."""
from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, TextIO

from msgspec.structs import replace

from kubectl_netpol.commands.outcome import Outcome
from kubectl_netpol.options import Diff, Explain, Options, Suggest
from kubectl_netpol.render import announcement, render, style_for
from kubectl_netpol.render.layout import visible
from kubectl_netpol.render.warnings import server_warnings

if TYPE_CHECKING:
    from kubectl_netpol.server.connection import Server

_WIDTH = 120                                                    # where stdout is no terminal


def run(options: Options, stdout: TextIO, stderr: TextIO) -> tuple[int, Outcome | None]:
    """The exit status, and what it rests on, if that may be large: who ends the process keeps it till then, as to take a large cluster
    apart takes time. NetpolErrors are the caller's."""
    options, server = (options, None) if options.scope.offline else _connected(options)
    try:
        return _run(options, server, stdout, stderr)
    finally:
        style = style_for(stderr, options.printing.color.value, os.environ)
        stderr.writelines(server_warnings(server.warnings if server else (), style))


def _run(options: Options, server: Server | None, stdout: TextIO, stderr: TextIO) -> tuple[int, Outcome | None]:
    if server and isinstance(options, Suggest | Diff) and options.apply.wanted:
        from kubectl_netpol.commands.apply.flow import apply
        return apply(_difference(options), server, stdout, stderr), None
    outcome = _answered(options, server)
    show(outcome, options, stdout, stderr)
    return outcome.status, outcome


def show(outcome: Outcome, options: Options, stdout: TextIO, stderr: TextIO) -> None:
    for note in outcome.notes:
        print(f"note: {visible(note)}", file=stderr)
    printing = options.printing
    width = shutil.get_terminal_size((_WIDTH, 24)).columns
    style = style_for(stdout, printing.color.value, os.environ)
    for piece in render(outcome.report, printing.output.value, style, width, printing.headers):
        stdout.write(piece)
    if isinstance(options, Suggest):
        stderr.writelines(announcement(outcome.report, style_for(stderr, printing.color.value, os.environ), width))


def _difference(options: Suggest | Diff) -> Diff:
    """What suggest would write, as diff shows it."""
    if isinstance(options, Diff):
        return options
    return Diff(options.scope, options.printing, options.change, apply=options.apply, is_suggestion=True)


def _connected(options: Options) -> tuple[Options, Server]:
    """The options in the namespace of the context, unless they name another or all."""
    from kubectl_netpol.server.connection import connect
    from kubectl_netpol.server.kubeconfig import login_of
    scope, login = options.scope, login_of(options.scope.connection, os.environ)
    home = None if scope.all_namespaces else scope.namespace or login.namespace
    return replace(options, scope=replace(scope, namespace=home, context=login.context, server=login.server)), connect(login)


def _answered(options: Options, server: Server | None) -> Outcome:
    match options:
        case Explain():
            from kubectl_netpol.commands.explain import explain
            return explain(options, server)
        case Suggest():
            from kubectl_netpol.commands.suggest import suggest
            return suggest(options, server)
        case Diff():
            from kubectl_netpol.commands.diff import diff
            return diff(options, server)
