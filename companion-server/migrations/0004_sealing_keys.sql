-- Keys of the vault that a rotation has forgotten. Nothing may be sealed under them again: not even by a companion that was slow to learn of it.
CREATE TABLE forgotten_keys (
    key_id       BLOB    PRIMARY KEY,
    forgotten_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The second to ninth bytes of an envelope name its key.
CREATE TRIGGER grants_come_under_a_key_in_use BEFORE INSERT ON grants
WHEN EXISTS (SELECT 1 FROM forgotten_keys WHERE key_id IN (substr(NEW.practitioner_sealed, 2, 8), substr(NEW.tokens_sealed, 2, 8)))
BEGIN
    SELECT RAISE(ABORT, 'sealed under a forgotten key');
END;
CREATE TRIGGER grants_stay_under_a_key_in_use BEFORE UPDATE OF practitioner_sealed, tokens_sealed ON grants
WHEN EXISTS (SELECT 1 FROM forgotten_keys WHERE key_id IN (substr(NEW.practitioner_sealed, 2, 8), substr(NEW.tokens_sealed, 2, 8)))
BEGIN
    SELECT RAISE(ABORT, 'sealed under a forgotten key');
END;
CREATE TRIGGER sign_ins_stay_under_a_key_in_use BEFORE UPDATE OF psc_pending_sealed, typed_code_mac ON sign_ins
WHEN EXISTS (SELECT 1 FROM forgotten_keys WHERE key_id IN (substr(NEW.psc_pending_sealed, 2, 8), substr(NEW.typed_code_mac, 2, 8)))
BEGIN
    SELECT RAISE(ABORT, 'sealed under a forgotten key');
END;
CREATE TRIGGER sign_outs_come_under_a_key_in_use BEFORE INSERT ON sign_outs
WHEN EXISTS (SELECT 1 FROM forgotten_keys WHERE key_id = substr(NEW.id_token_sealed, 2, 8))
BEGIN
    SELECT RAISE(ABORT, 'sealed under a forgotten key');
END;
