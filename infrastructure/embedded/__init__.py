"""PostgreSQL and Redis out of their wheels, for a machine that runs neither."""
