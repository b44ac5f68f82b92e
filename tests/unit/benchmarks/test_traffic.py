"""What the workload takes for a refusal, from what librdkafka says."""

import pytest
from confluent_kafka import KafkaError
from traffic import is_refusal

BEGIN = "sasl_ssl://127.0.0.1:9093/100: "
HANDSHAKE = "SASL SCRAM-SHA-512 mechanism handshake failed: "


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (KafkaError._AUTHENTICATION, "SASL authentication error: Authentication failed"),
        (KafkaError._AUTHENTICATION, HANDSHAKE + "Broker: Unsupported SASL mechanism"),
        (KafkaError.SASL_AUTHENTICATION_FAILED, "Broker: SASL Authentication failed"),
        (KafkaError.GROUP_AUTHORIZATION_FAILED, "Broker: Group authorization failed"),
    ],
)
def test_what_a_broker_answers_is_a_refusal(code: int, text: str):
    assert is_refusal(KafkaError(code, BEGIN + text))


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (KafkaError._AUTHENTICATION, HANDSHAKE + "Local: Broker transport failure: broker's"),
        (KafkaError._AUTHENTICATION, "SaslAuthenticateRequest failed: Local: Timed out"),
        (KafkaError._TRANSPORT, "Disconnected"),
        (KafkaError._ALL_BROKERS_DOWN, "6/6 brokers are down"),
    ],
)
def test_a_connection_that_ends_in_the_middle_of_a_login_is_none(code: int, text: str):
    assert not is_refusal(KafkaError(code, BEGIN + text))
