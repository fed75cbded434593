"""What docker-compose.yml starts its containers with."""
