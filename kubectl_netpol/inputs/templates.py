"""What is said of a template that nobody has rendered?"""
from kubectl_netpol.errors import NetpolError


def is_template(data: bytes) -> bool:
    return b"{{" in data


def unrendered(path: str) -> NetpolError:
    return NetpolError(
        f"{path} is a template that is not rendered", hint="render it: helm template CHART | kubectl netpol … --offline -")
