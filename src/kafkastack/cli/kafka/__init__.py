"""The Kafka developer's lane: a Kafka of one's own, over deploy, integrate and run."""
