"""Base steps: the packages of the cloud, and the namespaces that it runs in."""

from importlib.resources import files

from kafkastack.microstack.cloud import Cloud
from kafkastack.microstack.configuration import ConfigFile, configuration, supervisord
from kafkastack.microstack.hypervisors import choose, chosen, is_chosen
from kafkastack.microstack.step import Step


def steps() -> list[Step]:
    """Return them."""
    return [
        Step(
            "service-root",
            "install Debian's packages into a folder of their own",
            lambda cloud: cloud.service_root.build(),
            is_done=lambda cloud: cloud.service_root.is_built(),
            log="service-root",
        ),
        Step(
            "environment",
            "install OpenStack's packages",
            lambda cloud: cloud.environment.build(),
            ["service-root"],
            is_done=lambda cloud: cloud.environment.is_built(),
            log="environment",
        ),
        Step(
            "namespaces",
            "start the cloud's first process",
            _start,
            ["service-root", "environment"],
            is_done=lambda cloud: bool(cloud.inside.leader),
            log="namespaces",
        ),
        Step(
            "hypervisor",
            "find out which kind of instance this host can have",
            choose,
            ["namespaces"],
            is_done=is_chosen,
            log="hypervisor",
        ),
        Step("configuration", "write configuration files", _configure, ["hypervisor"]),
    ]


def _start(cloud: Cloud) -> None:
    cloud.write_before(ConfigFile("/etc/supervisord.conf", supervisord()))
    mended = (files("kafkastack.system") / "supervisord.py").read_text()
    cloud.write_before(ConfigFile("/usr/local/sbin/supervisord", mended, 0o755))
    cloud.inside.start(cloud.service_root.path, cloud.environment.path)


def _configure(cloud: Cloud) -> None:
    for file in configuration(cloud.settings, cloud.secrets, chosen(cloud)):
        cloud.write(file)
