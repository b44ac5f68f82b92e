"""storage-list, storage-get, storage-add, resource-get."""

import re

from kafkastack.errors import KafkastackError, UsageError
from kafkastack.gnuflag import Flag
from kafkastack.hooktools.context import Change, HookContext, ToolError
from kafkastack.hooktools.formats import write
from kafkastack.hooktools.tools.call import Call
from kafkastack.model.bounds import STORAGES
from kafkastack.model.natural import naturally_sorted
from kafkastack.model.records import Storage
from kafkastack.model.storage import DEFAULT_SIZE, Directive, parse_directive
from kafkastack.store.storages import add_storage, default_pool
from kafkastack.store.store import Transaction

_NUMBER = re.compile(r"[0-9]{1,9}")


def _own(context: HookContext) -> dict[str, Storage]:
    storage = context.reader.all(Storage, context.model)
    return {record.id: record for record in storage if record.unit == context.unit_name}


async def storage_list(context: HookContext, call: Call) -> str:
    """Print the ids of the unit's storage that is attached."""
    parsed = call.parse_output(most=1)
    name = parsed.positional[0] if parsed.positional else ""
    ids = [s.id for s in _own(context).values() if name in ("", s.name) and s.location]
    return write(naturally_sorted(ids), parsed["format"])


async def storage_get(context: HookContext, call: Call) -> str:
    """Print where a storage instance is."""
    # Older ops reads in --help which storage a hook is about: it is this default.
    own = context.hook.storage if context.hook else ""
    parsed = call.parse_output(Flag(("s",), default=own), most=1)
    identity = parsed["s"]
    if not identity:
        raise UsageError("no storage instance specified")
    storage = _own(context).get(identity)
    if storage is None or not storage.location:
        raise UsageError(f'invalid value "{identity}" for option -s: storage not found')
    document = {"kind": storage.kind, "location": storage.location}
    if parsed.positional:
        if parsed.positional[0] not in document:
            raise ToolError(f'storage attribute "{parsed.positional[0]}" not found')
        return write(document[parsed.positional[0]], parsed["format"])
    return write(document, parsed["format"])


async def storage_add(context: HookContext, call: Call) -> str:
    """Ask for more storage instances; they are attached after the hook."""
    parsed = call.parse()
    if not parsed.positional:
        raise UsageError("storage add requires a storage directive")
    for word in parsed.positional:
        name, _, directive = word.partition("=")
        context.change(_adding(context, name, _wanted(context, name, directive)))
    return ""


def _wanted(context: HookContext, name: str, directive: str) -> Directive:
    """Return what is asked for ("2"; else one), if so many may be had.

    Pool and size are those that the application was deployed with, as in Juju.
    """
    storage = context.environment.meta.storage.get(name)
    if storage is None:
        raise ToolError(f'charm storage "{name}" not found')
    if directive and not _NUMBER.fullmatch(directive):
        raise ToolError(f'only count can be specified for "{name}"')
    count = int(directive or 1)
    limit = min(storage.count_max, STORAGES) if storage.count_max >= 0 else STORAGES
    total = count + sum(record.name == name for record in _own(context).values())
    if total > limit:
        raise ToolError(
            f'storage "{name}": at most {limit} instances supported, {total} specified'
        )
    asked = parse_directive(context.application.storage.get(name, ""))
    pool = asked.pool or default_pool(context.reader, context.model)
    return Directive(pool, asked.size or storage.minimum_size or DEFAULT_SIZE, count)


def _adding(context: HookContext, name: str, directive: Directive) -> Change:
    def change(tx: Transaction) -> None:
        now = context.environment.now()
        add_storage(tx, context.model, context.unit_name, name, directive, now)

    return change


async def resource_get(context: HookContext, call: Call) -> str:
    """Print the path of a resource on the machine, downloaded if need be."""
    parsed = call.parse()
    if len(parsed.positional) != 1:
        raise UsageError("missing required resource name")
    name = parsed.positional[0]
    if name not in context.environment.meta.resources:
        raise ToolError(f'could not download resource: resource "{name}" not found')
    try:
        return f"{await context.environment.fetch_resource(name)}\n"
    except KafkastackError as error:
        # A charm hears that it has no resource; people are told what to do about it.
        context.log("ERROR", f'cannot fetch resource "{name}": {error}')
        raise


TOOLS = {
    "resource-get": resource_get,
    "storage-add": storage_add,
    "storage-get": storage_get,
    "storage-list": storage_list,
}
