"""Catalogue of Keystone: users, services and endpoints; made again without harm."""

from collections.abc import Mapping
from typing import Any

import openstack
from msgspec import Struct

from kafkastack.microstack.cloud import Cloud
from kafkastack.microstack.configuration import SERVICE_USERS
from kafkastack.microstack.settings import PORTS

_ANSWER_SECONDS = 180  # a service that begins on a busy machine takes a minute for its first word
_ROLES = ("admin", "service")


class Api(Struct, frozen=True):
    """A service as the catalog names it, and the path of its endpoint."""

    name: str
    type: str
    path: str = ""


APIS: Mapping[str, Api] = {
    "glance": Api("glance", "image"),
    "nova": Api("nova", "compute", "/v2.1"),
    "placement": Api("placement", "placement"),
    "neutron": Api("neutron", "network"),
    "cinder": Api("cinder", "block-storage", "/v3"),
}


def connect(cloud: Cloud, user: str = "admin", project: str = "admin") -> Any:
    """Return a connection of openstacksdk to the cloud."""
    return openstack.connect(
        load_yaml_config=False,
        load_envvars=False,
        region_name=cloud.settings.region,
        cacert=str(cloud.settings.state / "ca.pem"),
        auth={
            "auth_url": f"{cloud.settings.url('keystone')}/v3",
            "username": user,
            "password": cloud.secrets.of(user),
            "project_name": project,
            "user_domain_name": "Default",
            "project_domain_name": "Default",
        },
        compute_api_version="2",
        api_timeout=_ANSWER_SECONDS,
    )


def fill_catalog(cloud: Cloud) -> None:
    """Make what is missing of the services' project, users, roles and endpoints."""
    with connect(cloud) as connection:
        identity = connection.identity
        project = identity.find_project("service") or identity.create_project(
            name="service", domain_id="default"
        )
        roles = [identity.find_role(name) for name in _ROLES]
        for name in SERVICE_USERS:
            password = cloud.secrets.of(f"{name}-user")
            user = identity.find_user(name) or identity.create_user(
                name=name, password=password, domain_id="default"
            )
            for role in roles:
                identity.assign_project_role_to_user(project, user, role)
        for service, api in APIS.items():
            _publish(cloud, identity, service, api)


def _publish(cloud: Cloud, identity: Any, service: str, api: Api) -> None:
    found = identity.find_service(api.name) or identity.create_service(
        name=api.name, type=api.type
    )
    known = {endpoint.interface for endpoint in identity.endpoints(service_id=found.id)}
    wanted = {
        "public": f"{cloud.settings.url(service)}{api.path}",
        "internal": f"http://127.0.0.1:{PORTS[service]}{api.path}",
    }
    for interface, url in wanted.items():
        if interface not in known:
            identity.create_endpoint(
                service_id=found.id,
                interface=interface,
                url=url,
                region_id=cloud.settings.region,
            )
