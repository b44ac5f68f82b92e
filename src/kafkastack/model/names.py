"""Names for an application, an offer and what stands for one, as in Juju."""

import re

from kafkastack.errors import KafkastackError
from kafkastack.model.bounds import check_name

_NAME = re.compile(r"[a-z][a-z0-9]*(-[0-9]*[a-z][a-z0-9]*)*")


def check_application_name(what: str, name: str, advice: str) -> str:
    """Return the name of what is named, if it is one."""
    check_name(f"{what} name", name)
    if not _NAME.fullmatch(name):
        raise KafkastackError(
            f'invalid {what} name "{name}": it may contain lowercase letters, digits and '
            "hyphens, and begins with a letter",
            advice,
        )
    return name
