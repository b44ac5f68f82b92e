"""Metadata of Kafka 3: the only package that knows of ZooKeeper."""
