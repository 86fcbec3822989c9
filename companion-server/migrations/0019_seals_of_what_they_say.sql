-- A hash over the lines of a day by itself: what a seal says of its day (numbers, count, moments) is under it too, and can still be held against
-- it once the lines are gone. Seals of before have none.
ALTER TABLE audit_periods ADD COLUMN content BLOB CHECK (length(content) = 32);

CREATE TRIGGER audit_periods_hold_their_content BEFORE INSERT ON audit_periods
WHEN NEW.content IS NULL
BEGIN
    SELECT RAISE(ABORT, 'a period of the audit trail is sealed with its content');
END;
DROP TRIGGER audit_periods_only_become_pruned;
CREATE TRIGGER audit_periods_only_become_pruned BEFORE UPDATE ON audit_periods
WHEN OLD.pruned_at IS NOT NULL OR NEW.pruned_at IS NULL
  OR NEW.first_id <> OLD.first_id OR NEW.last_id <> OLD.last_id OR NEW.lines <> OLD.lines OR NEW.newest_at <> OLD.newest_at
  OR NEW.previous_hash <> OLD.previous_hash OR NEW.hash <> OLD.hash OR NEW.sealed_at <> OLD.sealed_at
  OR NEW.content IS NOT OLD.content
  OR NEW.pruned_at - OLD.newest_at < 30 * 24 * 60 * 60 * 1000
  OR EXISTS (SELECT 1 FROM audit_periods WHERE last_id < OLD.first_id AND pruned_at IS NULL)
BEGIN
    SELECT RAISE(ABORT, 'only the oldest period of the audit trail is pruned, whole and old enough');
END;
