"""relation-ids, relation-list, relation-get, relation-set, relation-model-get."""

from msgspec.structs import replace

from kafkastack.errors import UsageError
from kafkastack.gnuflag import Flag
from kafkastack.hooktools.context import HookContext, ToolError
from kafkastack.hooktools.formats import write, write_settings
from kafkastack.hooktools.tools.call import Call
from kafkastack.hooktools.tools.settings import FILE, check_size, read_settings
from kafkastack.model.natural import naturally_sorted
from kafkastack.model.records import Databag, Relation, UnitState
from kafkastack.store.store import Transaction

RELATION = Flag(("r", "relation"))
APP = Flag(("app",), takes_value=False)


async def relation_ids(context: HookContext, call: Call) -> str:
    """Print the ids of an endpoint's relations."""
    parsed = call.parse_output(most=1)
    name = parsed.positional[0] if parsed.positional else ""
    if not name:
        if context.relation < 0:
            raise UsageError("no endpoint name specified")
        name = context.endpoint(context.find_relation("")).name
    ids = [f"{name}:{relation.id}" for relation in context.relations(name)]
    return write(ids, parsed["format"])


async def relation_list(context: HookContext, call: Call) -> str:
    """Print the units on the other side, or with --app its application."""
    parsed = call.parse_output(RELATION, APP, most=0)
    relation = context.find_relation(parsed["relation"])
    if parsed.is_set("app"):
        return write(_counterpart(context, relation), parsed["format"])
    return write(members(context, relation), parsed["format"])


def members(context: HookContext, relation: Relation) -> list[str]:
    """Return the remote units whose joined this unit has been told, and not their departed."""
    state = context.reader.find(UnitState, context.model, context.unit_name)
    told = state.relations.get(str(relation.id)) if state else None
    units, hook = set(told.members if told else ()), context.hook
    if hook and hook.relation == relation.id and hook.remote_unit:
        units.add(hook.remote_unit)
        if hook.kind == "relation-departed":
            units.remove(hook.remote_unit)
    return naturally_sorted(units)


async def relation_get(context: HookContext, call: Call) -> str:
    """Print the data of a unit or an application in a relation."""
    parsed = call.parse_output(RELATION, APP, most=2)
    relation = context.find_relation(parsed["relation"])
    words = [*parsed.positional, "", ""]
    key = "" if words[0] == "-" else words[0]
    owner = words[1] or _default_owner(context, parsed.is_set("app"))
    if parsed.is_set("app"):
        owner = owner.rpartition("/")[0] or owner
    elif "/" not in owner:
        raise UsageError(f'expected unit name, got application name "{owner}"')
    _check_readable(context, relation, owner)
    bag = context.reader.find(Databag, context.model, f"{relation.id}/{owner}")
    data = bag.data if bag else {}
    return await write_settings(data.get(key) if key else data, parsed["format"])


def _default_owner(context: HookContext, application: bool) -> str:
    owner = context.remote_unit
    if application and context.hook:
        owner = context.hook.remote_application
    if not owner:
        raise UsageError("no unit or application specified")
    return owner


def _check_readable(context: HookContext, relation: Relation, owner: str) -> None:
    """Refuse the bag of a stranger, and a follower's look into its own application's bag."""
    own = context.application.name
    if owner.partition("/")[0] not in {own, _counterpart(context, relation)}:
        raise ToolError("permission denied")
    if owner == own and not relation.is_peer and not context.is_leader:
        raise ToolError("permission denied")


async def relation_set(context: HookContext, call: Call) -> str:
    """Write data of this unit, or with --app of its application, in a relation."""
    parsed = call.parse(RELATION, APP, FILE, Flag(("format",)))
    relation = context.find_relation(parsed["relation"])
    changes = await read_settings(context, call, parsed)
    if parsed.is_set("app") and not context.is_leader:
        raise ToolError("cannot write relation settings")
    owner = context.application.name if parsed.is_set("app") else context.unit_name
    context.change(lambda tx: _write(tx, context.model, relation.id, owner, changes))
    return ""


def _write(
    tx: Transaction, model: str, relation: int, owner: str, changes: dict[str, str]
) -> None:
    """Merge changes into a bag; an empty value deletes; the version counts real changes."""
    if tx.find(Relation, model, str(relation)) is None:
        return  # the relation went while the hook ran; nobody is left to read it
    bag = tx.find(Databag, model, f"{relation}/{owner}") or Databag(relation, owner)
    data = {key: value for key, value in {**bag.data, **changes}.items() if value != ""}
    if data != bag.data:
        check_size(data)
        tx.put(model, replace(bag, data=data, version=bag.version + 1))


async def relation_model_get(context: HookContext, call: Call) -> str:
    """Print the uuid of the model on the other side."""
    parsed = call.parse_output(RELATION, most=0)
    relation = context.find_relation(parsed["relation"])
    other = relation.far.partition("/")[0] or context.model
    return write({"uuid": other}, parsed["format"])


def _counterpart(context: HookContext, relation: Relation) -> str:
    other = relation.counterpart_of(context.application.name)
    return other.application if other else ""


TOOLS = {
    "relation-get": relation_get,
    "relation-ids": relation_ids,
    "relation-list": relation_list,
    "relation-model-get": relation_model_get,
    "relation-set": relation_set,
}
