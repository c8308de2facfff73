"""The schema, as numbered SQL files. An applied file is never edited; add the next number."""
