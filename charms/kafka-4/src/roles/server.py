"""Server of this unit: its files, and what a person needs beside it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import users
from kafkastack_charms import files, host, properties
from kafkastack_charms.inputs import Inputs
from kafkastack_charms.jar import stamp_of
from kafkastack_charms.kafka import launch
from kafkastack_charms.kafka.layout import Layout
from kafkastack_charms.kafka.wanted import Wanted
from kafkastack_charms.trust import Stores
from metadata import kraft

from roles import render, templates
from roles.render import Settings


def want(
    inputs: Inputs, settings: Settings, internal: Stores, clients: Stores | None, layout: Layout
) -> Wanted:
    """Return what the server of this unit is to be."""
    jar, profile = inputs.jar.path, settings.options.profile
    flags = (*launch.heap(profile, host.memory(), launch.WORKING), *templates.flags(layout))
    level = settings.options.log_level
    return Wanted(
        properties=render.server_properties(settings, layout),
        unit=launch.server_unit(layout, inputs.java, inputs.user, profile),
        files={
            layout.conf / "log4j2.properties": templates.log4j2(level, layout.logs),
            layout.conf / "java.args": launch.java_arguments(layout, jar, stamp_of(jar), flags),
        },
        stores={
            **render.internal_certificates(layout).texts(internal),
            **layout.certificates.texts(clients if settings.encrypted else None),
        },
    )


def prepare(inputs: Inputs, settings: Settings, hosts: Iterable[str], layout: Layout) -> None:
    """Make the folders, and what a person on this unit and the watcher need."""
    files.make_folders((layout.conf, layout.logs, *layout.data), inputs.user)
    known = settings.controllers
    truststore = render.internal_certificates(layout).truststore
    texts = {
        controllers_properties(layout): properties.write(
            kraft.client_properties(known, truststore)
        ),
        login_file(layout): f"{users.CONTROLLER}\n{known.password}\n",
    }
    if settings.is_broker:
        client = render.client_properties(settings, hosts, layout)
        texts[layout.client_properties] = properties.write(client)
        secret = settings.credentials  # the operator is made by a broker that works already
        texts[layout.login] = f"{secret.broker_user}\n{secret.replication_password}\n"
    files.write(files.outdated(texts), inputs.user)
    launch.publish(templates.PROGRAMS, layout, inputs.java, inputs.jar.path)


def controllers_properties(layout: Layout) -> Path:
    """Return the file for programs that are given --bootstrap-controller."""
    return layout.conf / "kraft-client.properties"


def login_file(layout: Layout) -> Path:
    """Return the file of how the watcher logs in to a controller: two lines."""
    return layout.conf / "controller.login"
