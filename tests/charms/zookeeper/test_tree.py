"""Trees of any form are walked to their end, in as many hooks as that takes."""

from collections import defaultdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kazoo.exceptions import NoNodeError
from kazoo.security import Id

from tests.charms.zookeeper.modules import ensemble, tree

NAMES = st.lists(st.sampled_from("abc"), min_size=1, max_size=4)


class Nodes:
    """Nodes as kazoo shows them, those of one owner."""

    def __init__(self, *paths: str) -> None:
        self.acls: dict[str, list[Any]] = {path: [] for path in paths}
        self.below: dict[str, set[str]] = defaultdict(set)
        for path in paths:
            parent, _, name = path.rpartition("/")
            self.below[parent].add(name)

    def ensure_path(self, path: str, acl: Any) -> None:
        pass

    def exists(self, path: str) -> bool:
        return path in self.acls

    def create(self, path: str, acl: list[Any]) -> None:
        self.acls[path] = acl

    def get_children(self, path: str) -> list[str]:
        if path not in self.acls:
            raise NoNodeError
        return list(self.below.get(path, ()))

    def get_acls(self, path: str) -> tuple[list[Any], None]:
        if path not in self.acls:
            raise NoNodeError
        return self.acls[path], None

    def set_acls(self, path: str, acl: list[Any]) -> None:
        self.acls[path] = acl

    def remove(self, path: str) -> None:
        for name in self.below.pop(path, set()):
            self.remove(f"{path}/{name}")
        self.acls.pop(path)
        self.below[path.rpartition("/")[0]].discard(path.rpartition("/")[2])


def hooks(nodes: Nodes, top: str = "/a") -> int:
    """Give a chroot away; return in how many hooks."""
    session, at, count = ensemble.Ensemble(nodes), "", 1
    while at := session.ensure_chroot(top, {"relation-9": "r"}, at):
        count += 1
    return count


def owners(nodes: Nodes) -> set[frozenset[Id]]:
    return {frozenset(acl.id for acl in acls) for acls in nodes.acls.values()}


NEW_OWNER = frozenset({Id("sasl", "super"), Id("sasl", "relation-9")})


@pytest.mark.parametrize(
    "paths",
    [
        ["/a" + "/x" * depth for depth in range(1101)],
        ["/a", *(f"/a/{number}" for number in range(5000))],
    ],
    ids=["deep", "wide"],
)
def test_a_tree_of_any_depth_and_width_is_given_away_in_some_hooks(paths: list[str]) -> None:
    nodes = Nodes(*paths)
    assert hooks(nodes) == -(-2 * len(paths) // tree.STEPS)
    assert owners(nodes) == {NEW_OWNER}


@given(st.sets(NAMES.map(tuple), max_size=30), st.integers(1, 5))
def test_every_node_is_visited_once_in_walks_of_any_length(
    names: set[tuple[str, ...]], steps: int
) -> None:
    """Parents are there too, as they are in ZooKeeper."""
    every = {name[:length] for name in names for length in range(1, len(name) + 1)}
    nodes = Nodes("/a", *("/".join(("/a", *name)) for name in every))
    visited: list[str] = []
    at = tree.walk("/a", "", visited.append, nodes.get_children, steps)
    while at:
        at = tree.walk("/a", at, visited.append, nodes.get_children, steps)
    assert sorted(visited) == sorted(nodes.acls)


def test_what_its_owner_removes_meanwhile_is_no_obstacle() -> None:
    nodes = Nodes("/a", "/a/b", *(f"/a/b/{number}" for number in range(2000)), "/a/c")
    session = ensemble.Ensemble(nodes)
    at = session.ensure_chroot("/a", {"relation-9": "r"})
    assert at.startswith("/a/b/")
    nodes.remove("/a/b")
    assert session.ensure_chroot("/a", {"relation-9": "r"}, at) == ""
    assert owners(nodes) == {NEW_OWNER}
