"""What a unit of Kafka is: the only place that knows what makes a broker."""
