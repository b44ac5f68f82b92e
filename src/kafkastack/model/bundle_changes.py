"""Changes, in order, that make a model into what a bundle describes."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from msgspec import Struct, field

from kafkastack.errors import ConflictError
from kafkastack.model.bundle import Bundle, BundleApplication
from kafkastack.model.natural import natural_key

Kind = Literal[
    "deploy",
    "refresh",
    "options",
    "annotations",
    "constraints",
    "expose",
    "machine",
    "consume",
    "integrate",
    "unit",
    "offer",
]
Pair = tuple[str, str]  # provider and requirer, as application:endpoint


class Known(Struct, frozen=True):
    """An application that the model has; `is_same` tells whether it runs the bundle's charm."""

    is_same: bool = True
    config: Mapping[str, Any] = field(default_factory=dict[str, Any])
    constraints: str = ""
    annotations: Mapping[str, str] = field(default_factory=dict[str, str])
    exposed: bool = False
    exposed_endpoints: Mapping[str, str] = field(default_factory=dict[str, str])
    units: Mapping[str, str] = field(default_factory=dict[str, str])  # unit → machine


class Present(Struct, frozen=True):
    """What the model has before, and which numbers come next."""

    applications: Mapping[str, Known] = field(default_factory=dict[str, Known])
    relations: frozenset[Pair] = frozenset()
    offers: frozenset[str] = frozenset()
    saas: frozenset[str] = frozenset()
    machines: Mapping[str, str] = field(default_factory=dict[str, str])  # the bundle's → ours
    numbers: Mapping[str, int] = field(default_factory=dict[str, int])


class Change(Struct, frozen=True):
    """One step: `target` and `place` say what it is about, `makes` the machine it will add."""

    kind: Kind
    text: str
    target: str
    place: str = ""
    makes: str = ""


def plan(bundle: Bundle, present: Present, pairs: Iterable[Pair]) -> list[Change]:
    """Return the changes in an order in which each finds what it needs.

    `pairs` are the bundle's relations with their endpoints found.
    """
    planner = _Planner(bundle, present)
    return [
        *planner.applications(),
        *planner.machines(),
        *planner.saas(),
        *planner.relations(pairs),
        *planner.units(),
        *planner.offers(),
    ]


