"""A company's certificates are trusted by all that we start, whichever variable names them."""

import pytest

from kafkastack.artifacts.certificates import ca_bundle, uv_environment
from kafkastack.errors import PreflightError


def test_the_first_of_the_usual_variables_counts():
    assert ca_bundle({"SSL_CERT_FILE": "/ca.pem"}) == "/ca.pem"
    assert ca_bundle({"SSL_CERT_FILE": "/ca.pem", "REQUESTS_CA_BUNDLE": "/b.pem"}) == "/b.pem"
    assert ca_bundle({}) is None


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"PIP_CERT": "/pip.pem"}, "/pip.pem"),
        ({"SSL_CERT_FILE": "/uv.pem", "PIP_CERT": "/pip.pem"}, "/uv.pem"),
        ({}, None),
    ],
)
def test_uv_is_told_of_what_the_others_read(monkeypatch, given, told):
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "PIP_CERT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)

    assert uv_environment().get("SSL_CERT_FILE") == told


def test_a_cache_of_uv_that_others_may_write_is_refused(monkeypatch, tmp_path):
    tmp_path.chmod(0o777)
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    with pytest.raises(PreflightError, match="or set UV_CACHE_DIR"):
        uv_environment()
