"""Files of storage that no unit has: kept for the next unit, or removed."""

import asyncio

from msgspec.structs import replace

from kafkastack.agent.site import Site
from kafkastack.clouds.protocol import Machine
from kafkastack.model.records import Machine as MachineRecord
from kafkastack.model.records import Storage
from kafkastack.system.files import remove_tree

_SECONDS = 600.0


async def take_storage(site: Site, machine: Machine | None, model: str, storage: Storage) -> None:
    """Fetch the files of a detached storage from its machine; remove those of a removed one."""
    try:
        async with asyncio.timeout(_SECONDS):
            await _take(site, machine, model, storage)
    except Exception as error:
        if not _is_forced(site, model, storage):
            raise
        _forget(site, model, storage)
        text = f"storage {storage.id} is lost with machine {storage.machine}: {error}"
        site.journal.log(model, "controller", "ERROR", "kafkastack.storage", text)


async def _take(site: Site, machine: Machine | None, model: str, storage: Storage) -> None:
    shelf = site.storage_shelf(model, storage.id)
    if storage.life == "alive" or storage.released:
        if machine and storage.location:
            shelf.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            await machine.pull(storage.location, shelf)
        with site.store.transaction() as tx:
            tx.put(model, replace(storage, machine="", location="", shelved=True))
    else:
        await asyncio.to_thread(remove_tree, shelf)
    if machine and storage.location:
        await machine.remove(storage.location)
    if storage.life != "alive":
        _forget(site, model, storage)


def _forget(site: Site, model: str, storage: Storage) -> None:
    with site.store.transaction() as tx:
        tx.delete(model, storage)


def _is_forced(site: Site, model: str, storage: Storage) -> bool:
    machine = site.store.find(MachineRecord, model, storage.machine)
    return machine is None or machine.forced
