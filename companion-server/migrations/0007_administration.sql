-- Who acted, when it was not the person herself: the administrator, with the account that the command named.
ALTER TABLE audit ADD COLUMN actor TEXT;

-- What the workstation called itself when someone last signed in on it.
ALTER TABLE devices ADD COLUMN label TEXT;

-- The audit trail by closed periods. Each is sealed with a hash over its lines and over the seal before it: the oldest whole period can be
-- removed once it is old enough, and nothing else ever can.
CREATE TABLE audit_periods (
    first_id      INTEGER PRIMARY KEY,
    last_id       INTEGER NOT NULL UNIQUE,
    lines         INTEGER NOT NULL,
    newest_at     INTEGER NOT NULL,
    previous_hash BLOB    NOT NULL CHECK (length(previous_hash) = 32),
    hash          BLOB    NOT NULL UNIQUE CHECK (length(hash) = 32),
    sealed_at     INTEGER NOT NULL,
    -- From then on, and only then, its lines may be removed.
    pruned_at     INTEGER,
    CHECK (last_id >= first_id)
) STRICT;

CREATE TRIGGER audit_periods_follow_each_other BEFORE INSERT ON audit_periods
WHEN NEW.pruned_at IS NOT NULL
  OR NEW.first_id <= COALESCE((SELECT MAX(last_id) FROM audit_periods), 0)
  OR EXISTS (SELECT 1 FROM audit WHERE id > COALESCE((SELECT MAX(last_id) FROM audit_periods), 0) AND id < NEW.first_id)
  OR NEW.previous_hash <> COALESCE((SELECT hash FROM audit_periods ORDER BY last_id DESC LIMIT 1), zeroblob(32))
BEGIN
    SELECT RAISE(ABORT, 'a period of the audit trail follows the one before it');
END;
CREATE TRIGGER audit_periods_are_never_removed BEFORE DELETE ON audit_periods BEGIN
    SELECT RAISE(ABORT, 'a seal of the audit trail is never removed');
END;
-- Thirty days: the shortest time that the configuration admits.
CREATE TRIGGER audit_periods_only_become_pruned BEFORE UPDATE ON audit_periods
WHEN OLD.pruned_at IS NOT NULL OR NEW.pruned_at IS NULL
  OR NEW.first_id <> OLD.first_id OR NEW.last_id <> OLD.last_id OR NEW.lines <> OLD.lines OR NEW.newest_at <> OLD.newest_at
  OR NEW.previous_hash <> OLD.previous_hash OR NEW.hash <> OLD.hash OR NEW.sealed_at <> OLD.sealed_at
  OR NEW.pruned_at - OLD.newest_at < 30 * 24 * 60 * 60 * 1000
  OR EXISTS (SELECT 1 FROM audit_periods WHERE last_id < OLD.first_id AND pruned_at IS NULL)
BEGIN
    SELECT RAISE(ABORT, 'only the oldest period of the audit trail is pruned, whole and old enough');
END;

CREATE TRIGGER audit_lines_come_after_every_seal BEFORE INSERT ON audit
WHEN NEW.id > 0 AND NEW.id <= COALESCE((SELECT MAX(last_id) FROM audit_periods), 0)
BEGIN
    SELECT RAISE(ABORT, 'nothing is added to a sealed period of the audit trail');
END;
DROP TRIGGER audit_is_never_removed;
CREATE TRIGGER audit_is_removed_by_whole_periods BEFORE DELETE ON audit
WHEN NOT EXISTS (SELECT 1 FROM audit_periods WHERE pruned_at IS NOT NULL AND OLD.id BETWEEN first_id AND last_id)
BEGIN
    SELECT RAISE(ABORT, 'the audit trail is append-only');
END;
