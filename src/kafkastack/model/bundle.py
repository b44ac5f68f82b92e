"""Bundle: its documents as one, read and checked against Juju's rules."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct, field

from kafkastack.errors import KafkastackError
from kafkastack.model.bounds import (
    BUNDLE_APPLICATIONS,
    BUNDLE_MACHINES,
    BUNDLE_OFFERS,
    BUNDLE_RELATIONS,
    BUNDLE_SAAS,
    BUNDLE_UNITS,
    NAME,
    UNITS,
)
from kafkastack.model.placement import CONTAINERS
from kafkastack.model.yaml_file import Node

Raw = dict[str, Any]

_TOP = frozenset(
    (
        "applications",
        "bundle",
        "default-base",
        "description",
        "issues",
        "machines",
        "name",
        "relations",
        "saas",
        "series",
        "source",
        "tags",
        "variables",
        "website",
    )
)
_APPLICATION = frozenset(
    (
        "annotations",
        "artifacts",
        "base",
        "bindings",
        "channel",
        "charm",
        "constraints",
        "devices",
        "expose",
        "exposed-endpoints",
        "num_units",
        "offers",
        "options",
        "placement",
        "plan",
        "resources",
        "revision",
        "scale",
        "series",
        "source",
        "storage",
        "to",
        "trust",
    )
)
_MACHINE = frozenset(
    (
        "annotations",
        "base",
        "constraints",
        "series",
    )
)
_PLACEMENT = re.compile(
    r"(?:(?P<container>[a-z]+):)?(?P<target>[a-z0-9][a-z0-9-]*(?:/[0-9]{1,9})?)"
)


class BundleApplication(Struct, frozen=True):
    """An application of a bundle; `source` and `artifacts` are known once its charm is found."""

    name: str
    charm: str
    channel: str = ""
    revision: int = 0
    base: str = ""
    num_units: int = 0
    to: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    resources: Mapping[str, str] = field(default_factory=dict[str, str])
    storage: Mapping[str, str] = field(default_factory=dict[str, str])
    constraints: str = ""
    expose: bool = False
    exposed_endpoints: Mapping[str, str] = field(default_factory=dict[str, str])  # "" is all
    trust: bool = False
    offers: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    source: str = ""
    artifacts: Mapping[str, str] = field(default_factory=dict[str, str])
    annotations: Mapping[str, str] = field(default_factory=dict[str, str])


class BundleMachine(Struct, frozen=True):
    """A machine of a bundle, by the name that placements call it."""

    name: str
    base: str = ""
    constraints: str = ""
    annotations: Mapping[str, str] = field(default_factory=dict[str, str])


class Bundle(Struct, frozen=True):
    """A model as a file describes it."""

    applications: Mapping[str, BundleApplication]
    machines: Mapping[str, BundleMachine]
    relations: tuple[tuple[str, str], ...]
    saas: Mapping[str, str]  # name → URL of its offer
    default_base: str = ""


def read_bundle(raw: Raw, file: str) -> Bundle:
    """Check a bundle and return it; errors name the file and the place in it."""
    node = Node(raw, file)
    _refuse_unknown(node, _TOP)
    if node.get("bundle").text() == "kubernetes":
        raise KafkastackError(
            f"{file} is a bundle for Kubernetes", "kafkastack runs machine charms"
        )
    applications = {
        name: _application(name, body)
        for name, body in node.get("applications").map(BUNDLE_APPLICATIONS).items()
    }
    if not applications:
        raise KafkastackError(f"{file} describes no application", "list them under applications:")
    bundle = Bundle(
        applications,
        {
            name: _machine(name, body)
            for name, body in node.get("machines").map(BUNDLE_MACHINES).items()
        },
        _relations(node.get("relations")),
        {name: body.get("url").text() for name, body in node.get("saas").map(BUNDLE_SAAS).items()},
        _base(node, "default-base"),
    )
    _check_units(bundle, file)
    _check_relations(bundle, file)
    _check_placements(bundle, file)
    return bundle


def _application(name: str, node: Node) -> BundleApplication:
    _refuse_unknown(node, _APPLICATION)
    if node.get("num_units").value is not None and node.get("scale").value is not None:
        node.refuse("either num_units or scale")
    charm = node.get("charm").text()
    if len(name) > NAME:
        raise KafkastackError(f"{node.file}: {node.place:.60}…: the name is too long")
    if not charm:
        node.get("charm").refuse("the name of a charm, or a path to one")
    count = "scale" if node.get("scale").value is not None else "num_units"
    return BundleApplication(
        name,
        charm,
        node.get("channel").text(),
        node.get("revision").integer(),
        _base(node, "base"),
        _units(node.get(count)),
        _placements(node.get("to")),
        {key: value.value for key, value in node.get("options").map().items()},
        {key: value.text() for key, value in node.get("resources").map().items()},
        {key: value.text() for key, value in node.get("storage").map().items()},
        node.get("constraints").text(),
        node.get("expose").flag(),
        _exposed(node.get("exposed-endpoints")),
        node.get("trust").flag(),
        {name: _endpoints(offer) for name, offer in node.get("offers").map(BUNDLE_OFFERS).items()},
        node.get("source").text(),
        {key: value.text() for key, value in node.get("artifacts").map().items()},
        _annotations(node),
    )


def _machine(name: str, node: Node) -> BundleMachine:
    _refuse_unknown(node, _MACHINE)
    constraints = node.get("constraints").text()
    return BundleMachine(name, _base(node, "base"), constraints, _annotations(node))


def _annotations(node: Node) -> dict[str, str]:
    return {key: value.text() for key, value in node.get("annotations").map().items()}


def _base(node: Node, key: str) -> str:
    return node.get(key).text() or node.get("series").text()


def _units(node: Node) -> int:
    count = node.integer(most=UNITS)
    if count < 0:
        node.refuse("the number of its units")
    return count


def _placements(node: Node) -> tuple[str, ...]:
    if isinstance(node.value, list):
        return tuple(one.text() for one in node.list(UNITS))
    return (node.text(),) if node.value is not None else ()


def _exposed(node: Node) -> dict[str, str]:
    return {
        name: ",".join(one.text() for one in body.get("expose-to-cidrs").list())
        for name, body in node.map().items()
    }


def _endpoints(node: Node) -> tuple[str, ...]:
    return tuple(one.text() for one in node.get("endpoints").list())


def _relations(node: Node) -> tuple[tuple[str, str], ...]:
    pairs: list[tuple[str, str]] = []
    for one in node.list(BUNDLE_RELATIONS):
        pairs += _pairs(one)
        if len(pairs) > BUNDLE_RELATIONS:
            node.refuse(f"at most {BUNDLE_RELATIONS} relations")
    return tuple(pairs)


def _pairs(node: Node) -> Iterator[tuple[str, str]]:
    """Yield a relation, or several where one side of it is a list."""
    sides = node.list()
    if len(sides) != 2:
        node.refuse("a pair of endpoints")
    first, second = (
        [one.text() for one in side.list(BUNDLE_APPLICATIONS)]
        if isinstance(side.value, list)
        else [side.text()]
        for side in sides
    )
    for one in first:
        for other in second:
            yield one, other


def _refuse_unknown(node: Node, known: frozenset[str]) -> None:
    for key in node.map().keys() - known:
        place = f"{node.place}.{key}" if node.place else key
        raise KafkastackError(f"{node.file}: {place}: unknown key", f"known: {_listed(known)}")


def _listed(known: frozenset[str]) -> str:
    return ", ".join(sorted(known - {"artifacts", "source"}))


def _check_units(bundle: Bundle, file: str) -> None:
    count = sum(application.num_units for application in bundle.applications.values())
    if count > BUNDLE_UNITS:
        raise KafkastackError(
            f"{file}: {count} units are too many, at most {BUNDLE_UNITS} in one bundle"
        )


def _check_relations(bundle: Bundle, file: str) -> None:
    known = {*bundle.applications, *bundle.saas}
    for first, second in bundle.relations:
        for side in (first, second):
            if side.partition(":")[0] not in known:
                raise KafkastackError(
                    f'{file}: relation ["{first}" "{second}"] refers to application '
                    f'"{side.partition(":")[0]}" not defined in this bundle',
                    f"defined are: {', '.join(sorted(known))}",
                )


def _check_placements(bundle: Bundle, file: str) -> None:
    used: set[str] = set()
    for application in bundle.applications.values():
        if len(application.to) > application.num_units:
            raise KafkastackError(
                f"{file}: too many units specified in unit placement for application "
                f'"{application.name}"',
                "give as many under to: as num_units, or fewer",
            )
        for word in application.to:
            used.add(split_placement(bundle, word, file))
    for name in bundle.machines.keys() - used:
        raise KafkastackError(
            f'{file}: machine "{name}" is not referred to by a placement directive',
            "place a unit there with to:, or leave the machine out",
        )


def split_placement(bundle: Bundle, word: str, file: str) -> str:
    """Return what a placement names: "new", a machine, an application or a unit of one."""
    match = _PLACEMENT.fullmatch(word)
    if match is None:
        raise KafkastackError(
            f'{file}: invalid placement "{word:.60}"', "such as: new, 0, kafka/0"
        )
    if match["container"] and match["container"] not in CONTAINERS:
        raise KafkastackError(
            f'{file}: invalid placement "{word}": no container is called {match["container"]}',
            f"such as: {', '.join(CONTAINERS)}",
        )
    target = match["target"]
    if target == "new" or target in bundle.machines:
        return target
    if target.isdigit():
        raise KafkastackError(
            f'{file}: placement "{word}" refers to a machine not defined in this bundle',
            "list it under machines:",
        )
    name, slash, number = target.partition("/")
    if name not in bundle.applications:
        raise KafkastackError(
            f'{file}: placement "{word}" refers to an application not defined in this bundle',
            f"defined are: {', '.join(sorted(bundle.applications))}",
        )
    if slash and int(number) >= bundle.applications[name].num_units:
        raise KafkastackError(
            f'{file}: placement "{word}" refers to a unit not defined in this bundle',
            f'application "{name}" has {bundle.applications[name].num_units} units',
        )
    return target
