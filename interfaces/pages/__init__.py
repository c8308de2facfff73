"""Pages for people: one file each, complete in itself, without a script."""
