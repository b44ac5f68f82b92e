"""Parser of a charm's YAML files into a CharmMeta; charmcraft.yaml stands in for absent ones."""

import re
from collections.abc import Callable, Mapping
from typing import TypeVar, cast

import yaml

from kafkastack.errors import NotFoundError
from kafkastack.model.bounds import (
    CHARM_ACTIONS,
    CHARM_ENDPOINTS,
    CHARM_OPTIONS,
    CHARM_RESOURCES,
    CHARM_STORAGES,
    NAME,
    SIZE,
    STORAGES,
)
from kafkastack.model.charm import (
    ActionMeta,
    CharmMeta,
    EndpointMeta,
    OptionMeta,
    ResourceMeta,
    StorageMeta,
    Value,
)
from kafkastack.model.charm_names import (
    ACTION,
    BINDING,
    ENDPOINT,
    OPTION,
    RESOURCE,
    STORAGE,
    Form,
    file_name,
    named,
)
from kafkastack.model.records import Role, Scope
from kafkastack.model.sizes import size_text
from kafkastack.model.yaml_file import Node, read_yaml

CHARM_FILES = ("metadata.yaml", "config.yaml", "actions.yaml", "charmcraft.yaml")

_ROLES: dict[str, Role] = {"provides": "provider", "requires": "requirer", "peers": "peer"}
_SCOPES: dict[str, Scope] = {"global": "global", "container": "container"}
_MEBIBYTES = {"": 1.0, "M": 1.0, "G": 1024.0, "T": 1024.0**2, "P": 1024.0**3}
_OPTION_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "int": int,
    "float": (int, float),
    "boolean": bool,
    "secret": str,
}
# What charmcraft.yaml has beside the metadata.
_BUILD_KEYS = {
    "actions",
    "analysis",
    "base",
    "bases",
    "build-base",
    "charm-libs",
    "charmhub",
    "config",
    "extensions",
    "links",
    "parts",
    "platforms",
    "type",
}

M = TypeVar("M")


def parse(texts: Mapping[str, str]) -> CharmMeta:
    """Return what the files (name → text) say; an error names the file and the key."""
    if "metadata.yaml" not in texts and "charmcraft.yaml" not in texts:
        raise NotFoundError(
            "there is neither a metadata.yaml nor a charmcraft.yaml: this is not a charm"
        )
    metadata, config, actions = _sections(texts)
    name = metadata.get("name").text()
    if len(name) > NAME or not re.fullmatch(r"[a-z][a-z0-9]*(-[0-9]*[a-z][a-z0-9]*)*", name):
        metadata.get("name").refuse("a charm name of lowercase letters, digits and hyphens")
    return CharmMeta(
        name=name,
        summary=metadata.get("summary").text().strip(),
        description=metadata.get("description").text().strip(),
        endpoints=_endpoints(metadata),
        storage=_each(metadata.get("storage"), STORAGE, CHARM_STORAGES, _storage),
        resources=_each(metadata.get("resources"), RESOURCE, CHARM_RESOURCES, _resource),
        options=_each(config.get("options"), OPTION, CHARM_OPTIONS, _option),
        actions=_each(actions, ACTION, CHARM_ACTIONS, _action),
        subordinate=metadata.get("subordinate").flag(),
        extra_bindings=tuple(
            sorted(named(metadata.get("extra-bindings"), BINDING, CHARM_ENDPOINTS))
        ),
        assumes=tuple(node.value for node in metadata.get("assumes").list()),
        containers=tuple(sorted(metadata.get("containers").map())),
    )


def metadata_texts(texts: Mapping[str, str]) -> dict[str, str]:
    """Return the metadata, config and actions files as a charm process must find them."""
    if "charmcraft.yaml" not in texts:
        return {name: texts[name] for name in CHARM_FILES if name in texts}
    sections = dict(zip(CHARM_FILES, _sections(texts), strict=False))
    made = {name: _dump(node.value) for name, node in sections.items() if node.value}
    return made | {name: texts[name] for name in sections if name in texts}


def _sections(texts: Mapping[str, str]) -> tuple[Node, Node, Node]:
    craft = read_yaml(texts.get("charmcraft.yaml", ""), "charmcraft.yaml")
    absent = {
        "metadata.yaml": Node(_metadata_of(craft), "charmcraft.yaml"),
        "config.yaml": craft.get("config"),
        "actions.yaml": craft.get("actions"),
    }
    found = [
        read_yaml(texts[name], name) if name in texts else absent[name] for name in CHARM_FILES[:3]
    ]
    return found[0], found[1], found[2]


def _metadata_of(craft: Node) -> dict[str, object]:
    found = {key: node.value for key, node in craft.map().items() if key not in _BUILD_KEYS}
    if "title" in found:
        found["display-name"] = found.pop("title")
    return found


def _dump(value: object) -> str:
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True)


def _each(node: Node, form: Form, most: int, parse_one: Callable[[str, Node], M]) -> dict[str, M]:
    items = named(node, form, most)
    return {name: parse_one(name, item) for name, item in sorted(items.items())}


