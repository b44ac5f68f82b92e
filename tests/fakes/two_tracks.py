"""A charm `kafka` in two folders, one for each of its tracks, beside the other charms of ours."""

import json
from pathlib import Path

from tests.fakes.shell_charm import METADATA, write_charm

RESOURCE = "resources: {kafka: {type: file, filename: kafka.jar}}\n"
OPTIONS = "options: {%s: {type: string, default: own}}\n"
OF_4 = {"charm": "kafka-4"}
TRACKS = {
    "kafka": {
        "options": {"local": {"option_3": "here"}},
        "default": "3/stable",
        "channels": {
            "3/stable": {"revision": 1, "resources": {"kafka": "kafka-3.9.2/kafka.jar"}},
            "3/edge": {"revision": 2, "resources": {"kafka": "kafka-3.9.2/kafka.jar"}},
            "4/stable": OF_4,
            "4/edge": OF_4,
        },
    },
    "kafka-4": {
        "default": "4/stable",
        "channels": {
            "4/stable": {"revision": 3, "resources": {"kafka": "kafka-4.3.1/kafka.jar"}},
            "4/edge": {"revision": 4, "resources": {"kafka": "kafka-4.3.1/kafka.jar"}},
        },
    },
}


def write_tracks(charms: Path, default: str = "3/stable") -> None:
    """Write the two folders below `charms`: their options and what they require differ."""
    metadata = METADATA.format(name="kafka") + RESOURCE
    for name, option, requires in (
        ("kafka", "option_3", "client"),
        ("kafka-4", "option-4", "client-4"),
    ):
        channels = {**TRACKS[name], **({"default": default} if name == "kafka" else {})}
        files = {
            "metadata.yaml": metadata.replace("client:", f"{requires}:"),
            "config.yaml": OPTIONS % option,
            "channels.json": json.dumps(channels),
        }
        write_charm(charms, f"status-set active {name}", name, files)
