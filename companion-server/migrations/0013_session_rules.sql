-- A session keeps the rules that its group had when it opened as one value: a new rule is no new column. What it ends by is a moment, so that
-- nobody has to compute it from the rules to find what ran out.
ALTER TABLE sessions ADD COLUMN rules TEXT NOT NULL DEFAULT '{}';
ALTER TABLE sessions ADD COLUMN idle_ends_at INTEGER NOT NULL DEFAULT 0;
UPDATE sessions SET
    rules = json_object('idle_limit_s', idle_limit_s, 'shared_workstation', json(iif(shared_workstation, 'true', 'false'))),
    idle_ends_at = last_activity_at + idle_limit_s * 1000;
ALTER TABLE sessions DROP COLUMN idle_limit_s;
ALTER TABLE sessions DROP COLUMN shared_workstation;
DROP INDEX sessions_by_activity;
CREATE INDEX sessions_by_idle_end ON sessions (idle_ends_at) WHERE ended IS NULL;
