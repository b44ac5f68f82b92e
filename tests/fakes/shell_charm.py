"""Small charms: of shell, so that a hook costs milliseconds, and of ops.

Each hook of a shell charm notes its name in $HOME/hooks, runs the charm's own body, and then what
a test has meanwhile written to $HOME/do.
"""

from collections.abc import Mapping
from pathlib import Path

METADATA = """\
name: {name}
summary: A charm of a test.
description: A charm of a test.
peers: {{peer: {{interface: peer}}}}
provides: {{server: {{interface: thing}}}}
requires: {{client: {{interface: thing}}, other: {{interface: other}}}}
"""
CONFIG = """\
options:
  text: {type: string, default: ""}
  number: {type: int, default: 1}
  flag: {type: boolean, default: false}
"""
ACTIONS = """\
say:
  description: Say a word.
  params: {word: {type: string}}
  required: [word]
  additionalProperties: false
spoil: {}
"""
DISPATCH = """\
#!/bin/sh
set -eu
echo "$JUJU_DISPATCH_PATH ${{JUJU_REMOTE_UNIT:-}}" >> "$HOME/hooks"
{body}
if [ -e "$HOME/do" ]; then . "$HOME/do"; fi
"""


def write_charm(
    folder: Path, body: str = "", name: str = "plain", files: Mapping[str, str] | None = None
) -> Path:
    """Write a charm named `name` below `folder`, with `files` in place of the usual ones."""
    charm = folder / name
    charm.mkdir(exist_ok=True)
    texts = {
        "metadata.yaml": METADATA.format(name=name),
        "config.yaml": CONFIG,
        "actions.yaml": ACTIONS,
        "dispatch": DISPATCH.format(body=body),
        **(files or {}),
    }
    for file, text in texts.items():
        (charm / file).write_text(text)
    (charm / "dispatch").chmod(0o755)
    return charm


def write_ops_charm(folder: Path, source: str, name: str = "opsy") -> Path:
    """Write a charm of ops whose `src/charm.py` is `source`, with the option `text`."""
    charm = folder / name
    (charm / "src").mkdir(parents=True, exist_ok=True)
    texts = {
        "metadata.yaml": f"name: {name}\nsummary: A charm.\ndescription: A charm.\n",
        "config.yaml": 'options: {text: {type: string, default: "0"}}\n',
        "requirements.txt": "ops==3.9.0\n",
        "src/charm.py": source,
    }
    for file, text in texts.items():
        (charm / file).write_text(text)
    return charm
