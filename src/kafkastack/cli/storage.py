"""storage, show-storage, add-storage, attach-, detach- and remove-storage, and their pools."""

import sys
from typing import Any

from kafkastack.cli.formats import storage as tables
from kafkastack.cli.formats.data import to_json, to_yaml
from kafkastack.cli.session import key_values, model_target
from kafkastack.errors import ConflictError, UsageError
from kafkastack.gnuflag import Parsed


def storage(parsed: Parsed) -> int:
    """List storage: instances, or with a flag filesystems or volumes alone."""
    only = [kind for kind in ("filesystem", "volume") if parsed.is_set(kind)]
    if len(only) > 1:
        raise UsageError("--filesystem and --volume can not be used together")
    document = model_target(parsed).call("storage")
    kinds = [f"{kind}s" for kind in only] or list(document)
    shown = {kind: document[kind] for kind in kinds if kind in document}
    table = tables.filesystems_table if only else tables.storage_table
    return _print(parsed, shown, table)


def show_storage(parsed: Parsed) -> int:
    """Show storage instances."""
    document = model_target(parsed).call("show-storage", names=list(parsed.positional))
    return _print(parsed, document, tables.storage_table)


def storage_pools(parsed: Parsed) -> int:
    """List the pools that storage can be made in."""
    document = model_target(parsed).call(
        "storage-pools", names=parsed.lists["name"], providers=parsed.lists["provider"]
    )
    return _print(parsed, document, tables.pools_table)


def _print(parsed: Parsed, document: dict[str, Any], table: Any) -> int:
    if parsed["format"] != "tabular":
        print(to_json(document) if parsed["format"] == "json" else to_yaml(document), end="")
        return 0
    out, err = table(document, color=sys.stdout.isatty())
    print(out, end="")
    print(err, end="", file=sys.stderr)
    return 0


def add_storage(parsed: Parsed) -> int:
    """Add storage to a unit."""
    unit, *words = parsed.positional
    directives = {name: text for name, _, text in (word.partition("=") for word in words)}
    if len(directives) < len(words):
        raise UsageError("storage can be specified only once for each name")
    for name in model_target(parsed).call("add-storage", unit=unit, directives=directives):
        print(f"added storage {name} to {unit}", file=sys.stderr)
    return 0


def attach_storage(parsed: Parsed) -> int:
    """Attach detached storage to a unit."""
    unit, *names = parsed.positional
    return _tell(model_target(parsed).call("attach-storage", unit=unit, names=names))


def detach_storage(parsed: Parsed) -> int:
    """Detach storage from its units; it is kept."""
    names, force = list(parsed.positional), parsed.is_set("force")
    return _tell(model_target(parsed).call("detach-storage", names=names, force=force))


def remove_storage(parsed: Parsed) -> int:
    """Remove storage."""
    return _tell(
        model_target(parsed).call(
            "remove-storage",
            names=list(parsed.positional),
            force=parsed.is_set("force"),
            destroy=not parsed.is_set("no-destroy"),
        )
    )


def _tell(answers: list[tuple[str, str]]) -> int:
    for said, error in answers:
        print(f"ERROR {said}: {error}" if error else said, file=sys.stderr)
    return 1 if any(error for _, error in answers) else 0


def create_storage_pool(parsed: Parsed) -> int:
    """Add a pool."""
    name, provider, *words = parsed.positional
    attributes = key_values(words)
    model_target(parsed).call(
        "create-storage-pool", name=name, provider=provider, attributes=attributes
    )
    return 0


def update_storage_pool(parsed: Parsed) -> int:
    """Change the attributes of a pool."""
    name, *words = parsed.positional
    model_target(parsed).call("update-storage-pool", name=name, attributes=key_values(words))
    return 0


def remove_storage_pool(parsed: Parsed) -> int:
    """Remove a pool."""
    model_target(parsed).call("remove-storage-pool", name=parsed.positional[0])
    return 0


def import_filesystem(parsed: Parsed) -> int:
    """Refuse: this cloud keeps no filesystem that the model does not know."""
    raise ConflictError(
        f'storage provider "{parsed.positional[0]}" does not support importing filesystems',
        f"fill an empty one: kafkastack add-storage UNIT {parsed.positional[-1]}=1",
    )
