"""How long may one request take? --request-timeout, as kubectl reads it."""
import re

from kubectl_netpol.errors import NetpolError

_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)", re.ASCII)
_WHOLE = re.compile(rf"\+?(?:{_PART.pattern})+", re.ASCII)


def timeout_of(text: str | None) -> float | None:
    """Seconds; None for none. client-go tools/clientcmd/config.go, ParseTimeout: a number of seconds, or Go's durations."""
    if not text:
        return None
    if re.fullmatch(r"\+?\d+", text, re.ASCII):
        return float(text) or None
    if _WHOLE.fullmatch(text):
        return sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text)) or None
    raise NetpolError(
        f'--request-timeout "{text}": invalid timeout value. Timeout must be a single integer in seconds, '
        "or an integer followed by a corresponding time unit (e.g. 1s | 2m | 3h)",
        hint="0 waits without end")
