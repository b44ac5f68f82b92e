"""Table of verbs: one row each, from which parser, help and reference page come."""

from collections.abc import Mapping

from kafkastack.cli.verbs import (
    access,
    applications,
    bundles,
    charms,
    clouds,
    controllers,
    exposure,
    kafka,
    learn,
    machines,
    microstack,
    models,
    offers,
    operate,
    operations,
    relations,
    secrets,
    see,
    storage,
    waiting,
)
from kafkastack.cli.verbs.row import Verb

_FAMILIES: Mapping[str, tuple[Verb, ...]] = {
    "A Kafka of your own": kafka.VERBS,
    "Begin and end": controllers.VERBS,
    "Models": models.VERBS,
    "Applications": applications.VERBS,
    "Bundles": bundles.VERBS,
    "Charms": charms.VERBS,
    "Relations": relations.VERBS,
    "Other models": offers.VERBS,
    "Expose": exposure.VERBS,
    "Machines": machines.VERBS,
    "Storage": storage.VERBS,
    "Secrets": secrets.VERBS,
    "Enter": access.VERBS,
    "See": see.VERBS,
    "Wait": waiting.VERBS,
    "Operate": operate.VERBS,
    "Actions and operations": operations.VERBS,
    "Clouds and credentials": clouds.VERBS,
    "MicroStack": microstack.VERBS,
    "Learn": learn.VERBS,
}
FAMILIES: Mapping[str, tuple[Verb, ...]] = {
    family: tuple(verb.with_output() for verb in verbs) for family, verbs in _FAMILIES.items()
}
ALIASES: dict[str, str] = {
    "relate": "integrate",
    "add-relation": "integrate",
    "list-actions": "actions",
    "list-offers": "offers",
    "list-operations": "operations",
    "list-machines": "machines",
    "list-ssh-keys": "ssh-keys",
    "list-charm-resources": "charm-resources",
    "list-resources": "resources",
    "list-secrets": "secrets",
    "list-storage": "storage",
    "list-storage-pools": "storage-pools",
    "list-models": "models",
    "list-controllers": "controllers",
    "list-clouds": "clouds",
    "list-regions": "regions",
    "list-credentials": "credentials",
    "show-credentials": "show-credential",
    "set-default-credentials": "default-credential",
    "set-default-region": "default-region",
    "help-tool": "help-hook-commands",
    "hook-tool": "help-hook-commands",
    "hook-tools": "help-hook-commands",
    "resolve": "resolved",
    "show-status": "status",
}
BY_NAME: dict[str, Verb] = {verb.name: verb for verbs in FAMILIES.values() for verb in verbs}
