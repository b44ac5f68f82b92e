"""Credentials are found in variables and files, and a cloud's definition is completed."""

from pathlib import Path

import pytest

from kafkastack.cli.autoload import find
from kafkastack.cli.known_clouds import personal

OPENSTACK = {"OS_USERNAME": "me", "OS_PASSWORD": "pw", "OS_PROJECT_NAME": "p"}


@pytest.mark.parametrize(
    ("environment", "found"),
    [
        ({}, []),
        ({"OS_USERNAME": "me"}, []),
        (
            {**OPENSTACK, "OS_USER_DOMAIN_NAME": "d"},
            [("openstack", "me", "userpass", {"user-domain-name": "d", "tenant-name": "p"})],
        ),
        (
            {"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "key"},
            [("ec2", "id", "access-key", {"access-key": "id", "secret-key": "key"})],
        ),
    ],
)
def test_variables_hold_a_credential_when_they_are_complete(
    environment: dict[str, str],
    found: list[tuple[str, str, str, dict[str, str]]],
    tmp_path: Path,
) -> None:
    told = find(environment, tmp_path)

    assert [(cloud, name, c["auth-type"]) for cloud, name, c in told] == [f[:3] for f in found]
    assert all(f[3].items() <= c.items() for f, (_, _, c) in zip(found, told, strict=True))


def test_google_s_key_file_is_a_credential(tmp_path: Path) -> None:
    key = tmp_path / ".config/gcloud/application_default_credentials.json"
    key.parent.mkdir(parents=True)
    key.write_text("{}")

    assert find({}, tmp_path) == [("gce", "default", {"auth-type": "jsonfile", "file": str(key)})]


def test_a_cloud_has_a_region_and_the_ways_of_its_type() -> None:
    cloud = personal({"type": "maas", "endpoint": "http://maas"})

    assert cloud["regions"] == {"default": {}} and cloud["auth-types"] == ["oauth1"]
    assert cloud["defined"] == "local" and cloud["endpoint"] == "http://maas"
