"""Metadata of Kafka 4: the only package that knows of KRaft."""
