"""Verbs of Juju that are not done here: the reason, and the way that works instead."""

from collections.abc import Mapping
from typing import NamedTuple


class Refusal(NamedTuple):
    """Why a verb makes no sense here, and what to do."""

    why: str
    instead: str


_USERS = Refusal(
    "a controller belongs to the user of this host who made it, who is its admin",
    "whom else shall work with it, let type as this user: sudo -u USER kafkastack status",
)
_LOGIN = Refusal(
    "there is no login: who may read the controller's folder is its admin",
    "see who you are: kafkastack whoami",
)
_SPACES = Refusal(
    'there is one space, "alpha", that all machines are in',
    "see a machine's addresses: kafkastack show-machine",
)
_KUBERNETES = Refusal(
    "Kubernetes clouds and charms are not run here",
    "deploy the machine charm of the same name: kafkastack deploy kafka",
)
_HIGH_AVAILABILITY = Refusal(
    "a controller is one process; every command starts it again where it was if it has died",
    "for Kafka's own availability: kafkastack add-unit kafka -n 2",
)
_UPGRADE = Refusal(
    "controller and agents are the program itself",
    "install the newer kafkastack; the next command hands the controller over to it",
)
_MIGRATE = Refusal(
    "a model stays with the controller that it was added to",
    "add it to the other one, and deploy again: kafkastack add-model NAME -c CONTROLLER",
)
_BACKUP = Refusal(
    "a controller is one folder that can be copied while no controller runs",
    "see docs/reference/files-and-variables.md for which one it is",
)
_SECRET_BACKENDS = Refusal(
    'secrets are kept by the controller, in its one backend "internal"',
    "see a model's: kafkastack show-model",
)
_TERMS = Refusal("no charm here asks to agree to terms", "deploy it: kafkastack deploy CHARM")
_BLOCKS = Refusal(
    "commands cannot be disabled",
    "what destroys asks first, unless it is told --no-prompt",
)
_FIREWALL = Refusal(
    "machines of the embedded cloud listen on addresses of this host only: no rule is needed",
    "for one that is reached from elsewhere, add a cloud: docs/how-to/add-a-cloud.md",
)
_METRICS = Refusal(
    "charms' metrics are not collected",
    "let the charm offer them itself; see what it does: kafkastack show-unit UNIT",
)
_PAYLOADS = Refusal(
    "payloads are not kept", "see what runs on a unit: kafkastack ssh UNIT systemctl status"
)
_IMAGES = Refusal(
    "machines are not made from images",
    "what was downloaded lies in the cache; see what will be: kafkastack preflight",
)
_GRANT_CLOUD = Refusal(
    "every cloud of a controller is its admin's", "see them: kafkastack clouds --controller NAME"
)
_DASHBOARD = Refusal(
    "the dashboard is not part of this", "look at it: kafkastack status --watch 2s"
)
_DEBUG = Refusal(
    "a hook is not held for a person to type in its place",
    "try its commands where it runs: kafkastack exec --unit UNIT -- COMMAND",
)
_CHARMHUB = Refusal(
    "charms are not taken from Charmhub: ours come with the program, others are folders",
    "deploy a folder: kafkastack deploy ./CHARM",
)

_BY_REASON: Mapping[Refusal, tuple[str, ...]] = {
    _HIGH_AVAILABILITY: ("enable-ha",),
    _USERS: (
        "add-user",
        "change-user-password",
        "disable-user",
        "enable-user",
        "grant",
        "remove-user",
        "revoke",
        "show-user",
        "users",
        "list-users",
    ),
    _LOGIN: ("login", "logout"),
    _SPACES: (
        "add-space",
        "bind",
        "list-spaces",
        "list-subnets",
        "move-to-space",
        "reload-spaces",
        "remove-space",
        "rename-space",
        "show-space",
        "spaces",
        "subnets",
    ),
    _KUBERNETES: ("add-k8s", "remove-k8s", "scale-application", "update-k8s"),
    _UPGRADE: (
        "sync-agent-binary",
        "sync-tools",
        "upgrade-controller",
        "upgrade-machine",
        "upgrade-model",
    ),
    _MIGRATE: ("migrate",),
    _BACKUP: ("create-backup", "download-backup"),
    _SECRET_BACKENDS: (
        "add-secret-backend",
        "list-secret-backends",
        "model-secret-backend",
        "remove-secret-backend",
        "secret-backends",
        "show-secret-backend",
        "update-secret-backend",
    ),
    _TERMS: ("agree", "agreements", "list-agreements"),
    _BLOCKS: (
        "disable-command",
        "disabled-commands",
        "enable-command",
        "enable-destroy-controller",
        "list-disabled-commands",
    ),
    _FIREWALL: ("firewall-rules", "list-firewall-rules", "set-firewall-rule"),
    _METRICS: ("collect-metrics", "metrics"),
    _PAYLOADS: ("list-payloads", "payloads"),
    _IMAGES: ("cached-images", "list-cached-images", "metadata", "remove-cached-images"),
    _GRANT_CLOUD: ("grant-cloud", "revoke-cloud"),
    _DASHBOARD: ("dashboard", "gui"),
    _DEBUG: ("debug-code", "debug-hook", "debug-hooks"),
    _CHARMHUB: ("download",),
    Refusal(
        "the public clouds' list is not used here",
        "see which there are: kafkastack clouds",
    ): ("update-public-clouds",),
    Refusal(
        "a machine that was not made is tried again by itself", "see it: kafkastack machines"
    ): ("retry-provisioning",),
    Refusal(
        "the commands' page is made already: docs/reference/commands.md",
        "or see one of them: kafkastack help VERB",
    ): ("documentation",),
}
REFUSED: Mapping[str, Refusal] = {
    name: refusal for refusal, names in _BY_REASON.items() for name in names
}
