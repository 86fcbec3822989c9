-- Since when a session gives nothing any more until its person signs in again; milliseconds since 1970.
ALTER TABLE sessions ADD COLUMN locked_at INTEGER;
