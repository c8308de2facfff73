"""Where the tree and its checkpoints are kept, and what signs them."""
