"""The rows of clouds and of the credentials for them."""

from kafkastack.cli.verbs.row import CONTROLLER, Verb, output_format
from kafkastack.gnuflag import Flag

_CLIENT = Flag(("client",), "Client operation", takes_value=False)
_RESET = Flag(("reset",), "Reset what is set", takes_value=False)
_SECRETS = Flag(("show-secrets",), "Show secrets", takes_value=False)
_REGION = Flag(("region",), "Cloud region that the credential is for", metavar="region")
_WHERE = (_CLIENT, CONTROLLER)


def _file(what: str) -> Flag:
    return Flag(("f", "file"), f"The path to a YAML file that holds {what}", metavar="file")


VERBS: tuple[Verb, ...] = (
    Verb(
        "clouds",
        "",
        "List the clouds known to the client and to the current controller",
        "cli.clouds",
        (
            *_WHERE,
            Flag(("all",), "Those without credentials, too", takes_value=False),
            output_format("tabular", "json", "yaml"),
        ),
        "clouds --all",
        arguments=(0, 0),
    ),
    Verb(
        "show-cloud",
        "<cloud name>",
        "Show detailed information on a cloud",
        "cli.clouds",
        (
            *_WHERE,
            Flag(("include-config",), "Show its configuration, too", takes_value=False),
            output_format("display", "json", "yaml"),
        ),
        "show-cloud local",
        arguments=(1, 1),
    ),
    Verb(
        "regions",
        "<cloud>",
        "List the regions of a cloud",
        "cli.clouds",
        (*_WHERE, output_format("tabular", "json", "yaml")),
        "regions local",
        arguments=(1, 1),
    ),
    Verb(
        "add-cloud",
        "<cloud name> [<cloud definition file>]",
        "Add a cloud definition",
        "cli.cloud_changes",
        (
            *_WHERE,
            Flag(("force",), "Replace one of that name", takes_value=False),
            Flag(("credential",), "The credential to use for it", metavar="name"),
            Flag(("target-controller",), "The controller to add it to", metavar="controller"),
            _file("the definition of the cloud"),
        ),
        "add-cloud garage-maas --client --file maas-clouds.yaml",
        arguments=(1, 2),
    ),
    Verb(
        "update-cloud",
        "<cloud name>",
        "Update a cloud definition",
        "cli.cloud_changes",
        (*_WHERE, _file("the definition of the cloud")),
        "update-cloud garage-maas --client -f maas-clouds.yaml",
        arguments=(1, 2),
    ),
    Verb(
        "remove-cloud",
        "<cloud name>",
        "Remove a cloud definition",
        "cli.cloud_changes",
        _WHERE,
        "remove-cloud garage-maas --client",
        arguments=(1, 1),
    ),
    Verb(
        "default-region",
        "<cloud name> [<region>]",
        "Show, set or reset the default region of a cloud",
        "cli.cloud_defaults",
        (_RESET,),
        "default-region aws us-east-1",
        arguments=(1, 2),
    ),
    Verb(
        "credentials",
        "[<cloud name>]",
        "List the credentials for clouds",
        "cli.credentials",
        (*_WHERE, _SECRETS, output_format("tabular", "json", "yaml")),
        "credentials aws",
        arguments=(0, 1),
    ),
    Verb(
        "show-credential",
        "[<cloud name> <credential name>]",
        "Show what a credential holds",
        "cli.credentials",
        (*_WHERE, _SECRETS, output_format("yaml", "json")),
        "show-credential google my-admin-credential",
        arguments=(0, 2),
    ),
    Verb(
        "add-credential",
        "<cloud name>",
        "Add a credential for a cloud",
        "cli.credential_changes",
        (*_WHERE, _REGION, _file("the credentials")),
        "add-credential aws --client --file my-credentials.yaml",
        arguments=(1, 1),
    ),
    Verb(
        "update-credential",
        "<cloud name> [<credential name>]",
        "Update a credential for a cloud",
        "cli.credential_changes",
        (*_WHERE, _REGION, _file("the credentials")),
        "update-credential aws mysecrets --client --file my-credentials.yaml",
        arguments=(1, 2),
    ),
    Verb(
        "remove-credential",
        "<cloud name> <credential name>",
        "Remove a credential for a cloud",
        "cli.credential_changes",
        _WHERE,
        "remove-credential aws mysecrets --client",
        arguments=(2, 2),
    ),
    Verb(
        "default-credential",
        "<cloud name> [<credential name>]",
        "Show, set or reset the default credential for a cloud",
        "cli.cloud_defaults",
        (_RESET,),
        "default-credential aws mysecrets",
        arguments=(1, 2),
    ),
    Verb(
        "autoload-credentials",
        "[<cloud type>]",
        "Look for credentials on this host, and keep those that are chosen",
        "cli.autoload",
        _WHERE,
        "autoload-credentials openstack",
        arguments=(0, 1),
    ),
)
