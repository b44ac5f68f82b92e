"""Files that say which packages a charm wants: their pieces, in any order, and other texts."""

from pathlib import Path

from hypothesis import strategies as st

from kafkastack.artifacts.charm_packages import read_wanted
from kafkastack.artifacts.python_target import Target
from tests.fuzz.words import texts, words

_TOML = (
    *("[[package]]\n", "[tool.poetry]\n", "[tool.poetry.dependencies]\n", "[project]\n"),
    *("[metadata]\n", "[package.dependencies]\n", "[tool.poetry.group.dev.dependencies]\n"),
    *("[package.source]\n", "[package.extras]\n", "[dependency-groups]\n", "[[package.files]]\n"),
    *('name = "a"\n', 'version = "1.0"\n', 'a = "^1"\n', 'b = {extras = ["x"]}\n', "a = 1\n"),
    *('a = [{version = "*", markers = "x"}]\n', "dependencies = [\"a>=1; extra == 'b'\"]\n"),
    *('files = [{file = "a", hash = "sha256:0"}]\n', 'python = ">=3.8,<4"\n', 'url = "../b"\n'),
    *('type = "git"\n', 'path = "/etc"\n', 'b = {path = ".."}\n', 'requires-python = "x"\n'),
    *('groups = ["main", 1]\n', 'markers = "os_name == 1"\n', 'dev = [{include-group = "dev"}]\n'),
    *("optional = true\n", 'extras = {x = ["b"]}\n', 'version = "1!2.post.dev+ü"\n', "x = [" * 99),
    *('name = "' + "a" * 5000 + '"\n', 'a = "' + "^" * 99 + '"\n', "a.b.c.d = 1979-13-01\n"),
)
_LINES = (
    *("a==1.0", "b>=", "-r requirements.txt\n", "-r other.txt\n", "-c c.txt\n", "-e .\n", "./a\n"),
    *(" --hash=sha256:0", " \\\n", "; python_version < '3'", "; " + "(" * 500, "--index-url x\n"),
    *(
        "a @ file:///etc\n",
        "git+https://x/y\n",
        "[x,y]",
        "../a\n",
        "--pre\n",
        "${HOME}\n",
    ),
    *("/etc/passwd\n", "-r /dev/zero\n", "\n", "'", '"', "a" * 5000, "===", "~=1", "*", "\x85"),
)
_pieces = st.lists(st.sampled_from(_TOML) | words, max_size=12).map("".join)
_lists = st.lists(st.sampled_from(_LINES) | words, max_size=12).map("".join)
_plugin = st.sampled_from(["charm", "poetry", "python", "uv", ""]).map(
    lambda plugin: f"parts: {{charm: {{plugin: {plugin}}}}}" if plugin else "{}"
)

locks = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(("poetry.lock", "pyproject.toml", "uv.lock"), _pieces | texts),
        **dict.fromkeys(("requirements.txt", "packages.txt", "exported"), _lists | texts),
        "charmcraft.yaml": _plugin | texts,
    },
)


def read_lock(made_up: dict[str, str], folder: Path) -> None:
    """Read what a charm of these files wants, as requirement lines."""
    charm = folder / "inside"
    charm.mkdir()
    files = {**dict.fromkeys(["dispatch"], ""), **made_up}
    exported = files.pop("exported", "")
    for name, text in files.items():
        (charm / name).write_bytes(text.encode(errors="replace"))
    wanted = read_wanted(charm, Target("3.11.7"), exported).wanted
    for pin in wanted.pins:
        assert "\n" not in pin.requirement
