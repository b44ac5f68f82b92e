"""default-region, default-credential: what a cloud is used with unless told otherwise."""

import sys

from kafkastack.cli.cloud_store import CLIENT, CREDENTIALS, Document, credential_not_found
from kafkastack.cli.known_clouds import get_cloud
from kafkastack.errors import NotFoundError, UsageError
from kafkastack.gnuflag import Parsed


def default_region(parsed: Parsed) -> int:
    """Show, set or reset the region that a cloud is used in."""
    name, *given = parsed.positional
    cloud = get_cloud(name)
    if given and parsed.is_set("reset"):
        raise UsageError("cannot set and reset the default region simultaneously")
    if given:
        _refuse_region(name, given[0], cloud)
    if not given and not parsed.is_set("reset"):
        print(_default_region(name, CLIENT.read(CREDENTIALS).get(name, {})))
        return 0
    with CLIENT.edit(CREDENTIALS) as kept:
        kept.setdefault(name, {})["default-region"] = given[0] if given else ""
    if given:
        print(f'Default region in {name} set to "{given[0]}".', file=sys.stderr)
    else:
        words = "is no longer set on this client."
        print(f'Default region for cloud "{name}" {words}', file=sys.stderr)
    return 0


def _default_region(name: str, entry: Document) -> str:
    if region := entry.get("default-region"):
        return f'Default region for cloud "{name}" is "{region}" on this client.'
    return f'Default region for cloud "{name}" is not set on this client.'


def _refuse_region(name: str, region: str, cloud: Document) -> None:
    if region not in cloud["regions"]:
        raise NotFoundError(
            f'invalid region "{region}" for cloud "{name}"',
            f"there are: {', '.join(cloud['regions'])}",
        )


def default_credential(parsed: Parsed) -> int:
    """Show, set or reset the credential that a cloud is used with."""
    cloud, *given = parsed.positional
    get_cloud(cloud)
    if given and parsed.is_set("reset"):
        raise UsageError("cannot set and reset the default credential simultaneously")
    if not given and not parsed.is_set("reset"):
        print(_default_credential(cloud, CLIENT.read(CREDENTIALS).get(cloud, {})))
        return 0
    with CLIENT.edit(CREDENTIALS) as kept:
        entry = kept.setdefault(cloud, {})
        if given and given[0] not in entry.get("cloud-credentials", {}):
            raise credential_not_found(cloud, given[0], CLIENT)
        entry["default-credential"] = given[0] if given else ""
    if given:
        words = f'is set to be default for "{cloud}" for this client.'
        print(f'Local credential "{given[0]}" {words}', file=sys.stderr)
    else:
        words = "is no longer set on this client."
        print(f'Default credential for cloud "{cloud}" {words}', file=sys.stderr)
    return 0


def _default_credential(cloud: str, entry: Document) -> str:
    if name := entry.get("default-credential"):
        return f'Default credential for cloud "{cloud}" is "{name}" on this client.'
    return f'Default credential for cloud "{cloud}" is not set on this client.'
