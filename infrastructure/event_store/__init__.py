"""The log in PostgreSQL, behind the recorder and mapper seams of the `eventsourcing` library."""
