"""Old events in files outside the database: how they get there, and what proves them."""
