import pytest

from kafkastack.artifacts.remotes import Remote, read_remote
from kafkastack.errors import PreflightError

HEAD = '<settings xmlns="http://maven.apache.org/SETTINGS/1.2.0">'


def settings(tmp_path, body, head=HEAD):
    path = tmp_path / "settings.xml"
    path.write_text(f"{head}{body}</settings>")
    return path


def mirror(of, url="https://nexus.example/maven/", name="corp"):
    return f"<mirror><id>{name}</id><mirrorOf>{of}</mirrorOf><url>{url}</url></mirror>"


def test_without_settings_it_is_maven_central(tmp_path):
    assert read_remote(tmp_path / "settings.xml", {}) == Remote()


@pytest.mark.parametrize("of", ["*", "central", "external:*", "other,central", "*,!other"])
@pytest.mark.parametrize("head", [HEAD, "<settings>"], ids=["namespace", "plain"])
def test_a_mirror_of_central_takes_its_place(tmp_path, of, head):
    path = settings(tmp_path, f"<mirrors>{mirror(of)}</mirrors>", head)
    assert read_remote(path, {}).url == "https://nexus.example/maven"


@pytest.mark.parametrize("of", ["other", "*,!central", "external:http:*"])
def test_a_mirror_of_something_else_does_not(tmp_path, of):
    assert read_remote(settings(tmp_path, f"<mirrors>{mirror(of)}</mirrors>"), {}) == Remote()


def test_the_first_mirror_counts(tmp_path):
    both = mirror("*", "https://first.example") + mirror("central", "https://second.example")
    assert read_remote(settings(tmp_path, f"<mirrors>{both}</mirrors>"), {}).url.endswith(
        "first.example"
    )


def test_a_server_gives_user_and_password_from_the_environment(tmp_path):
    server = "<server><id>corp</id><username>me</username><password>${env.PW}</password></server>"
    path = settings(tmp_path, f"<servers>{server}</servers><mirrors>{mirror('*')}</mirrors>")
    remote = read_remote(path, {"PW": "hunter2"})
    assert remote.auth == ("me", "hunter2")
    assert "hunter2" not in repr(remote)


PROXY = "<proxy>{}<host>proxy.example</host><port>3128</port>{}</proxy>"


def test_a_proxy_is_used(tmp_path):
    login = "<username>me</username><password>pw</password>"
    path = settings(tmp_path, f"<proxies>{PROXY.format('', login)}</proxies>")
    assert read_remote(path, {}).proxies["https"] == "http://me:pw@proxy.example:3128"


@pytest.mark.parametrize(
    ("before", "after"),
    [("<active>false</active>", ""), ("", "<nonProxyHosts>other|*.example</nonProxyHosts>")],
    ids=["not active", "not for this host"],
)
def test_a_proxy_is_not_used(tmp_path, before, after):
    proxies = f"<proxies>{PROXY.format(before, after)}</proxies>"
    path = settings(tmp_path, f"{proxies}<mirrors>{mirror('*')}</mirrors>")
    assert read_remote(path, {}).proxies == {}


def test_settings_that_cannot_be_read_are_named(tmp_path):
    path = tmp_path / "settings.xml"
    path.write_text("<settings>")
    with pytest.raises(PreflightError, match=f"cannot read {path}"):
        read_remote(path, {})
