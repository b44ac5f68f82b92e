"""Products that can be requested, each with the option of ours that names its resource."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from kafkastack_charms import databag
from kafkastack_charms.kafka.topics import find_form_fault
from kafkastack_charms.requirer import Request

Config = Mapping[str, object]
ROLE_OPTIONS = ("extra-user-roles", "extra-group-roles", "entity-type", "entity-permissions")
ENTITY_TYPES = ("", "USER", "GROUP")


class Product(NamedTuple):
    """An endpoint, the databag key of its resource, and how people call that resource."""

    endpoint: str
    kind: str
    word: str
    further: tuple[str, ...] = ()  # options besides the roles

    @property
    def option(self) -> str:
        """The option that names the resource."""
        return f"{self.kind}-name"


PRODUCTS = (
    Product("kafka", "topic", "topic", ("consumer-group-prefix",)),
    Product("mysql", "database", "database name"),
    Product("postgresql", "database", "database name"),
    Product("mongodb", "database", "database name"),
    Product("zookeeper", "database", "database name"),
    Product("opensearch", "index", "index name"),
    Product("etcd", "prefix", "prefix"),
)


def read_request(product: Product, config: Config) -> Request | None:
    """Return what the options ask of a product, or None when they do not name a resource."""
    resource = str(config.get(product.option, ""))
    if not resource:
        return None
    names = (*ROLE_OPTIONS, *product.further)
    options = {name: str(config.get(name, "")) for name in names}
    return Request(product.kind, resource, options, str(config.get("mtls-cert", "")))


def names_a_resource(config: Config) -> bool:
    """Report whether any option names something to ask for."""
    return any(config.get(product.option) for product in PRODUCTS)


def find_complaint(config: Config) -> str:
    """Return what must be changed in the options before anything can be asked, or ""."""
    if not names_a_resource(config):
        return "Please specify either topic, index, database name, keyspace name, or prefix"
    topic = str(config.get("topic-name", ""))
    if topic and find_form_fault(topic):
        return "Please pass an acceptable topic value"
    if str(config.get("entity-type", "")) not in ENTITY_TYPES:
        return "Please pass an acceptable entity-type value: USER or GROUP"
    if not _is_json_list(str(config.get("entity-permissions", "") or "[]")):
        return "Please pass an acceptable entity-permissions value: a JSON list"
    return ""


def _is_json_list(text: str) -> bool:
    try:
        return isinstance(databag.parse_json(text), list)
    except ValueError:
        return False
