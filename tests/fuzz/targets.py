"""Targets of the fuzzer, the readers of untrusted input: one row each, with its input made up.

A new reader is one more row. `read` gets what was made up and a folder of its own; it may raise a
KafkastackError and nothing else, and write below `folder / "inside"` and nowhere else.
"""

import io
import json
import tarfile
import warnings
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from kafkastack.controller.api import API
from kafkastack.controller.api.parameters import checked
from kafkastack.controller.server import _read_request
from kafkastack.errors import KafkastackError
from kafkastack.hooktools import juju_exec
from kafkastack.hooktools.tools.settings import map_from
from kafkastack.model import bounded_yaml, charm_files, constraints, ports, storage
from kafkastack.model.bundle import read_bundle
from kafkastack.model.bundle_changes import Present, plan
from kafkastack.model.charm import ActionMeta, OptionMeta
from kafkastack.model.charm_files import CHARM_FILES
from kafkastack.model.config import parse_values
from kafkastack.model.duration import interval_seconds
from kafkastack.model.names import check_application_name
from kafkastack.model.offer_url import parse_offer_url
from kafkastack.model.parameters import parse_parameters, validate_parameters
from kafkastack.model.placement import split_placement
from kafkastack.store.charm_source import take_charm
from kafkastack.system.archives import unpack_tar, unpack_zip
from kafkastack.system.tree_rules import CHARM, SCP
from tests.fakes.world import World
from tests.fuzz.api_calls import call, calls
from tests.fuzz.databags import databags, read_databag
from tests.fuzz.engine_files import (
    ask,
    deploy_names,
    documents,
    named_charms,
    queries,
    read_unit_file,
    scopes,
    unit_files,
)
from tests.fuzz.locks import locks, read_lock
from tests.fuzz.words import maps_of, soup, texts, values, words


@dataclass(frozen=True)
class Target:
    """One reader: its name, what is made up for it, and how it is read."""

    name: str
    made_up: st.SearchStrategy[Any]
    read: Callable[[Any, Path], object]


def _yaml(text: str, _: Path) -> None:
    for value in bounded_yaml.load_documents(text, "f.yaml"):
        json.dumps(value, allow_nan=False).encode()


def _charm_files(made_up: dict[str, str], _: Path) -> None:
    charm_files.metadata_texts(made_up)
    charm_files.libraries(made_up)
    charm_files.parse(made_up)


def _bundle(document: dict[str, Any], _: Path) -> None:
    bundle = read_bundle(document, "bundle.yaml")
    for change in plan(bundle, Present(), bundle.relations):
        change.text.encode()


def _parameters(made_up: tuple[dict[str, Any], dict[str, Any]], _: Path) -> None:
    params, given = made_up
    schemas = {name: one for name, one in params.items() if isinstance(one, dict)}
    validate_parameters(ActionMeta("act", params=schemas), given)


_OPTIONS = {"ratio": OptionMeta("ratio", "float")}


def _words(word: str, _: Path) -> None:
    for read in _OF_WORDS:
        with suppress(KafkastackError):
            read(word)


_OF_WORDS: tuple[Callable[[str], object], ...] = (
    storage.parse_directive,
    lambda word: split_placement(word, 3),
    lambda word: constraints.parse_constraints([word]),
    interval_seconds,
    lambda word: parse_parameters([word]),
    lambda word: ports.opened_ports([word]),
    lambda word: parse_values(_OPTIONS, {"ratio": word}),
    lambda word: check_application_name("application", word, ""),
    lambda word: juju_exec.read_words([word, "true"], "a/0"),
    parse_offer_url,
)


def _api(made_up: tuple[str, dict[str, Any]], _: Path) -> None:
    verb, parameters = made_up
    checked(verb, API[verb], parameters)


def _tool(made_up: tuple[list[str], bytes], folder: Path) -> None:
    inside = folder / "inside"
    inside.mkdir(exist_ok=True)
    world = World(inside)
    try:
        world.run().call(*made_up[0], stdin=made_up[1])
    finally:
        world.store.close()


def _zip(made_up: bytes, folder: Path) -> None:
    (folder / "x.charm").write_bytes(made_up)
    (folder / "inside").mkdir(exist_ok=True)
    unpack_zip(folder / "x.charm", folder / "inside" / "tree", CHARM)


def _charm(made_up: bytes, folder: Path) -> None:
    (folder / "x.charm").write_bytes(made_up)
    (folder / "inside").mkdir(exist_ok=True)
    take_charm(folder / "x.charm", folder / "inside")


def _tar(made_up: bytes, folder: Path) -> None:
    (folder / "inside").mkdir(exist_ok=True)
    unpack_tar(io.BytesIO(made_up), "a", folder / "inside" / "a", SCP)


_paths = st.lists(
    st.sampled_from(["a", "..", ".", "", "/", "l", "f", "dispatch", "metadata.yaml", "x" * 300])
    | st.text(max_size=5),
    min_size=1,
    max_size=4,
).map("/".join)
_modes = st.sampled_from([0o100644, 0o104755, 0o120777, 0o040755, 0o010644, 0o020644, 0o140755, 0])
_links = st.sampled_from([b"..", b"/etc/passwd", b"../../outside", b"a", b"l", b"", b"\xff"])
_contents = st.binary(max_size=200) | _links | texts.map(lambda t: t.encode(errors="replace"))


