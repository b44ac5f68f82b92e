"""Storage of a unit: brought to its machine, and let go of."""

import asyncio

from msgspec.structs import replace

from kafkastack.agent.programs import run
from kafkastack.agent.site import Place, Site
from kafkastack.model.records import Storage, Unit
from kafkastack.store.storages import attached_to
from kafkastack.system.files import remove_tree


async def place_storage(site: Site, place: Place, model: str) -> None:
    """Give each storage of the unit its folder: with what a unit before has left, or empty."""
    machine = site.store.get(Unit, model, place.unit).machine
    for storage in attached_to(site.store, model, place.unit):
        if storage.location:
            continue
        folder = f"{place.machine.paths.storage}/{storage.id}"
        shelf = site.storage_shelf(model, storage.id)
        if storage.shelved:
            await place.machine.push(shelf, folder)
        else:
            await run(place.machine, "mkdir", "-p", folder)
        with site.store.transaction() as tx:
            placed = replace(storage, location=folder, machine=machine, shelved=False)
            tx.put(model, placed)
        await asyncio.to_thread(remove_tree, shelf)


def let_go(site: Site, model: str, identity: str) -> None:
    """Detach a storage from its unit; the controller then fetches or removes its files."""
    storage = site.store.find(Storage, model, identity)
    if storage is not None:
        with site.store.transaction() as tx:
            tx.put(model, replace(storage, unit="", attachment="alive"))
