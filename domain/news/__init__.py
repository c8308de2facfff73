"""The firm's calendar of news: which releases are scheduled, and which were taken off again."""
