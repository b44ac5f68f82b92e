"""Roles of a unit of Kafka 3: the only package that knows what makes a broker."""