class _Planner:
    """Plans part by part; keeps which names the machines and units to come will have."""

    def __init__(self, bundle: Bundle, present: Present) -> None:
        self._bundle, self._present = bundle, present
        self._machines = dict(present.machines)
        self._numbers = dict(present.numbers)
        known = present.applications
        self._placed: dict[str, list[str]] = {
            name: [known[name].units[unit] for unit in sorted(known[name].units, key=natural_key)]
            if name in known
            else []
            for name in bundle.applications
        }
        self._find_machines()

    def _find_machines(self) -> None:
        """Take a machine of the bundle to be the one that its unit is on already."""
        for app in self._bundle.applications.values():
            for word, machine in zip(app.to, self._placed[app.name], strict=False):
                if (name := _target(word)) in self._bundle.machines:
                    self._machines.setdefault(name, machine)

    def applications(self) -> Iterator[Change]:
        for app in self._bundle.applications.values():
            known = self._present.applications.get(app.name)
            if known is None:
                yield Change("deploy", f"deploy application {app.name}{_charm(app)}", app.name)
            else:
                yield from _updates(app, known)
            if app.annotations.items() - (known or Known()).annotations.items():
                yield Change("annotations", f"set annotations for {app.name}", app.name)
            if app.expose or app.exposed_endpoints:
                yield from _exposing(app, known or Known())

    def machines(self) -> Iterator[Change]:
        for machine in self._bundle.machines.values():
            if machine.name in self._machines:
                continue
            number = self._machines[machine.name] = self._next("machine")
            called = "" if number == machine.name else f" (bundle machine {machine.name})"
            yield Change("machine", f"add new machine {number}{called}", machine.name, "", number)

    def saas(self) -> Iterator[Change]:
        for name, url in self._bundle.saas.items():
            if name not in self._present.saas:
                yield Change("consume", f"consume offer {name} at {url}", name, url)

    def relations(self, pairs: Iterable[Pair]) -> Iterator[Change]:
        for provider, requirer in pairs:
            if (provider, requirer) not in self._present.relations:
                text = f"add relation {requirer} - {provider}"
                yield Change("integrate", text, requirer, provider)

    def units(self) -> Iterator[Change]:
        """Yield the units that are missing, a unit after the one it is placed with."""
        waiting = [
            (app, index)
            for app in self._bundle.applications.values()
            for index in range(len(self._placed[app.name]), app.num_units)
        ]
        while waiting:
            later: list[tuple[BundleApplication, int]] = []
            for app, index in waiting:
                is_next = index == len(self._placed[app.name])
                place = self._place(app, index) if is_next else None
                if place is None:
                    later.append((app, index))
                else:
                    yield self._unit(app, place)
            if len(later) == len(waiting):
                app, index = later[0]
                raise ConflictError(
                    f"the placement of {app.name}/{index} leads back to itself",
                    "place one of these units on a machine, or nowhere",
                )
            waiting = later

    def offers(self) -> Iterator[Change]:
        for app in self._bundle.applications.values():
            for offer, endpoints in app.offers.items():
                if offer not in self._present.offers:
                    source = f"{app.name}:{','.join(endpoints)}"
                    yield Change("offer", f"create offer {offer} using {source}", offer, source)

    def _place(self, app: BundleApplication, index: int) -> str | None:
        """Return the machine of a unit, "" for a new one, None if it is not known yet."""
        if not app.to:
            return ""
        word = _target(app.to[min(index, len(app.to) - 1)])
        if word == "new":
            return ""
        if word in self._machines:
            return self._machines[word]
        other, slash, number = word.partition("/")
        number = int(number) if slash else index
        placed = self._placed[other]
        return placed[number] if number < len(placed) else None

    def _unit(self, app: BundleApplication, place: str) -> Change:
        unit = f"{app.name}/{self._next(f'unit-{app.name}')}"
        if place:
            self._placed[app.name].append(place)
            return Change("unit", f"add unit {unit} to machine {place}", app.name, place)
        made = self._next("machine")
        self._placed[app.name].append(made)
        return Change("unit", f"add unit {unit} to new machine {made}", app.name, "", made)

    def _next(self, sequence: str) -> str:
        number = self._numbers.get(sequence, 0)
        self._numbers[sequence] = number + 1
        return str(number)


def _target(word: str) -> str:
    """Return what a placement names: a container there is the place itself."""
    return word.rpartition(":")[2]


def _charm(app: BundleApplication) -> str:
    """Return what a line says of the charm: only what the application's name does not."""
    using = f" using {app.charm}" if app.charm != app.name else ""
    origin = " from local charm" if "/" in app.charm else " from charm-hub"
    channel = f" with {app.channel}" if app.channel else ""
    return f"{using}{origin}{f' on {app.base}' if app.base else ''}{channel}"


def _updates(app: BundleApplication, known: Known) -> Iterator[Change]:
    if not known.is_same:
        yield Change("refresh", f"upgrade {app.name}{_charm(app)}", app.name)
    if any(known.config.get(key) != value for key, value in app.options.items()):
        yield Change("options", f"set application options for {app.name}", app.name)
    if app.constraints and app.constraints != known.constraints:
        text = f'set constraints for {app.name} to "{app.constraints}"'
        yield Change("constraints", text, app.name)


def _exposing(app: BundleApplication, known: Known) -> Iterator[Change]:
    wanted = app.exposed_endpoints or {"": ""}
    for endpoint, cidrs in wanted.items():
        is_known = known.exposed and endpoint in known.exposed_endpoints
        if is_known and cidrs in ("", known.exposed_endpoints[endpoint]):
            continue
        what = f"endpoint {endpoint}" if endpoint else "all endpoints"
        allowed = f" and allow access from CIDRs {cidrs}" if cidrs else ""
        yield Change("expose", f"expose {what} of {app.name}{allowed}", app.name, endpoint)
