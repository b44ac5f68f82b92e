"""An OpenStack that refuses is told in one sentence, with what to type."""

import pytest
import requests
import yaml
from keystoneauth1 import exceptions as keystone
from openstack import exceptions as sdk

from kafkastack.clouds.openstack.entries import Entry
from kafkastack.clouds.openstack.refusals import translated_errors
from kafkastack.errors import CloudAwayError, KafkastackError

ENTRY = Entry("there", "/etc/openstack/clouds.yaml")


def answered(status: int) -> Exception:
    """Return what openstacksdk raises for an answer of that status."""
    response = requests.Response()
    response.status_code = status
    return sdk.HttpException("x", response)


@pytest.mark.parametrize(
    ("error", "code", "words", "advice"),
    [
        (keystone.Unauthorized("401: no"), 3, "does not let us in: 401: no", ENTRY.file),
        (keystone.SSLError("x"), 3, "certificate of an authority that is not known", "cacert"),
        (keystone.ConnectFailure("no route"), 3, "does not answer: no route", "microstack status"),
        (keystone.ConnectTimeout("slow"), 3, "does not answer: slow", "microstack status"),
        (keystone.EndpointNotFound("nova"), 3, "lacks a service", "region_name"),
        (keystone.MissingRequiredOptions([]), 3, "does not let us in", ENTRY.file),
        (keystone.ServiceUnavailable("busy"), 3, "does not answer: busy", "microstack status"),
        (answered(503), 3, "does not answer: x", "microstack status"),
        (sdk.ConfigException("no entry"), 3, "no entry", "kafkastack clouds"),
        (yaml.YAMLError("line 3"), 3, "line 3", "mend it"),
        (OSError("invalid path: /no/file"), 3, "invalid path: /no/file", "mend it"),
        (sdk.ForbiddenException("Quota exceeded for cores"), 1, "Quota exceeded", "limits show"),
    ],
)
def test_what_is_refused_says_what_to_type(error: Exception, code: int, words: str, advice: str):
    with pytest.raises(KafkastackError) as told, translated_errors(ENTRY):
        raise error

    assert told.value.exit_code == code
    assert words in told.value.message
    assert "\n" not in told.value.message
    assert advice in told.value.advice


@pytest.mark.parametrize(
    ("error", "is_away"),
    [
        (keystone.ConnectFailure("refused"), True),
        (keystone.SSLError("x"), True),
        (keystone.Unauthorized("401"), True),
        (answered(504), True),
        (OSError("no such authority"), True),
        (sdk.ConfigException("no entry"), True),
        (sdk.ForbiddenException("Quota exceeded"), False),
        (answered(409), False),
    ],
)
def test_a_cloud_that_cannot_be_asked_is_not_one_that_refuses(error: Exception, is_away: bool):
    with pytest.raises(KafkastackError) as told, translated_errors(ENTRY):
        raise error

    assert isinstance(told.value, CloudAwayError) == is_away


def test_an_error_of_our_own_stays_as_it_is():
    with pytest.raises(ZeroDivisionError), translated_errors(ENTRY):
        raise ZeroDivisionError
