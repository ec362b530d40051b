"""Put questions to a model, here or in a server."""
