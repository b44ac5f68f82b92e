"""Where Kafka keeps its metadata: the only place that knows of ZooKeeper."""
