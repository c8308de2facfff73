"""What the firm knows: events, aggregates, rules, values. Pure: no clock, no network, no driver."""
