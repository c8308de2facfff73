"""What the firm does: commands, handlers, policies, and the ports they need. Knows no driver."""
