"""Rule packs as data, and the pure functions that judge an account by them."""
