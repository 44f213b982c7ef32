"""Which report answers the options? Here it is made and printed; nothing else writes to stdout."""
import os
import shutil
from typing import TextIO

from kubectl_netpol.commands.outcome import Outcome
from kubectl_netpol.options import Diff, Explain, Options, Suggest
from kubectl_netpol.render import announcement, render, style_for
from kubectl_netpol.render.layout import visible

_WIDTH = 120                                                    # where stdout is no terminal


def run(options: Options, stdout: TextIO, stderr: TextIO) -> int:
    """The exit status; NetpolErrors are the caller's."""
    outcome = _answered(options)
    for note in outcome.notes:
        print(f"note: {visible(note)}", file=stderr)
    printing = options.printing
    width = shutil.get_terminal_size((_WIDTH, 24)).columns
    style = style_for(stdout, printing.color.value, os.environ)
    for piece in render(outcome.report, printing.output.value, style, width, printing.headers):
        stdout.write(piece)
    if isinstance(options, Suggest):
        stderr.writelines(announcement(outcome.report, style_for(stderr, printing.color.value, os.environ), width))
    return outcome.status


def _answered(options: Options) -> Outcome:
    match options:
        case Explain():
            from kubectl_netpol.commands.explain import explain
            return explain(options)
        case Suggest():
            from kubectl_netpol.commands.suggest import suggest
            return suggest(options)
        case Diff():
            from kubectl_netpol.commands.diff import diff
            return diff(options)
