"""Rules for a tree that a stranger wrote: its allowed contents, and its largest size."""

import sys
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace


class Bounds(Struct, frozen=True):
    """How large a tree may be; bytes are those that are written, not those that were announced."""

    members: int = 20_000
    links: int = 5_000
    bytes: int = 512 << 20
    depth: int = 64
    name: int = 255  # bytes of one name
    path: int = 1024  # bytes of a whole path


class Rules(Struct, frozen=True):
    """What a tree may hold: `whole` is what errors call it."""

    whole: str
    advice: str = ""
    bounds: Bounds = Bounds()
    links: Literal["inside", "kept"] = "inside"
    others: Literal["refused", "left out"] = "refused"  # FIFOs, devices, sockets
    names: Literal["plain", "any"] = "plain"  # plain: UTF-8 without control characters


CHARM = Rules("the charm", "take it out of the charm, then try again")
# What a workload keeps is its own affair: it is copied as it is, and nobody looks through a link.
_ANY_SIZE = Bounds(members=sys.maxsize, links=sys.maxsize, bytes=1 << 62, depth=200, path=4000)
STORAGE = Rules("the storage", bounds=_ANY_SIZE, links="kept", others="left out", names="any")
OWN = replace(STORAGE, whole="what is copied")  # what we have made ourselves
SCP = replace(OWN, links="inside", others="refused")
