"""PostgreSQL itself: how sessions are opened, pooled and migrated, whatever they store."""