def _packed(members: list[tuple[str, int, bytes]]) -> bytes:
    stream = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(stream, "w") as archive:
        warnings.simplefilter("ignore")  # a name that is there twice is meant
        for path, mode, content in members:
            entry = zipfile.ZipInfo("x")
            entry.filename = path.encode(errors="replace").decode()
            entry.external_attr = mode << 16
            archive.writestr(entry, content)
    return stream.getvalue()


def _tarred(members: list[tuple[str, bytes, bytes]]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for path, kind, content in members:
            member = tarfile.TarInfo(f"a/{path}".encode(errors="replace").decode())
            member.type, member.linkname = kind, content[:50].decode("latin-1")
            member.size = len(content) if kind == tarfile.REGTYPE else 0
            archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()


def _damaged(archives: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """Return the archives as they are, cut, and with a byte that is another."""

    def change(data: bytes, place: float, byte: int, *, cut: bool) -> bytes:
        at = int(place * max(0, len(data) - 1))
        return data[:at] + (b"" if cut else bytes([byte]) + data[at + 1 :])

    fraction = st.floats(0, 1)
    damaged = st.builds(change, archives, fraction, st.integers(0, 255), cut=st.booleans())
    return archives | damaged | st.binary(max_size=100)


_zips = _damaged(st.lists(st.tuples(_paths, _modes, _contents), max_size=6).map(_packed))
_kinds = st.sampled_from([tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE])
_other_kinds = st.sampled_from([tarfile.FIFOTYPE, tarfile.CHRTYPE, b"?"])
_tars = _damaged(
    st.lists(st.tuples(_paths, _kinds | _other_kinds, _contents), max_size=6).map(_tarred)
)
_metadata = maps_of(
    *("name", "summary", "provides", "requires", "peers", "interface", "limit", "scope"),
    *("storage", "type", "multiple", "range", "minimum-size", "resources", "filename"),
    *("subordinate", "extra-bindings", "assumes", "containers", "options", "default"),
    *("params", "required", "additionalProperties", "charm-libs", "lib", "config", "actions"),
).map(lambda made_up: json.dumps({"name": "a", **made_up}, ensure_ascii=False))
_bundles = maps_of(
    *("applications", "machines", "relations", "saas", "charm", "num_units", "to", "scale"),
    *("options", "resources", "storage", "constraints", "expose", "exposed-endpoints", "offers"),
    *("endpoints", "url", "base", "series", "trust", "bundle", "default-base", "expose-to-cidrs"),
).map(lambda made_up: {"applications": {"a": {"charm": "./a"}}, **made_up})
_schemas = maps_of(
    *("type", "properties", "items", "enum", "required", "pattern", "minimum", "maximum"),
    *("minLength", "maxLength", "minItems", "default", "string", "object", "array", "a"),
)
_tools = st.sampled_from(
    [
        *("relation-set", "relation-get", "state-set", "secret-add", "secret-set", "status-set"),
        *("juju-log", "action-set", "action-fail", "open-port", "storage-add", "config-get"),
        *("network-get", "goal-state", "secret-get", "relation-ids", "unit-get", "leader-set"),
    ]
)
_arguments = st.lists(
    words | st.sampled_from(["--file=-", "-r", "db:1", "--format=json", "a=b", "--", "--app"]),
    max_size=5,
)

_bytes = st.binary() | texts.map(lambda text: text.encode(errors="surrogatepass"))
_calls = st.tuples(st.builds(lambda tool, words_: [tool, *words_], _tools, _arguments), _bytes)
_files = st.dictionaries(st.sampled_from(CHARM_FILES), _metadata | texts)
_of_actions = st.tuples(
    _schemas.map(lambda schema: {"a": schema}), st.fixed_dictionaries({"a": values})
)
_of_api = st.tuples(st.sampled_from(sorted(API)), maps_of("units", "application", "name"))

TARGETS: tuple[Target, ...] = (
    Target("YAML", texts, _yaml),
    Target("YAML of several documents", documents, _yaml),
    Target("files of a charm", _files, _charm_files),
    Target("names that are deployed", named_charms, deploy_names),
    Target("unit files", unit_files, read_unit_file),
    Target("queries of wait-for", st.tuples(queries, scopes), ask),
    Target("bundles", _bundles | st.dictionaries(words, values), _bundle),
    Target("parameters of an action", _of_actions, _parameters),
    Target("words of a command line", words | soup, _words),
    Target("settings of a hook tool", _bytes, lambda data, _: map_from(data)),
    Target("hook tools", _calls, _tool),
    Target("lines of the API", _bytes, lambda line, _: _read_request(line)),
    Target("parameters of the API", _of_api, _api),
    Target("calls of the API", calls(), call),
    Target("locks of packages", locks, read_lock),
    Target("databags", databags, read_databag),
    Target("zip archives", _zips, _zip),
    Target("packed charms", _zips, _charm),
    Target("tar archives", _tars, _tar),
)
