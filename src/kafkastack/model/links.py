"""Links of a tree, leading inside of it or out."""

from collections.abc import Mapping, Sequence

Place = tuple[str, ...]  # the names that lead to something from the top of a tree

_MOST_LINKS = 40  # the kernel's own limit of links in one path
_MOST_NAMES = 256  # in the path that a link comes to: one that has more is not followed


def leading_out(links: Mapping[Place, str]) -> Place | None:
    """Return the first link that leaves the tree, alone or through others; None if none does.

    What is no link counts as a folder: a name that is not there leads nowhere, and may come to be.
    """
    return next((place for place in links if _leaves(links, place)), None)


def _leaves(links: Mapping[Place, str], place: Place) -> bool:
    here: list[str] = []
    ahead, followed, passed = list(reversed(place)), 0, 0
    while ahead:
        name, passed = ahead.pop(), passed + 1
        if passed > _MOST_NAMES or (name == ".." and not here):
            return True
        if name == "..":
            here.pop()
            continue
        target = links.get((*here, name))
        if target is None:
            here.append(name)
            continue
        followed += 1
        if target.startswith("/"):
            return True
        if followed > _MOST_LINKS:
            return False  # a circle: nobody gets anywhere by it
        ahead += reversed(_names(target))
    return False


def _names(target: str) -> Sequence[str]:
    return [name for name in target.split("/") if name not in ("", ".")]
