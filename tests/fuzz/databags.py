"""Databags as related applications may write them, and how the charms read them."""

import json
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from kafkastack_charms import databag, kafka_provider, provider

from tests.charms.kafka import modules
from tests.fuzz.words import maps_of, texts, values, words

_KEYS = (
    *("topic", "extra-user-roles", "requested-secrets", "entity-type", "entity-permissions"),
    *("extra-group-roles", "consumer-group-prefix", "mtls-cert", "requests", "version", "data"),
    *("request-id", "resource", "salt", "secret-user", "secret-tls", "secret-mtls", "users"),
)
_words = st.sampled_from(
    [
        *("admin", "producer,consumer", "v0", "v1", "USER", "GROUP", "*", "orders", "orders-*"),
        *("-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----", "secret:x", "[]", "{}"),
        *('["username", "password"]', '[{"resource_name": "a", "privileges": ["READ"]}]', "1e999"),
    ]
)
_json = (maps_of(*_KEYS) | st.lists(maps_of(*_KEYS), max_size=3) | values).map(json.dumps)

databags = st.dictionaries(
    st.sampled_from([*_KEYS, *(key.replace("-", "_") for key in _KEYS)]) | words,
    _words | _json | texts,
    max_size=6,
)


def read_databag(made_up: dict[str, str], _: Path) -> None:
    """Read it as each side of the charm `kafka` does, and tell what was refused."""
    published: Any = modules.clients.Published
    with modules.as_dispatched():
        asked = kafka_provider.read_requests(1, made_up, ("relation-1",))
        databag.read(made_up, published)
    json.dumps(provider.write_refusal(asked.refused)).encode()
    for request in asked.requests:
        assert request.user.isprintable()
        assert request.rules is not None
