-- What a statement may do to the trail without a trigger being dropped first. `INSERT OR REPLACE` removes a row without any trigger on removals
-- being asked, unless the connection wants it so: what stands is refused again, whoever connects.
CREATE TRIGGER audit_lines_take_no_place BEFORE INSERT ON audit
WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)
  -- A number drawn by the database is not known yet, and reads as less than any.
  OR NEW.id > COALESCE((SELECT MAX(id) FROM audit), (SELECT MAX(last_id) FROM audit_periods), 0) + 1
BEGIN
    SELECT RAISE(ABORT, 'the audit trail is append-only');
END;
CREATE TRIGGER audit_lines_are_numbered_upwards AFTER INSERT ON audit
WHEN NEW.id < 1
  OR NEW.id < (SELECT MAX(id) FROM audit)
  OR NEW.id <= COALESCE((SELECT MAX(last_id) FROM audit_periods), 0)
BEGIN
    SELECT RAISE(ABORT, 'a line of the audit trail comes after all others');
END;
CREATE TRIGGER audit_periods_take_no_place BEFORE INSERT ON audit_periods
WHEN EXISTS (SELECT 1 FROM audit_periods WHERE first_id = NEW.first_id OR last_id = NEW.last_id OR hash = NEW.hash)
  OR NEW.last_id > COALESCE((SELECT MAX(id) FROM audit), 0)
  OR NEW.lines <> (SELECT COUNT(*) FROM audit WHERE id BETWEEN NEW.first_id AND NEW.last_id)
BEGIN
    SELECT RAISE(ABORT, 'a seal of the audit trail is never removed');
END;
