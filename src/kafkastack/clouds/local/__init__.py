"""The local cloud: machines are folders of this host, their programs are its processes."""

from kafkastack.clouds.local.cloud import LocalCloud
from kafkastack.clouds.local.layout import runtime_folder
from kafkastack.clouds.local.listeners import wildcard_listeners

__all__ = ["LocalCloud", "runtime_folder", "wildcard_listeners"]
