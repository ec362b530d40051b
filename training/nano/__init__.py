"""Train the bundled base from scratch on synthetic tissue."""
