"""What the counts of a slide say of a user's lists of genes: signatures, programmes, cell types, signals."""
