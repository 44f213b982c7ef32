"""What may the last word of this command line be? kubectl asks it, through the program kubectl_complete-netpol.

Commands and flags are answered here; the core and the cluster are imported only for what needs them. The answer is a line for each
candidate, with its description after a tab, and a last line that tells the shell how to go on (cobra's ShellCompDirective).
"""
from collections.abc import Iterable, Mapping, Sequence
from typing import TextIO

from kubectl_netpol.cli import ANY, COMMANDS, HELP, flags_of
from kubectl_netpol.completion.line import Candidate, Line, line_of
from kubectl_netpol.errors import Exit
from kubectl_netpol.flags import said_of

_FILES, _NO_SPACE, _NO_FILES = 0, 2, 4                          # the directives
_WHOLE = {"--dry-run": "--dry-run=server"}                      # by itself it is refused


def complete(argv: Sequence[str], environ: Mapping[str, str], stdout: TextIO) -> int:
    """Always with success: at a prompt nothing else may be said."""
    line = line_of(argv)
    candidates = _candidates(line, environ)
    if candidates is None:
        stdout.write(f":{_FILES}\n")
        return Exit.OK
    kept = [each for each in dict(candidates).items() if each[0].startswith(line.word) and "".join(each).isprintable()]
    stdout.writelines("\t".join(each).rstrip() + "\n" for each in kept)
    goes_on = any(value.endswith("/") for value, _ in kept)
    stdout.write(f":{_NO_FILES + (_NO_SPACE if goes_on else 0)}\n")
    return Exit.OK


def _candidates(line: Line, environ: Mapping[str, str]) -> Iterable[Candidate] | None:
    """None: files."""
    if line.flag:
        from kubectl_netpol.completion.values import values_of
        return values_of(line, environ)
    if line.word.startswith("-") and not line.is_ended:
        return _flags(line)
    match line.command:
        case "": return _commands()
        case "help": return _commands() if not line.words else ()
        case "completion": return [("print", "the program that kubectl asks")] if not line.words else ()
        case _ if line.command not in ANY: return ()
    from kubectl_netpol.completion.words import words_after
    return words_after(line, environ)


def _commands() -> list[Candidate]:
    return [(command, HELP[command].partition("\n")[0]) for command in COMMANDS if command in HELP]


def _flags(line: Line) -> list[Candidate]:
    """Without those that were given and count once."""
    given = {flag for flag, _ in line.flags}
    return [
        (_WHOLE.get(spelling, spelling), said_of(spellings[-1], line.command))
        for spellings, _, repeats in flags_of(line.command) if repeats or spellings[-1] not in given
        for spelling in spellings]
