-- As SQLite's migration 15; the comments on what columns mean stand there.

CREATE TABLE identities (
    provider   TEXT   NOT NULL,
    subject    TEXT   NOT NULL,
    account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    PRIMARY KEY (provider, subject)
);
CREATE INDEX identities_by_account ON identities (account_id);
INSERT INTO identities (provider, subject, account_id) SELECT 'psc', national_id, id FROM accounts;
ALTER TABLE accounts DROP COLUMN national_id;

ALTER TABLE sign_ins ADD COLUMN provider TEXT NOT NULL DEFAULT 'psc';
ALTER TABLE sign_ins RENAME COLUMN psc_state_hash TO provider_state_hash;
ALTER TABLE sign_ins RENAME COLUMN psc_pending_sealed TO pending_sealed;
CREATE OR REPLACE FUNCTION check_keys_of_sign_ins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF is_forgotten(NEW.pending_sealed) OR is_forgotten(NEW.typed_code_mac) THEN
        RAISE EXCEPTION 'sealed under a forgotten key' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
ALTER TABLE grants ADD COLUMN provider TEXT NOT NULL DEFAULT 'psc';
ALTER TABLE grants RENAME COLUMN psc_over TO provider_over;
ALTER TABLE sign_outs ADD COLUMN provider TEXT NOT NULL DEFAULT 'psc';
-- Until when a companion asks the provider: another one does not ask meanwhile.
ALTER TABLE sign_outs ADD COLUMN told_until BIGINT NOT NULL DEFAULT 0;
