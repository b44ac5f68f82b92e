"""Documents of `config` and `model-config`: every setting, its value and its source."""

from collections.abc import Mapping
from typing import cast

from kafkastack.controller.documents.applications import get_application
from kafkastack.controller.documents.facts import Document, Metas, ModelFacts
from kafkastack.controller.documents.snapshot import take_snapshot
from kafkastack.errors import NotFoundError
from kafkastack.model.charm import CharmMeta, OptionMeta
from kafkastack.model.config import effective_values
from kafkastack.model.records import Application, Model
from kafkastack.model.settings import MODEL_SETTINGS, misspelt, typed
from kafkastack.store.store import Reader


def config_document(reader: Reader, model_uuid: str, application: str, metas: Metas) -> Document:
    """Return an application's settings as `config --format json` does."""
    snapshot = take_snapshot(reader, model_uuid)
    record = get_application(snapshot, application)
    meta = metas.get(record.charm, CharmMeta(application))
    return {
        "application": application,
        "application-config": {"trust": _trust(record)},
        "charm": snapshot.charm_of(record).name,
        "settings": {
            name: _setting(option, record, meta) for name, option in sorted(meta.options.items())
        },
    }


def config_value(document: Document, key: str) -> str:
    """Return one setting as `config APP key` prints it: bare, empty when unset."""
    found = {**_settings(document, "settings"), **_settings(document, "application-config")}
    if key not in found:
        known = ", ".join(sorted(found)) or "none"
        raise NotFoundError(
            f'key "{key}" not found in "{document["application"]}" application config or charm '
            "settings",
            f"the settings: {known}",
        )
    return _bare(found[key])


def model_config_document(
    model: Model, facts: ModelFacts, defaults: Mapping[str, str] | None = None
) -> Document:
    """Return {key: {"Value", "Source"}}; `defaults` are the controller's for new models."""
    given = defaults or {}
    values: dict[str, Document] = {
        key: {"Value": setting.default, "Source": "default"}
        for key, setting in MODEL_SETTINGS.items()
    }
    for key, text in model.config.items():
        source = "controller" if given.get(key) == text else "model"
        values[key] = {"Value": typed(key, text), "Source": source}
    values["agent-version"] = {"Value": facts.version, "Source": "model"}
    return dict(sorted(values.items()))


def model_defaults_document(defaults: Mapping[str, str]) -> Document:
    """Return {key: {"default", "controller"}}: what Juju has, and what this controller says."""
    document: Document = {}
    for key, setting in sorted(MODEL_SETTINGS.items()):
        shown: Document = {"default": setting.default}
        if key in defaults:
            shown["controller"] = typed(key, defaults[key])
        document[key] = shown
    for key in misspelt(defaults):
        document[key] = {"default": "", "controller": defaults[key]}
    return dict(sorted(document.items()))


def _settings(document: Document, part: str) -> dict[str, Document]:
    return cast(dict[str, Document], document[part])


def _trust(application: Application) -> Document:
    return {
        "default": False,
        "description": "Does this application have access to trusted credentials",
        "source": "user" if application.trust else "default",
        "type": "bool",
        "value": application.trust,
    }


def _setting(option: OptionMeta, application: Application, meta: CharmMeta) -> Document:
    values = effective_values(meta.options, application.config)
    shown: Document = {}
    if option.default is not None:
        shown["default"] = option.default
    shown["description"] = option.description
    shown["source"] = _source(option, application)
    shown["type"] = option.type
    if option.name in values:
        shown["value"] = values[option.name]
    return shown


def _source(option: OptionMeta, application: Application) -> str:
    if option.name in application.config:
        return "user"
    return "unset" if option.default is None else "default"


def _bare(setting: Document) -> str:
    value = setting.get("value", "")
    return str(value).lower() if isinstance(value, bool) else str(value)
