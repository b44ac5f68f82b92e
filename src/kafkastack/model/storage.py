"""Storage directives `name=pool,size,count`, checked against what a charm's storage allows."""

import re
from collections.abc import Collection, Mapping

from msgspec import Struct
from msgspec.structs import replace

from kafkastack.errors import KafkastackError, NotFoundError
from kafkastack.model.bounds import SIZE, STORAGES, check_number
from kafkastack.model.charm import StorageMeta
from kafkastack.model.sizes import size_text

ROOTFS = "rootfs"
DEFAULT_SIZE = 1024  # MiB, what Juju takes when neither a charm nor a person names one
_COUNT = re.compile(r"-?[0-9]{1,15}")
_SIZE = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,15})?)([MGTPEZY])(?:i?B)?")
_POOL = re.compile(r"[a-zA-Z][-?a-zA-Z0-9]*")
_MEBIBYTES = {unit: 1024**power for power, unit in enumerate("MGTPEZY")}


class Pools(Struct, frozen=True):
    """The names of the pools there are, and the one that is taken when none is named."""

    names: Collection[str]
    default: str = ROOTFS


class Directive(Struct, frozen=True):
    """What was asked for; "" and 0 are not said."""

    pool: str = ""
    size: int = 0  # MiB
    count: int = 0


def parse_directive(text: str) -> Directive:
    """Read "pool,size,count", in any order and each at most once."""
    directive = Directive()
    for word in text.split(",") if text else []:
        name, value = _field(word.strip())
        if known := getattr(directive, name):
            raise KafkastackError(
                f'{name} is already set to "{known}", it cannot also be "{word}"',
                "a storage directive is pool,size,count: each of them once",
            )
        directive = replace(directive, **{name: value})
    return directive


def _field(word: str) -> tuple[str, str | int]:
    if _COUNT.fullmatch(word):
        if int(word) <= 0:
            raise KafkastackError(
                f'cannot parse count: count must be greater than zero, got "{word}"'
            )
        return "count", check_number("a count of storage", int(word), STORAGES)
    if size := _SIZE.fullmatch(word):
        mebibytes = round(float(size[1]) * _MEBIBYTES[size[2]])
        if mebibytes > SIZE:
            raise KafkastackError(f'size "{word}" is more than {size_text(SIZE)}')
        return "size", mebibytes
    if _POOL.fullmatch(word):
        return "pool", word
    raise KafkastackError(
        f'unrecognized storage directive "{word:.60}"',
        "a storage directive is pool,size,count, as in rootfs,10G,2",
    )


def wanted_storage(
    charm: str,
    storages: Mapping[str, StorageMeta],
    given: Mapping[str, str],
    pools: Pools,
) -> dict[str, Directive]:
    """Return pool, size and count of each storage of a new unit; Juju's errors for what is not."""
    for name in given:
        if name not in storages:
            raise _unknown(charm, name, storages)
    wanted: dict[str, Directive] = {}
    for name, storage in storages.items():
        least = max(storage.count_min, 1 if name in given else 0)
        asked = parse_directive(given.get(name, ""))
        wanted[name] = complete(charm, storage, asked, pools, least=least)
    return wanted


def complete(
    charm: str,
    storage: StorageMeta,
    asked: Directive,
    pools: Pools,
    *,
    least: int = 1,
    present: int = 0,
) -> Directive:
    """Return the directive with nothing left open; `present` instances are there already."""
    found = Directive(
        asked.pool or pools.default,
        asked.size or storage.minimum_size or DEFAULT_SIZE,
        asked.count or least,
    )
    _refuse(f'charm "{charm}" store "{storage.name}"', storage, found, pools, present)
    return found


def storage_of(charm: str, storages: Mapping[str, StorageMeta], name: str) -> StorageMeta:
    """Return a storage of a charm, or the error that lists what it has."""
    if name not in storages:
        raise _unknown(charm, name, storages)
    return storages[name]


def _refuse(what: str, storage: StorageMeta, found: Directive, pools: Pools, present: int) -> None:
    total = check_number(what, found.count + present, STORAGES)
    if storage.type != "filesystem" and found.count:
        raise KafkastackError(
            f"{what}: there are no block devices on this cloud",
            "machines here keep filesystems only: give the charm a storage of type filesystem",
        )
    if found.pool not in pools.names:
        raise NotFoundError(f'{what}: pool "{found.pool}" not found', "kafkastack storage-pools")
    if storage.count_min == storage.count_max == 1 and total != 1:
        raise KafkastackError(f"{what}: store is singular, {total} specified")
    if total < storage.count_min:
        raise KafkastackError(f"{what}: {storage.count_min} instances required, {total} specified")
    if 0 <= storage.count_max < total:
        raise KafkastackError(
            f"{what}: at most {storage.count_max} instances supported, {total} specified"
        )
    if found.size < storage.minimum_size:
        raise KafkastackError(
            f"{what}: minimum storage size is {size_text(storage.minimum_size)}, "
            f"{size_text(found.size)} specified"
        )


def _unknown(charm: str, name: str, storages: Mapping[str, StorageMeta]) -> NotFoundError:
    return NotFoundError(
        f'charm "{charm}" has no store called "{name}"',
        f"its stores: {', '.join(sorted(storages)) or 'none'}",
    )
