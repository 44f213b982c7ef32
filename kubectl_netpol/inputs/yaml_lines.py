"""On which line of YAML does something stand?"""
from collections.abc import Sequence

import yaml

from kubectl_netpol.inputs.yaml_values import Loader


def nodes_in(data: bytes) -> tuple[yaml.Node, ...]:
    """The documents of YAML or JSON with their places; none where it cannot be read."""
    try:
        return tuple(yaml.compose_all(data, Loader=Loader))
    except yaml.YAMLError:
        return ()


def line_in(node: yaml.Node, item: int, steps: Sequence[str | int]) -> int:
    """The line, counted from 1, of a field of an object; of the nearest one around it where it is not written itself."""
    line = node.start_mark.line + 1
    for step in [*(["items", item - 1] if item else []), *steps]:
        match node, step:
            case yaml.MappingNode(value=pairs), str():
                found = next(((key, value) for key, value in pairs if key.value == step), None)
                if found is None:
                    break
                line, node = found[0].start_mark.line + 1, found[1]
            case yaml.SequenceNode(value=entries), int() if step < len(entries):
                node = entries[step]
                line = node.start_mark.line + 1
            case _:
                break
    return line
