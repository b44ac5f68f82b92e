"""One pass over a unit: from what a hook knows to a server that runs as it should.

A charm says in a subclass what is its own: what the leader decides, what the server is to be, and
what is talked over with it. The order, the turn of a restart, certificates, the watcher and what
the other units are told are here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, NamedTuple

import ops

from kafkastack_charms import (
    app_secret,
    databag,
    files,
    provider,
    rolling,
    service,
    statuses,
    systemd,
    tls,
    trust,
)
from kafkastack_charms.inputs import Inputs
from kafkastack_charms.peers import Member, P, Shared
from kafkastack_charms.service import Change, Running, Service, set_marker
from kafkastack_charms.watcher import ANSWER, Ask, Place, answers, bound

if TYPE_CHECKING:
    from kafkastack_charms.certificates import CarefulRequirer

REPORTED = 0.5  # seconds for an answer that the watcher has waited for already


class Plan(NamedTuple):
    """What the server of this unit is to be."""

    change: Change  # how what runs differs from it
    request: str  # a name of what would be started
    unit: str  # the text of its systemd unit
    files: Mapping[Path, str]  # what it is started with
    place: Place  # where it is asked
    ports: tuple[int, ...] = ()
    live: Mapping[Path, str] = MappingProxyType({})  # files that it reads again while it runs


def plan_of(
    server: Service,
    key: str,
    unit: str,
    texts: Mapping[Path, str],
    live: Mapping[Path, str],
    place: Place,
) -> Plan:
    """Return the plan of a server that is what its files say; the key makes their name random."""
    named = {str(path): text for path, text in texts.items()}
    return Plan(
        change=service.find_change(server, unit, texts, live),
        request=provider.digest(key, unit, named),
        unit=unit,
        files=texts,
        place=place,
        ports=(place.port,),
        live=live,
    )


class Tools(NamedTuple):
    """What a pass works with."""

    service: Service
    requirer: CarefulRequirer | None
    ask: Ask
    make_credentials: Callable[[], dict[str, str]]
    start_patience: float  # seconds that a hook waits for a server that it has started
    patience: float  # and for one that answers to do what it is there for
    grace: float  # and for one that has answered the last time
    table: tuple[statuses.Row, ...]


class Reconciliation:
    """One pass; each step reads what the steps before it found out."""

    def __init__(
        self, charm: ops.CharmBase, relation: ops.Relation, inputs: Inputs, tools: Tools
    ) -> None:
        self.charm, self.relation, self.inputs, self.tools = charm, relation, inputs, tools
        self.facts = statuses.Facts()
        self.model, self.service = charm.model, tools.service
        self.shared = Shared.parse(relation.data[charm.app])
        self.certificates = tls.Layout(inputs.storages[0] / "conf")
        said = Member.parse(inputs.unit, relation.data[charm.unit])
        self.stores = trust.plan_stores(
            self.certificates.read(), inputs.certificate, _voices((said, *inputs.others))
        )
        self.me = said._replace(
            address=inputs.addresses.peer,
            client=inputs.addresses.client,
            has_certificate=inputs.certificate is not None,
        )
        self.credentials: dict[str, str] | None = None
        self.complaints: list[str] = []
        # A certificate of another CA is used once everybody trusts that, this server too.
        self.is_unfinished = self.stores is not None and self.stores.is_between

    @property
    def members(self) -> tuple[Member, ...]:
        """All units of the application, in order of their numbers."""
        return tuple(sorted((self.me, *self.inputs.others), key=lambda member: member.number))

    @property
    def running(self) -> tuple[Member, ...]:
        """The other units that have a server."""
        return tuple(member for member in self.inputs.others if member.is_started)

    @property
    def is_quiescent(self) -> bool:
        """Whether every server works, with the newest credentials and all else that it is to."""
        rotations = self.shared.rotations
        servers = [member for member in self.members if member.is_started]
        return all(m.serves and not m.request and m.rotations == rotations for m in servers)

    # What is a charm's own.

    def decide(self) -> None:
        """Decide what is common to all units; the leader does, the others read it."""

    def plan(self) -> Plan | None:
        """Return what the server is to be, None while anything is missing."""
        raise NotImplementedError

    def heard(self) -> Iterable[Member]:
        """Return the other units, as far as their databags can be read."""
        return self.inputs.others

    def describe(self) -> dict[str, str]:
        """Return what the leader keeps in the app databag besides."""
        return {}

    def describe_unit(self) -> dict[str, str]:
        """Return what this unit tells the others besides."""
        return {}

    def stand_down(self) -> None:
        """Do what is due where there is nothing to run."""

    def prepare(self) -> None:
        """Write what a person on this unit needs, whether the server is restarted or not."""

    @property
    def ask(self) -> Ask:
        """The question that only a working server answers."""
        return self.tools.ask

    def find_bar(self) -> str:
        """Return why there is no use in asking for a restart, "" where there is."""
        return ""

    def find_obstacle(self) -> str:
        """Return why the server should not be stopped now, "" where nothing is against it."""
        return ""

    def leads(self) -> bool:
        """Report whether the others elect another one when this server stops."""
        return self.me.goes_last

    def find_causes(self) -> Iterable[object]:
        """Return what all units have in common that may make them restart, besides options."""
        return ()

    def update(self, plan: Plan) -> None:
        """Change a server while it runs."""
        files.write(files.outdated(plan.live), self.inputs.user)

    def install(self, plan: Plan) -> bool:
        """Restart the server with what is planned; report whether that could be done."""
        texts = {**plan.files, **plan.live}
        files.make_folders(tuple({path.parent for path in texts}), self.inputs.user)
        service.install(self.service, plan.unit, texts, self.inputs.user)
        return True

    def runs_as_planned(self) -> None:
        """Remember what a server runs with that differs in nothing from the plan."""

    def started(self) -> None:
        """Use the time while the server starts."""

    def check(self, plan: Plan, said: object, is_fresh: bool) -> bool:
        """Report whether a server works; what it has said is None where it does not answer."""
        return bool(said)

    def find_crash(self) -> str:
        """Return what a server says that exits again and again."""
        return "see its log"

    def serve(self) -> None:
        """Talk over with the server, and tell others, what is due once it runs."""

    # What is the same for every server.

    def run(self) -> statuses.Facts:
        """Do every step that can be done now, and tell the other units."""
        self.record(
            jar_fault=self.inputs.jar.fault,
            needs_certificate=self.inputs.has_ca and self.inputs.certificate is None,
            is_started=self.me.is_started,
        )
        self.decide()
        self._share_credentials()
        plan = self.plan()
        if plan is None:
            self.stand_down()
        else:
            self._apply(plan)
            self.serve()
            service.keep_watcher(self.service, plan.place, self.ask, self.inputs.unit)
        self._tell()
        faults = tls.find_faults(self.tools.requirer)
        self.record(
            refused=databag.summarize((*self._faults(), *self.complaints)),
            ca_fault=databag.summarize(faults),
        )
        return self.facts

    def record(self, **facts: Any) -> None:
        """Remember what the status is chosen by."""
        self.facts = replace(self.facts, **facts)

    def _faults(self) -> Iterator[str]:
        for other in self.heard():
            if other.fault:
                yield f"unit {other.name}: {other.fault}"
        for reason in tls.find_faults(self.tools.requirer):
            yield f"CA: {reason}"

    def _share_credentials(self) -> None:
        self.credentials = app_secret.read(self.model, self.shared.credentials)
        if self.inputs.is_leader:
            if self.credentials is None:
                self.credentials = self.tools.make_credentials()
                made = app_secret.create(self.charm.app, self.credentials, self.relation.name)
                self.shared = self.shared._replace(credentials=made)
            self.write_app()
        self.record(has_credentials=self.credentials is not None)

    def change_credentials(self, content: Mapping[str, str]) -> None:
        """Store other credentials; every server is restarted with them, one after another."""
        app_secret.update(self.model, self.shared.credentials, content)
        self.shared = self.shared._replace(rotations=self.shared.rotations + 1)
        self.write_app()

    def write_app(self) -> None:
        """Write what the leader keeps in the app databag."""
        self.relation.data[self.charm.app].update({**self.shared.describe(), **self.describe()})

    def _apply(self, plan: Plan) -> None:
        """Run the server as planned, now or when its turn comes."""
        self.prepare()
        running = self.service.read()
        is_kept = running.is_active or running.keeps_exiting  # by systemd
        change = plan.change if is_kept else Change.RESTART
        asks = change is Change.RESTART and running.is_active
        # What is to be asked of servers while others wait for them is asked once.
        is_judged = not self.running or self._waits_for_another(plan.request)
        bar = self.find_bar() if asks and not is_judged else ""
        self.record(held_back=bar)
        self.is_unfinished |= bool(bar)
        request = plan.request if asks and not bar else ""
        self.me = self.me._replace(
            request=request,
            is_started=self.me.is_started or is_kept,
            goes_last=self.leads() if request and not is_judged else self.me.goes_last,
            seen=self._name_causes(),
        )
        self._give_turn()
        is_fresh = False
        if change is Change.UPDATE:
            self.update(plan)
        elif change is Change.RESTART and not bar and self._may_restart(running):
            is_fresh = self.install(plan)
        if is_fresh or change is not Change.RESTART:
            self.me = self.me._replace(rotations=self.shared.rotations)
            self.runs_as_planned()
        self._check_health(plan, running, is_fresh)
        self._give_turn()

    def _waits_for_another(self, request: str) -> bool:
        """Report whether this unit has asked, and it is the turn of another one."""
        holder = self.shared.turn.partition(" ")[0]
        return self.me.request == request and holder not in ("", self.me.name)

    def _name_causes(self) -> str:
        """Name what makes all units ask, if it makes one; the key gives nothing of it away."""
        key, inputs = (self.credentials or {}).get("users-key", ""), self.inputs
        common = (self.shared.rotations, inputs.planned_units, inputs.jar.digest)
        return provider.digest(key, dict(self.charm.config), *common, *self.find_causes())

    def _may_restart(self, running: Running) -> bool:
        if not running.is_active:
            return True
        others = tuple(other.runner for other in self.inputs.others)
        if not rolling.may_restart(self.shared.turn, self.me.runner, others):
            self.record(waits_for=rolling.explain_wait(self.shared.turn, others))
            return False
        obstacle = self.find_obstacle() if self.running else ""
        self.record(waits_for=f"waiting to restart: {obstacle}" if obstacle else "")
        self.is_unfinished |= bool(obstacle)
        return not obstacle

    def _give_turn(self) -> None:
        if self.inputs.is_leader:
            turn = rolling.next_turn(self.shared.turn, (m.runner for m in self.members))
            self.shared = self.shared._replace(turn=turn)

    def _check_health(self, plan: Plan, running: Running, is_fresh: bool) -> None:
        """Find out whether the server works; one that starts slowly is left to the watcher."""
        if is_fresh:
            fresh = {"is_started": True, "request": "", "serves": False, "goes_last": False}
            self.me = self.me._replace(**fresh)
            self.record(is_started=True, is_active=True, is_ready=False, was_ready=False)
            set_marker(self.service.ready, False)
            self.model.unit.set_ports(*plan.ports)
            self.model.unit.status = statuses.choose(self.tools.table, self.facts)
            self.started()
        reported = self.inputs.cause.is_report
        grace = 0.0 if reported or not running.is_active else self.tools.grace
        patience = self.tools.start_patience if is_fresh else grace
        answer = REPORTED if reported else ANSWER
        said = answers(plan.place, bound(self.ask, plan.place), patience, answer)
        is_ready = self.check(plan, said, is_fresh)
        set_marker(self.service.ready, is_ready)
        set_marker(self.service.served, is_ready or self.service.served.exists())
        self.is_unfinished |= not is_ready
        self.me = self.me._replace(serves=is_ready)
        self.record(
            is_started=self.me.is_started,
            is_active=is_fresh or running.is_active,
            crash="" if said or is_fresh else self._find_crash(),
            answers=bool(said),
            is_ready=is_ready,
            was_ready=self.service.served.exists(),
        )

    def _find_crash(self) -> str:
        keeps_exiting = systemd.restarts(self.service.unit) >= service.EXITS
        return self.find_crash() if keeps_exiting else ""

    def _find_failure(self) -> str:
        """Return what the status says of a server that fails, for those who wait for it."""
        status = statuses.choose(self.tools.table, self.facts)
        holds_turn = self.shared.turn.partition(" ")[0] == self.me.name
        has_failed = holds_turn and not self.me.serves and isinstance(status, ops.BlockedStatus)
        return databag.plain(status.message) if has_failed else ""

    def _tell(self) -> None:
        """Tell the other units of this one."""
        installed = self.certificates.read()
        trusts = trust.digests(files.read(self.certificates.truststore))
        self.me = self.me._replace(
            cas=trust.cas_of(installed, self.inputs.certificate),
            trusts=self.me.trusts if self.service.updating.exists() else trusts,
            failure=self._find_failure(),
        )
        told = {**self.me.describe(), **self.describe_unit()}
        self.relation.data[self.charm.unit].update(told)
        if self.inputs.is_leader:
            self.write_app()
        set_marker(self.service.unfinished, self.is_unfinished)


class PeerReconciliation(Reconciliation, Generic[P]):
    """A pass over units that each tell the others something besides."""

    mine: P  # its `unit` is as this pass began
    others: tuple[P, ...]

    @property
    def peers(self) -> tuple[P, ...]:
        """All units of the app, in order of their numbers."""
        mine = self.mine._replace(unit=self.me)  # pyright: ignore[reportPrivateUsage] NamedTuple's
        return tuple(sorted((mine, *self.others), key=lambda peer: peer.unit.number))

    def heard(self) -> Iterable[Member]:
        """Return the other units, as far as their databags can be read."""
        return (peer.unit for peer in self.others)

    def describe_unit(self) -> dict[str, str]:
        """Return what this unit tells the others besides."""
        return self.mine.describe()


def _voices(members: Iterable[Member]) -> Iterator[trust.Voice]:
    """Return what units say of CAs, those whose servers run with certificates."""
    return (trust.Voice(m.cas, m.trusts) for m in members if m.is_started and m.trusts)
