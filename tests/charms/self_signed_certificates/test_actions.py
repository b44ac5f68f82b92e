"""Answers of the authority's actions, and the unit's status."""

import json
from dataclasses import replace

import ops
import pytest
from cryptography import x509
from ops import testing

ACTIVE = "active-ca-certificates"


def started(context, **state) -> testing.State:
    return context.run(context.on.config_changed(), testing.State(leader=True, **state))


def failure_of(context, action: str, state: testing.State) -> str:
    with pytest.raises(testing.ActionFailed) as failure:
        context.run(context.on.action(action), state)
    return failure.value.message


def test_the_ca_certificate_is_shown(context):
    state = started(context)

    context.run(context.on.action("get-ca-certificate"), state)

    shown = context.action_results["ca-certificate"]
    assert shown == state.get_secret(label=ACTIVE).tracked_content["ca-certificate"]


def test_there_is_no_ca_certificate_before_the_first_hooks(context):
    message = failure_of(context, "get-ca-certificate", testing.State(leader=True))

    assert message == "Root Certificate is not yet generated"


def test_issued_certificates_are_shown_as_a_json_list(context, make_csr, requesting):
    csr = make_csr()
    state = started(context, relations=[requesting(csr)])

    context.run(context.on.action("get-issued-certificates"), state)

    (entry,) = json.loads(context.action_results["certificates"])
    assert entry["csr"] == csr
    assert set(entry) == {"csr", "certificate", "ca", "chain", "revoked"}


def test_nothing_issued_is_said_so(context):
    message = failure_of(context, "get-issued-certificates", testing.State(leader=True))

    assert message == "No certificates issued yet."


def test_rotation_makes_a_new_key_and_signs_everything_with_it(context, make_csr, requesting):
    relation = requesting(make_csr(), ca=False)
    before = started(context, relations=[relation])

    after = context.run(context.on.action("rotate-private-key"), before)

    assert context.action_results == {
        "result": "New private key and CA certificate generated and stored."
    }
    old, new = (state.get_secret(label=ACTIVE) for state in (before, after))
    assert new.latest_content["private-key"] != old.tracked_content["private-key"]
    (entry,) = json.loads(after.get_relation(relation.id).local_app_data["certificates"])
    assert entry["ca"] == new.latest_content["ca-certificate"]
    certificate, root = (
        x509.load_pem_x509_certificate(entry[key].encode()) for key in ("certificate", "ca")
    )
    certificate.verify_directly_issued_by(root)


@pytest.mark.parametrize("action", ["rotate-private-key", "get-issued-certificates"])
def test_a_follower_sends_people_to_the_leader(context, action):
    message = failure_of(context, action, testing.State(leader=False))

    assert message == "This action can only be run on the leader unit."


def test_rotation_with_bad_options_changes_nothing_and_names_them(context):
    state = replace(started(context), config={"ca-common-name": ""})

    message = failure_of(context, "rotate-private-key", state)

    assert "ca-common-name" in message


def test_a_leader_with_good_options_is_active(context):
    assert started(context).unit_status == ops.ActiveStatus()


def test_a_follower_says_that_scaling_is_not_implemented(context):
    out = context.run(context.on.start(), testing.State(leader=False))

    assert out.unit_status == ops.BlockedStatus("Scaling is not implemented for this charm")


@pytest.mark.parametrize(
    ("config", "invalid"),
    [
        ({"ca-common-name": ""}, ["ca-common-name"]),
        ({"ca-common-name": "x" * 65}, ["ca-common-name"]),
        ({"ca-country-name": "Germany"}, ["ca-country-name"]),
        ({"ca-email-address": "nobody"}, ["ca-email-address"]),
        ({"certificate-validity": "90y"}, ["certificate-validity", "root-ca-validity"]),
        ({"certificate-validity": "0d"}, ["certificate-validity", "root-ca-validity"]),
        ({"root-ca-validity": "999999w"}, ["certificate-validity", "root-ca-validity"]),
        ({"root-ca-validity": "179d"}, ["certificate-validity", "root-ca-validity"]),
        ({"root-ca-validity": ""}, ["certificate-validity", "root-ca-validity"]),
        (
            {"ca-common-name": "", "root-ca-validity": "soon"},
            ["ca-common-name", "certificate-validity", "root-ca-validity"],
        ),
    ],
)
def test_each_bad_option_blocks_by_name(context, config, invalid):
    out = started(context, config=config)

    assert out.unit_status == ops.BlockedStatus(
        f"The following configuration values are not valid: {invalid}"
    )
    assert not out.secrets


@pytest.mark.parametrize(
    ("text", "hours"), [("90", 2160), ("90d", 2160), ("12h", 12), ("2w", 336), ("60m", 1)]
)
def test_durations_are_read_in_every_unit(text, hours):
    from options import parse_duration

    duration = parse_duration(text)

    assert duration is not None
    assert duration.total_seconds() == hours * 3600
