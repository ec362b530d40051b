"""Fine-tune a base with LoRA on a dataset, and publish the adapter."""
