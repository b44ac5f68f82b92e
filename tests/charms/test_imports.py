"""No module of a charm is needed by one that it needs itself."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

CHARMS = Path(__file__).parents[2] / "charms"
SOURCES = sorted(
    folder / "src" for folder in CHARMS.iterdir() if (folder / "metadata.yaml").is_file()
)


def imports(path: Path, names: set[str]) -> set[str]:
    """Return which modules of its charm a file imports, for types alone too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found & names


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.parent.name)
def test_a_charm_has_no_circle(source: Path) -> None:
    paths = {
        ".".join(path.relative_to(source).with_suffix("").parts).removesuffix(".__init__"): path
        for path in source.rglob("*.py")
    }
    graph = {name: imports(path, set(paths) - {name}) for name, path in paths.items()}
    order = list(TopologicalSorter(graph).static_order())  # CycleError names a circle
    assert set(order) == set(paths)
    assert order[-1] == "charm" or "charm" in order, "there is one to begin with"
