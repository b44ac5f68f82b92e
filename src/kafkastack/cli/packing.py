"""pack."""

import asyncio
import sys
import tempfile
from pathlib import Path

from kafkastack.cli import catalogue
from kafkastack.gnuflag import Parsed
from kafkastack.model.base import parse_base
from kafkastack.store.charm_shelf import CharmShelf
from kafkastack.store.packed_charm import pack as pack_tree


def pack(parsed: Parsed) -> int:
    """Make a .charm of the charm in a folder, or of one of ours."""
    found = catalogue.find(parsed.positional[0] if parsed.positional else "./")
    folder = Path(parsed["output"] or ".").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".kafkastack-pack-", dir=folder) as staging:
        shelf = CharmShelf(Path(staging))
        tree = shelf.files(shelf.take_now(found.source))
        made = asyncio.run(pack_tree(tree, parse_base(parsed["base"]), folder))
    print("Packed ", end="", file=sys.stderr)
    print(made)
    return 0
