-- As SQLite's migration 18.
ALTER TABLE asked_anew ADD COLUMN locked_at BIGINT;
