-- As SQLite's migration 16.
CREATE TABLE environment (
    name TEXT PRIMARY KEY
);
