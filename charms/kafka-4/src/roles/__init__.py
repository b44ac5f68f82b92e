"""Roles of a unit of Kafka 4: the only package that knows what makes a broker or a controller."""
