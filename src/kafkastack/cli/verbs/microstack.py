"""The rows with which one builds an OpenStack on this machine, and removes it."""

from kafkastack.cli.verbs.row import NO_PROMPT, QUIET, Verb, output_format
from kafkastack.gnuflag import Flag

_DRY_RUN = Flag(("dry-run",), "Say what would be done, and do nothing", takes_value=False)


def _row(
    name: str,
    usage: str,
    summary: str,
    *flags: Flag,
    example: str = "",
    most: int = 0,
    least: int = 0,
) -> Verb:
    return Verb(
        f"microstack {name}".rstrip(),
        usage,
        summary,
        "cli.microstack",
        flags,
        f"microstack {example or name}",
        arguments=(least, most),
    )


VERBS: tuple[Verb, ...] = (
    _row("", "<command>", "Build a real OpenStack on this machine, use and remove it", most=1),
    _row("plan", "", "Show preflight findings and every step; change nothing"),
    _row(
        "bootstrap",
        "",
        "Build the cloud, or go on where that was interrupted",
        QUIET,
        _DRY_RUN,
        Flag(
            ("hypervisor",),
            "What instances are (auto|kvm|lxc|qemu)",
            default="auto",
            metavar="kind",
            choices=("auto", "kvm", "lxc", "qemu"),
        ),
    ),
    _row(
        "configure",
        "",
        "Make a demo project with its network, key, flavors and images; write clouds.yaml",
        QUIET,
        _DRY_RUN,
        Flag(("image",), "Import this file as an image, in place of building ours"),
        Flag(("name",), "The name of the image that --image imports"),
        example="configure",
    ),
    _row(
        "launch",
        "[<name>]",
        "Launch an instance, prove that SSH works, and print how to log in",
        QUIET,
        _DRY_RUN,
        Flag(("image",), "Image; without it the one that fits this cloud best"),
        Flag(("flavor",), "Flavor", default="m1.small"),
        Flag(("user",), "User that the image has for logging in; of a cloud image: its name"),
        example="launch demo_instance",
        most=1,
    ),
    _row(
        "status",
        "",
        "Show services, agents, hypervisor, instances and memory",
        output_format("tabular", "json", "yaml"),
        example="status --format json",
    ),
    _row(
        "openrc",
        "",
        "Print the variables with which OpenStack's clients reach the cloud",
        Flag(("admin",), "Be the administrator, not the demo user", takes_value=False),
        example="openrc --admin > admin-openrc",
    ),
    _row("stop", "", "End every service and instance; all of it is kept", QUIET, _DRY_RUN),
    _row("start", "", "Start what was stopped, also after a reboot", QUIET, _DRY_RUN),
    _row(
        "destroy",
        "",
        "Remove the cloud with all that is in it; downloads are kept",
        QUIET,
        _DRY_RUN,
        NO_PROMPT,
        Flag(("purge",), "Remove the downloads of the cloud too", takes_value=False),
    ),
)
