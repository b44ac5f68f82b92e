"""Packages that charm libraries ask for: the constant PYDEPS of each file."""

import ast
from collections.abc import Iterator

from kafkastack.errors import KafkastackError


def pydeps(text: str, file: str) -> list[str]:
    """Return what the library's PYDEPS lists, nothing if it has none."""
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise KafkastackError(f"{file} cannot be read as Python: {error}") from error
    found = [text for node in body for text in _listed(node, file)]
    return list(dict.fromkeys(found))


def _listed(node: ast.stmt, file: str) -> Iterator[str]:
    targets = node.targets if isinstance(node, ast.Assign) else ()
    annotated = (node.target,) if isinstance(node, ast.AnnAssign) else ()
    names = {target.id for target in (*targets, *annotated) if isinstance(target, ast.Name)}
    if "PYDEPS" not in names:
        return
    value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
    for item in value.elts if isinstance(value, ast.List | ast.Tuple) else (value,):
        if not isinstance(item, ast.Constant) or not isinstance(item.value, str):
            raise KafkastackError(f"{file}: PYDEPS is a list of strings, written out")
        yield item.value
