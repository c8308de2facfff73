"""The ways in: HTTP, command line, and the bootstrap that wires them."""
