"""Actions of a charm: each returns its results or raises the reason why there are none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import ops

from kafkastack_charms import tls
from kafkastack_charms.credentials import is_password, new_password
from kafkastack_charms.server_charm import ServerCharm

Results = dict[str, Any]
Work = Callable[[ops.ActionEvent], Results]

NO_CA = "Relate the application to a CA first: juju integrate {app}:certificates …"
BAD_CHARACTERS = (
    "A password has 1 to 128 printable characters without blanks, quotes, backslashes or $."
)


class RefusedError(Exception):
    """An action that cannot be done now; the message says why."""


class Actions(ops.Object):
    """Observer of actions; a table says who does each, by its name with underscores."""

    def __init__(self, charm: ServerCharm, table: Mapping[str, Work]) -> None:
        super().__init__(charm, "actions")
        self._charm = charm
        self._table = {"set_tls_private_key": self._set_private_key, **table}
        for name in self._table:
            if name.replace("_", "-") in charm.meta.actions:
                self.framework.observe(charm.on[name].action, self._run)

    def _run(self, event: ops.ActionEvent) -> None:
        try:
            event.set_results(self._table[event.handle.kind.removesuffix("_action")](event))
        except RefusedError as refused:
            event.fail(str(refused))

    def _set_private_key(self, event: ops.ActionEvent) -> Results:
        requirer = self._charm.requirer
        if requirer is None:
            raise RefusedError(NO_CA.format(app=self._charm.app.name))
        try:
            tls.replace_key(requirer, event.params.get("internal-key"))
        except tls.BadKeyError as error:
            raise RefusedError(str(error)) from error
        return {"result": "a certificate for the new private key has been requested"}


def choose_password(given: object) -> str:
    """Return the password that an action was given, else a new one."""
    password = str(given or new_password())
    if not is_password(password):
        raise RefusedError(BAD_CHARACTERS)
    return password
