"""What is traded and when: contracts, prices, trading days."""
