"""Apache Kafka: its jars and settings for one machine, its users and rights wherever it runs."""
