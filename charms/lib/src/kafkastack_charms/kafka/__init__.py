"""Kafka as charms know it: its clients, its listeners, what is asked of brokers."""
