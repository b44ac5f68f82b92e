"""add-secret, update-secret, grant-secret, revoke-secret, remove-secret, secrets, show-secret."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kafkastack.cli.formats.data import to_json, to_yaml
from kafkastack.cli.formats.tables import secrets_table
from kafkastack.cli.session import model_target, number, read_map
from kafkastack.errors import UsageError
from kafkastack.gnuflag import Parsed
from kafkastack.model.secret_content import check_keys, decoded, split_pair
from kafkastack.system.reading import read_given


def add_secret(parsed: Parsed) -> int:
    """Make a secret of the model, and print its URI."""
    name, *words = parsed.positional
    content = _content(parsed["file"], words)
    if not content:
        raise UsageError("missing secret value or filename")
    print(model_target(parsed).call("add-secret", name=name, content=content, info=parsed["info"]))
    return 0


def update_secret(parsed: Parsed) -> int:
    """Change a secret of the model."""
    secret, *words = parsed.positional
    content = _content(parsed["file"], words)
    said = content or parsed["info"] or parsed["name"] or parsed.is_set("auto-prune")
    if not said:
        raise UsageError("specify at least one key=value, --file, --info, --name or --auto-prune")
    model_target(parsed).call(
        "update-secret",
        secret=secret,
        content=content,
        info=parsed["info"],
        name=parsed["name"],
        auto_prune=parsed.is_set("auto-prune"),
    )
    return 0


def _content(file: str, words: Sequence[str]) -> dict[str, str]:
    """Return the content that a file and the words give, the words on top."""
    content: dict[str, str] = {}
    given = read_map(Path(file)) if file else {}
    for word in [*(f"{key}={value}" for key, value in given.items()), *words]:
        key, kind, value = split_pair(word)
        data = read_given(value) if kind == "file" else value.encode()
        content[key] = decoded(key, kind, data)
    check_keys(content)
    return content


def grant_secret(parsed: Parsed) -> int:
    """Let applications read a secret of the model."""
    return _change_grants(parsed, "grant-secret")


def revoke_secret(parsed: Parsed) -> int:
    """Take back what was granted."""
    return _change_grants(parsed, "revoke-secret")


def _change_grants(parsed: Parsed, verb: str) -> int:
    secret, names = parsed.positional
    applications = [name.strip() for name in names.split(",") if name.strip()]
    model_target(parsed).call(verb, secret=secret, applications=applications)
    return 0


def remove_secret(parsed: Parsed) -> int:
    """Remove a secret of the model, or one revision of it."""
    model_target(parsed).call(
        "remove-secret", secret=parsed.positional[0], revision=_revision(parsed)
    )
    return 0


def _revision(parsed: Parsed) -> int:
    return number(parsed["revision"], "--revision", least=1) if parsed["revision"] else 0


def secrets(parsed: Parsed) -> int:
    """List the secrets."""
    document = model_target(parsed).call("secrets", owner=parsed["owner"])
    if parsed["format"] != "tabular":
        return _show(document, parsed)
    out, err = secrets_table(document, color=sys.stdout.isatty())
    print(out, end="")
    print(err, end="", file=sys.stderr)
    return 0


def show_secret(parsed: Parsed) -> int:
    """Show a secret; its content only with --reveal."""
    if parsed.is_set("revisions") and parsed["revision"]:
        raise UsageError("specify either --revisions or --revision but not both")
    if parsed.is_set("revisions") and parsed.is_set("reveal"):
        raise UsageError("specify either --revisions or --reveal but not both")
    document = model_target(parsed).call(
        "show-secret",
        secret=parsed.positional[0],
        reveal=parsed.is_set("reveal"),
        revisions=parsed.is_set("revisions"),
        revision=_revision(parsed),
    )
    return _show(document, parsed)


def _show(document: dict[str, Any], parsed: Parsed) -> int:
    if parsed["format"] == "yaml":
        document = {name: _plain(secret) for name, secret in document.items()}
    print(to_json(document) if parsed["format"] == "json" else to_yaml(document), end="")
    return 0


def _plain(secret: dict[str, Any]) -> dict[str, Any]:
    """Return a secret as YAML shows it: its content without the name of its field."""
    shown = {key: value for key, value in secret.items() if key != "checksum"}
    if "content" in shown:
        shown["content"] = shown["content"]["Data"]
    return shown
