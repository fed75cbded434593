"""How PostgreSQL and Kafka are found or started on one machine, and how they end with whoever started them."""