def _endpoints(metadata: Node) -> dict[str, EndpointMeta]:
    found: dict[str, EndpointMeta] = {}
    for section, role in _ROLES.items():
        for name, node in named(metadata.get(section), ENDPOINT, CHARM_ENDPOINTS).items():
            if name in found:
                node.refuse(f'an endpoint name used once ("{name}" is also a {found[name].role})')
            found[name] = _endpoint(name, role, node)
    return dict(sorted(found.items()))


def _endpoint(name: str, role: Role, node: Node) -> EndpointMeta:
    if isinstance(node.value, str):  # the old short form, `db: mysql`
        return EndpointMeta(name, role, node.value)
    interface, scope = node.get("interface").text(), node.get("scope").text("global")
    if not interface.isprintable() or not 0 < len(interface) <= NAME:
        node.get("interface").refuse("the name of an interface")
    if scope not in _SCOPES:
        node.get("scope").refuse("global or container")
    limit, optional = node.get("limit").integer(), node.get("optional").flag()
    return EndpointMeta(name, role, interface, limit, optional, _SCOPES[scope])


def _storage(name: str, node: Node) -> StorageMeta:
    kind = node.get("type").text()
    if kind not in ("filesystem", "block"):
        node.get("type").refuse("filesystem or block")
    least, most = _count(node.get("multiple").get("range"))
    return StorageMeta(
        name=name,
        type=kind,
        location=node.get("location").text(),
        minimum_size=_mebibytes(node.get("minimum-size")),
        count_min=least,
        count_max=most,
        read_only=node.get("read-only").flag(),
        shared=node.get("shared").flag(),
        description=node.get("description").text().strip(),
    )


def _count(node: Node) -> tuple[int, int]:
    """Read "2", "1-3", "0-" or "1+" as the least and most instances (-1: any number)."""
    match = re.fullmatch(r"([0-9]{1,15})(?:(\+)|(-)([0-9]{0,15}))?", node.text("1"))
    if match is None:
        node.refuse('a range like "2", "1-3" or "0-"')
    least, plus, dash, most = match.groups()
    open_ended = plus or (dash and not most)
    if int(least) > STORAGES:
        node.refuse(f"a range that begins with at most {STORAGES}")
    return int(least), -1 if open_ended else int(most or least)


def _mebibytes(node: Node) -> int:
    match = re.fullmatch(r"([0-9]{1,15}(?:\.[0-9]{1,15})?)([MGTP]?)i?B?", node.text("0"))
    if match is None:
        node.refuse("a size like 1G or 512M")
    mebibytes = int(float(match[1]) * _MEBIBYTES[match[2]])
    if mebibytes > SIZE:
        node.refuse(f"a size of at most {size_text(SIZE)}")
    return mebibytes


def _resource(name: str, node: Node) -> ResourceMeta:
    kind = node.get("type").text("file")
    if kind not in ("file", "oci-image"):
        node.get("type").refuse("file or oci-image")
    filename = file_name(node.get("filename")) if kind == "file" else ""
    return ResourceMeta(name, kind, filename, node.get("description").text().strip())


def _option(name: str, node: Node) -> OptionMeta:
    kind = node.get("type").text("string")
    if kind not in _OPTION_TYPES:
        node.get("type").refuse(", ".join(_OPTION_TYPES))
    return OptionMeta(
        name, kind, _default(kind, node.get("default")), node.get("description").text().strip()
    )


def _default(kind: str, node: Node) -> Value | None:
    if node.value is None or (node.value == "" and kind not in ("string", "secret")):
        return None
    wrong = isinstance(node.value, bool) and kind != "boolean"
    if wrong or not isinstance(node.value, _OPTION_TYPES[kind]):
        node.refuse(f"a default of type {kind}")
    value = cast(Value, node.value)
    return float(value) if kind == "float" else value


def _action(name: str, node: Node) -> ActionMeta:
    extra = node.get("additionalProperties").value
    return ActionMeta(
        name=name,
        description=node.get("description").text("No description").strip(),
        params={key: _schema(param) for key, param in node.get("params").map().items()},
        required=tuple(item.text() for item in node.get("required").list()),
        additional_properties=extra is not False,
    )


def _schema(node: Node) -> dict[str, object]:
    return {key: item.value for key, item in node.map().items()}


def libraries(texts: Mapping[str, str]) -> dict[str, str]:
    """Return the charm libraries that charmcraft.yaml asks for: name and version → their files.

    They are fetched before packing and often not kept in the source.
    """
    craft = read_yaml(texts.get("charmcraft.yaml", ""), "charmcraft.yaml")
    found: dict[str, str] = {}
    for one in craft.get("charm-libs").list():
        charm, _, library = one.get("lib").text().partition(".")
        version = one.get("version").text().partition(".")[0]
        file = f"lib/charms/{charm.replace('-', '_')}/v{version}/{library}.py"
        found[f"{charm}.{library} v{version}"] = file
    return found
