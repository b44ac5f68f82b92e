"""What an OpenStack's refusals mean for a person."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import NamedTuple

from kafkastack.clouds.openstack.entries import Entry
from kafkastack.errors import KafkastackError, NotFoundError, PreflightError


class _Refusal(NamedTuple):
    error: type[Exception]
    message: str
    advice: str
    told_as: type[KafkastackError] = PreflightError


def _refusals() -> tuple[_Refusal, ...]:
    from keystoneauth1 import exceptions as keystone
    from openstack import exceptions as sdk

    return (
        _Refusal(
            keystone.Unauthorized,
            'cloud "{name}" does not let us in: {said}',
            "its user and password are in {file}",
        ),
        _Refusal(
            keystone.SSLError,
            'cloud "{name}" shows a certificate of an authority that is not known',
            "name the authority's file as cacert: in {file}",
        ),
        _Refusal(
            keystone.ConnectionError,
            'cloud "{name}" does not answer: {said}',
            "is it up? of the one on this host it is told by: kafkastack microstack status",
        ),
        _Refusal(
            keystone.DiscoveryFailure,
            'cloud "{name}" does not answer as an OpenStack: {said}',
            "is auth_url right in {file}?",
        ),
        _Refusal(
            keystone.CatalogException,
            'cloud "{name}" lacks a service that machines need: {said}',
            "is region_name right in {file}? openstack --os-cloud {name} catalog list",
        ),
        _Refusal(
            keystone.ClientException,
            'cloud "{name}" does not let us in: {said}',
            "how one logs in is in {file}",
        ),
        _Refusal(
            sdk.ConfigException,
            'cloud "{name}" of {file}: {said}',
            "is its region_name right? kafkastack clouds --all lists the entries",
            NotFoundError,
        ),
        _Refusal(
            sdk.SDKException,
            'cloud "{name}" refuses: {said}',
            "what there is of it: openstack --os-cloud {name} limits show --absolute",
            KafkastackError,
        ),
        _Refusal(OSError, 'cloud "{name}" of {file}: {said}', "mend it there"),
    )


@contextmanager
def in_words(entry: Entry) -> Generator[None]:
    """Raise what goes wrong in the block as one sentence, with what to type."""
    try:
        yield
    except KafkastackError:
        raise
    except Exception as error:
        for row in _refusals():
            if isinstance(error, row.error):
                raise _told(row, entry, error) from error
        raise


def _told(row: _Refusal, entry: Entry, error: Exception) -> KafkastackError:
    said = (str(error).strip() or type(error).__name__).splitlines()[0]
    said = said.partition(": HTTPSConnectionPool")[0].partition(" (Request-ID")[0]
    facts = {"name": entry.name, "file": entry.file, "said": said}
    return row.told_as(row.message.format_map(facts), row.advice.format_map(facts))
