"""Broker of this unit: its files, and what a person needs beside it."""

from __future__ import annotations

from collections.abc import Iterable

import users
from kafkastack_charms import files, host, java_store, properties
from kafkastack_charms.inputs import Inputs
from kafkastack_charms.jar import stamp_of
from kafkastack_charms.kafka import launch
from kafkastack_charms.kafka.layout import Layout
from kafkastack_charms.kafka.wanted import LISTENERS, Wanted, Way
from kafkastack_charms.stages import Stage
from kafkastack_charms.trust import Stores
from metadata import zookeeper
from options import FORM

from roles import render, templates
from roles.render import Settings

LIVE = LISTENERS | FORM.live  # what a running broker takes
WAY = Way("zookeeper.connect")


def want(inputs: Inputs, settings: Settings, stores: Stores | None, layout: Layout) -> Wanted:
    """Return what the broker of this unit is to be."""
    jar, profile = inputs.jar.path, settings.options.profile
    flags = (*launch.heap(profile, host.memory()), *templates.flags(layout))
    return Wanted(
        properties=render.server_properties(settings, layout),
        unit=launch.server_unit(layout, inputs.java, inputs.user, profile),
        files={
            layout.conf / "jaas.conf": render.jaas(settings.offer),
            layout.conf / "log4j.properties": templates.log4j(
                settings.options.log_level, layout.logs
            ),
            layout.conf / "java.args": launch.java_arguments(layout, jar, stamp_of(jar), flags),
        },
        stores=layout.certificates.texts(stores if settings.stage > Stage.PLAIN else None),
    )


def prepare(
    inputs: Inputs, settings: Settings, hosts: Iterable[str], layout: Layout, ca: str
) -> None:
    """Make the folders, and what a person on this unit and the next connection need."""
    files.make_folders((layout.conf, layout.logs, *layout.data), inputs.user)
    client = render.client_properties(settings, hosts, layout)
    texts = {
        layout.client_properties: properties.write(client),
        layout.login: f"{users.ADMIN}\n{settings.credentials.admin_password}\n",
    }
    zookeeper_ca = zookeeper.ca_file(layout.conf)
    if settings.connection.encrypted and ca:
        texts[zookeeper_ca] = ca
    files.write(files.outdated(texts), inputs.user)
    # Read again for each connection.
    java_store.keep(zookeeper_ca, zookeeper.truststore(layout.conf), inputs.user)
    launch.publish(templates.PROGRAMS, layout, inputs.java, inputs.jar.path)
