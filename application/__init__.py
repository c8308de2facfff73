"""What the firm does: commands, handlers, policies, and the ports they ask for. Imports no driver."""
