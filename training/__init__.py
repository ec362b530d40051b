"""Train the bundled base and fine-tune vision-language models on NicheLens datasets."""
