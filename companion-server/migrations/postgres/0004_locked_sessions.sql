-- As SQLite's migration 17.
ALTER TABLE sessions ADD COLUMN locked_at BIGINT;
