-- A hash over the lines of a day by itself: what a seal says of its day (numbers, count, moments) is under it too, and can still be held against
-- it once the lines are gone. Seals of before have none.
ALTER TABLE audit_periods ADD COLUMN content BYTEA CHECK (length(content) = 32);

CREATE OR REPLACE FUNCTION check_seal_of_trail() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last_sealed BIGINT := (SELECT COALESCE(MAX(last_id), 0) FROM audit_periods);
BEGIN
    IF NEW.pruned_at IS NOT NULL
       OR NEW.content IS NULL
       OR NEW.first_id <= last_sealed
       OR EXISTS (SELECT 1 FROM audit WHERE id > last_sealed AND id < NEW.first_id)
       OR NEW.previous_hash <> COALESCE((SELECT hash FROM audit_periods ORDER BY last_id DESC LIMIT 1), decode(repeat('00', 32), 'hex'))
       OR NEW.last_id > COALESCE((SELECT MAX(id) FROM audit), 0)
       OR NEW.lines <> (SELECT COUNT(*) FROM audit WHERE id BETWEEN NEW.first_id AND NEW.last_id) THEN
        RAISE EXCEPTION 'a period of the audit trail follows the one before it' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION check_pruning_of_trail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.pruned_at IS NOT NULL OR NEW.pruned_at IS NULL
       OR NEW.first_id <> OLD.first_id OR NEW.last_id <> OLD.last_id OR NEW.lines <> OLD.lines OR NEW.newest_at <> OLD.newest_at
       OR NEW.previous_hash <> OLD.previous_hash OR NEW.hash <> OLD.hash OR NEW.sealed_at <> OLD.sealed_at
       OR NEW.content IS DISTINCT FROM OLD.content
       OR NEW.pruned_at - OLD.newest_at < 30::BIGINT * 24 * 60 * 60 * 1000
       OR EXISTS (SELECT 1 FROM audit_periods WHERE last_id < OLD.first_id AND pruned_at IS NULL) THEN
        RAISE EXCEPTION 'only the oldest period of the audit trail is pruned, whole and old enough' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
