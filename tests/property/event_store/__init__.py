"""How appends wait and set out."""
