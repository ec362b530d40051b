"""Questions of an evaluation: read from a dataset, with altered pictures, or about altered slides."""
