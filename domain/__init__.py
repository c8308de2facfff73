"""What the firm knows: events, aggregates, rules and values. Pure: no clock, no network, no driver."""
