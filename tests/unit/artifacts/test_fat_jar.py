import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kafkastack.artifacts.fat_jar import write_fat_jar
from kafkastack.artifacts.log4j_plugins import merge_plugins

SERVICE = "META-INF/services/java.sql.Driver"
PLUGINS = "META-INF/org/apache/logging/log4j/core/config/plugins/Log4j2Plugins.dat"


def jar(folder, name, entries):
    path = folder / name
    with zipfile.ZipFile(path, "w") as out:
        for entry, content in entries.items():
            out.writestr(entry, content)
    return path


def plugins_file(categories):
    def text(value):
        return struct.pack(">H", len(value)) + value.encode()

    parts = [struct.pack(">i", len(categories))]
    for category, plugins in categories.items():
        parts += [text(category), struct.pack(">i", len(plugins))]
        parts += [text(k) + text(c) + text(k.title()) + b"\1\0" for k, c in plugins.items()]
    return b"".join(parts)


@pytest.fixture
def merged(tmp_path):
    first = jar(
        tmp_path,
        "a-1.jar",
        {
            "a/Main.class": "a",
            "both/X.class": "from a",
            SERVICE: "a.Driver # ours\n",
            "META-INF/LICENSE": "Apache",
            "META-INF/A.SF": "signature",
            "module-info.class": "",
            "META-INF/MANIFEST.MF": "Main-Class: other",
            PLUGINS: plugins_file({"core": {"console": "a.Console"}}),
        },
    )
    second = jar(
        tmp_path,
        "b-1.jar",
        {
            "both/X.class": "from b",
            SERVICE: "b.Driver",
            "META-INF/LICENSE": "MIT",
            PLUGINS: plugins_file({"core": {"file": "b.File"}, "lookup": {"env": "b.Env"}}),
        },
    )
    target = tmp_path / "fat.jar"
    write_fat_jar(target, "a.Main", [second, first])
    with zipfile.ZipFile(target) as out:
        yield {info.filename: out.read(info) for info in out.infolist()}, out.namelist()


def test_nothing_is_there_twice(merged):
    content, names = merged
    assert len(names) == len(set(names))
    assert content["both/X.class"] == b"from a"


def test_services_of_all_jars_are_there(merged):
    assert merged[0][SERVICE] == b"a.Driver\nb.Driver\n"


def test_plugins_of_all_jars_are_there(merged):
    expected = {"core": {"console": "a.Console", "file": "b.File"}, "lookup": {"env": "b.Env"}}
    assert merged[0][PLUGINS] == plugins_file(expected)


def test_the_licence_of_each_jar_is_kept(merged):
    assert merged[0]["META-INF/licenses/a-1/LICENSE"] == b"Apache"
    assert merged[0]["META-INF/licenses/b-1/LICENSE"] == b"MIT"


def test_what_speaks_of_the_old_jar_is_left_out(merged):
    assert not {"META-INF/A.SF", "module-info.class"} & set(merged[1])
    assert merged[0]["META-INF/MANIFEST.MF"].startswith(b"Manifest-Version: 1.0\r\nMain-Class: a.")


def test_the_same_jars_give_the_same_bytes(tmp_path):
    jars = [jar(tmp_path, f"{n}.jar", {f"{n}/Main.class": n, SERVICE: n}) for n in "cab"]
    write_fat_jar(tmp_path / "first.jar", "a.Main", jars)
    write_fat_jar(tmp_path / "second.jar", "a.Main", jars[::-1])
    assert (tmp_path / "first.jar").read_bytes() == (tmp_path / "second.jar").read_bytes()


words = st.text("abc", min_size=1, max_size=3)
categories = st.dictionaries(words, st.dictionaries(words, words, min_size=1), max_size=4)


@given(categories, categories)
def test_merged_plugins_are_those_of_both_and_the_first_counts(first, second):
    both = {
        name: dict(sorted({**second.get(name, {}), **first.get(name, {})}.items()))
        for name in sorted({*first, *second})
    }
    assert merge_plugins([plugins_file(first), plugins_file(second)]) == plugins_file(both)
