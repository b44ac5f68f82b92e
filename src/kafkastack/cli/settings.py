"""model-config, model-defaults: keys shown, set, reset, read from a file."""

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple, cast

from kafkastack.cli.formats.data import to_json, to_yaml
from kafkastack.cli.formats.tables import model_config_table, model_defaults_table
from kafkastack.cli.session import controller_target, key_values, model_target, read_map
from kafkastack.errors import NotFoundError, UsageError
from kafkastack.gnuflag import Parsed
from kafkastack.model.settings import FIXED, misspelt, shown
from kafkastack.model.text import visible

Table = Callable[[dict[str, Any]], tuple[str, str]]
"""A document → what goes to stdout, and to stderr."""


class Words(NamedTuple):
    """What a command line about settings asks: to set, to reset, or to show."""

    values: dict[str, str]
    reset: list[str]
    keys: list[str]

    @property
    def writes(self) -> bool:
        """Report whether something is to be changed."""
        return bool(self.values or self.reset)


def read_words(parsed: Parsed, words: tuple[str, ...], whose: str) -> Words:
    """Read `key`, `key=value`, --reset and --file; UsageError when they do not go together."""
    given = key_values([word for word in words if "=" in word])
    keys = [word for word in words if "=" not in word]
    reset = [key for text in parsed.lists.get("reset", []) for key in text.split(",") if key]
    values = {**_from_file(parsed), **given}
    if values and keys:
        raise UsageError(f"cannot set and retrieve {whose} values simultaneously")
    if reset and keys:
        raise UsageError(f"cannot reset and retrieve {whose} values simultaneously")
    if len(keys) > 1:
        raise UsageError("can only retrieve a single value, or all values")
    for key in reset:
        if key in values:
            raise UsageError(f'cannot set and reset key "{key}" simultaneously')
    return Words(values, reset, keys)


def _from_file(parsed: Parsed) -> dict[str, str]:
    """Return the settings of --file; what the output of this verb in YAML holds fits, too."""
    if not parsed["file"]:
        return {}
    path = Path(parsed["file"])
    ignored = FIXED if parsed.is_set("ignore-read-only-fields") else ()
    return {key: shown(_value(v)) for key, v in read_map(path).items() if key not in ignored}


def _value(entry: Any) -> object:
    """Return a setting's value; an entry of this verb's own output holds it as `value`."""
    return cast(dict[str, Any], entry).get("value", "") if isinstance(entry, dict) else entry


def warn_of_unknown(keys: Iterable[str]) -> None:
    """Tell which keys nobody knows; they are kept, as Juju keeps them."""
    for key in misspelt(keys):
        print(
            f'WARNING key "{visible(key)}" is not defined in the current model configuration: '
            "possible misspelling",
            file=sys.stderr,
        )


def model_config(parsed: Parsed) -> int:
    """Show or set the configuration of a model."""
    target = model_target(parsed)
    words = read_words(parsed, parsed.positional, "model")
    warn_of_unknown([*words.values, *words.reset])
    document = target.call("model-config", **words._asdict())
    if words.writes:
        return 0
    if words.keys and parsed["format"] == "tabular":
        print(shown(document[words.keys[0]]["Value"]))
        return 0
    if parsed["format"] == "yaml":
        document = {
            key: {name.lower(): value for name, value in setting.items()}
            for key, setting in document.items()
        }
    return show(document, parsed["format"], model_config_table)


def model_defaults(parsed: Parsed) -> int:
    """Show or set what new models are set to."""
    target = controller_target(parsed)
    _refuse_elsewhere(parsed, target.call("show-controller"))
    asked = read_words(parsed, parsed.positional, "model default")
    warn_of_unknown([*asked.values, *asked.reset])
    document = target.call("model-defaults", **asked._asdict())
    if asked.writes:
        return 0
    return show(document, parsed["format"], model_defaults_table)


def _refuse_elsewhere(parsed: Parsed, controller: dict[str, Any]) -> None:
    """Refuse a cloud or a region that the controller is not on."""
    for kind in ("cloud", "region"):
        if parsed[kind] not in ("", controller[kind]):
            raise NotFoundError(
                f'{kind} "{parsed[kind]}" not found on the controller',
                f"it is on {controller['cloud']}/{controller['region']}",
            )


def show(document: dict[str, Any], form: str, table: Table) -> int:
    """Print a document as JSON, YAML or as its table."""
    if form == "tabular":
        out, err = table(document)
        print(out, end="")
        print(err, end="", file=sys.stderr)
    else:
        print(to_json(document) if form == "json" else to_yaml(document), end="")
    return 0
