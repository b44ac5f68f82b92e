"""Refusals of an OpenStack, explained for a person."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, NamedTuple

from kafkastack.clouds.openstack.entries import Entry
from kafkastack.errors import CloudAwayError, KafkastackError

_UNAVAILABLE = 502  # and what is above: a proxy, or a service that says so itself


class _Refusal(NamedTuple):
    error: type[Exception]
    message: str
    advice: str
    told_as: type[KafkastackError] = CloudAwayError
    least_status: int = 0  # of the answer, where the error has one


_DOES_NOT_ANSWER = (
    'cloud "{name}" does not answer: {said}',
    "check that it runs; for MicroStack: kafkastack microstack status",
)


def _refusals() -> tuple[_Refusal, ...]:
    import yaml
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
        _Refusal(keystone.ConnectionError, *_DOES_NOT_ANSWER),
        _Refusal(keystone.HttpError, *_DOES_NOT_ANSWER, least_status=_UNAVAILABLE),
        _Refusal(sdk.HttpException, *_DOES_NOT_ANSWER, least_status=_UNAVAILABLE),
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
        ),
        _Refusal(yaml.YAMLError, 'cloud "{name}" of {file}: {said}', "mend it there"),
        _Refusal(
            sdk.SDKException,
            'cloud "{name}" refuses: {said}',
            "what there is of it: openstack --os-cloud {name} limits show --absolute",
            KafkastackError,
        ),
        _Refusal(OSError, 'cloud "{name}" of {file}: {said}', "mend it there"),
    )


@contextmanager
def translated_errors(entry: Entry) -> Generator[None]:
    """Raise what goes wrong in the block as one sentence, with what to type."""
    try:
        yield
    except KafkastackError:
        raise
    except Exception as error:
        for row in _refusals():
            if isinstance(error, row.error) and _status(error) >= row.least_status:
                raise _humanize(row, entry, error) from error
        raise


def _status(error: Exception) -> int:
    """Return the status of the answer that an error stands for."""
    known: Any = error
    return int(getattr(known, "status_code", 0) or getattr(known, "http_status", 0) or 0)


def _humanize(row: _Refusal, entry: Entry, error: Exception) -> KafkastackError:
    said = (str(error).strip() or type(error).__name__).splitlines()[0]
    said = said.partition(": HTTPSConnectionPool")[0].partition(" (Request-ID")[0]
    facts = {"name": entry.name, "file": entry.file, "said": said}
    return row.told_as(row.message.format_map(facts), row.advice.format_map(facts))
