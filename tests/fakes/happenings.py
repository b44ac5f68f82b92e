"""Events of a simulated model, caused by a person: each picks by a number what it is about."""

from collections.abc import Callable

from kafkastack.model.records import Charm, Machine, Storage, Task
from tests.fakes.simulation import MODEL, Simulation

NAMES = ("a", "b", "c")
MOST_UNITS = 5


def deploy(sim: Simulation, pick: int) -> None:
    name = NAMES[pick % len(NAMES)]
    if all(application.name != name for application in sim.applications):
        sim.deploy(name)


def add_unit(sim: Simulation, pick: int) -> None:
    alive = [a for a in sim.applications if a.life == "alive"]
    if alive and len(sim.units) < MOST_UNITS:
        sim.add_unit(alive[pick % len(alive)].name)


def relate(sim: Simulation, pick: int) -> None:
    alive = [a.name for a in sim.applications if a.life == "alive"]
    pairs = [(one, other) for one in alive for other in alive if one != other]
    if not pairs:
        return
    provider, requirer = pairs[pick % len(pairs)]
    known = [[end.application for end in r.endpoints] for r in sim.relations]
    if [provider, requirer] not in known:
        sim.relate(provider, requirer)


def remove_relation(sim: Simulation, pick: int) -> None:
    relations = [r for r in sim.relations if not r.is_peer]
    if relations:
        sim.change_record(relations[pick % len(relations)], life="dying", forced=pick % 7 == 0)


def suspend_relation(sim: Simulation, pick: int) -> None:
    relations = [r for r in sim.relations if not r.is_peer and r.life == "alive"]
    if relations:
        relation = relations[pick % len(relations)]
        sim.change_record(relation, suspended=not relation.suspended)


def remove_unit(sim: Simulation, pick: int) -> None:
    if sim.units:
        sim.change_record(sim.units[pick % len(sim.units)], life="dying", forced=pick % 7 == 0)


def remove_application(sim: Simulation, pick: int) -> None:
    if sim.applications:
        sim.change_record(sim.applications[pick % len(sim.applications)], life="dying")


def configure(sim: Simulation, pick: int) -> None:
    if sim.applications:
        application = sim.applications[pick % len(sim.applications)]
        sim.change_record(application, config={"text": str(pick)})


def refresh(sim: Simulation, pick: int) -> None:
    if sim.applications:
        application = sim.applications[pick % len(sim.applications)]
        charm = Charm(str(pick), "any", "local", "", 0, "")
        sim.commit(lambda tx: tx.put(MODEL, charm))
        forced = pick % 3 == 0
        sim.change_record(application, charm=charm.key, force_charm=forced, modified=pick % 2)


def reboot(sim: Simulation, pick: int) -> None:
    machines = sim.reader.all(Machine, MODEL)
    if machines:
        machine = machines[pick % len(machines)]
        sim.change_record(machine, boots=machine.boots + 1)


def run_action(sim: Simulation, pick: int) -> None:
    if sim.units:
        unit = sim.units[pick % len(sim.units)]
        action = ("go", "juju-exec")[pick % 2]
        number = len(sim.reader.all(Task, MODEL))
        sim.commit(lambda tx: tx.put(MODEL, Task(number, 0, unit.name, action, 0.0)))


def add_storage(sim: Simulation, pick: int) -> None:
    alive = [unit for unit in sim.units if unit.life == "alive"]
    if alive:
        storage = Storage(f"more/{sim.number()}", "more", alive[pick % len(alive)].name)
        sim.commit(lambda tx: tx.put(MODEL, storage))


def detach_storage(sim: Simulation, pick: int) -> None:
    held = [s for s in sim.reader.all(Storage, MODEL) if s.unit and s.attachment == "alive"]
    if held:
        sim.change_record(held[pick % len(held)], attachment="dying")


def resolve(sim: Simulation, pick: int) -> None:
    failed = [unit for unit in sim.units if sim.state(unit.name).failed]
    if failed:
        sim.change_record(failed[pick % len(failed)], resolved=("retry", "skip")[pick % 2])


def pass_time(sim: Simulation, pick: int) -> None:
    sim.now += pick


CHANGES: tuple[Callable[[Simulation, int], None], ...] = (
    deploy,
    add_unit,
    add_unit,
    relate,
    remove_relation,
    suspend_relation,
    remove_unit,
    remove_application,
    configure,
    refresh,
    reboot,
    run_action,
    add_storage,
    detach_storage,
    resolve,
    pass_time,
)
