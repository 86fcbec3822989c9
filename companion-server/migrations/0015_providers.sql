-- Whoever identifies people has a name: attempts, what was granted to them and what is owed of them say whose they are; an account has one
-- identity or more.

-- Not in the accounts any more, which may come by another way than a national id.
PRAGMA defer_foreign_keys = ON;
CREATE TABLE accounts_before AS SELECT id, national_id, created_at, last_sign_in_at FROM accounts;
DROP TABLE accounts;
CREATE TABLE accounts (
    id              INTEGER PRIMARY KEY,
    created_at      INTEGER NOT NULL,
    last_sign_in_at INTEGER
) STRICT;
INSERT INTO accounts (id, created_at, last_sign_in_at) SELECT id, created_at, last_sign_in_at FROM accounts_before;

CREATE TABLE identities (
    -- As the configuration names it.
    provider   TEXT    NOT NULL,
    -- By what it knows the person for good: for `psc`, her national id.
    subject    TEXT    NOT NULL,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    PRIMARY KEY (provider, subject)
) STRICT;
CREATE INDEX identities_by_account ON identities (account_id);
INSERT INTO identities (provider, subject, account_id) SELECT 'psc', national_id, id FROM accounts_before;
DROP TABLE accounts_before;

ALTER TABLE sign_ins ADD COLUMN provider TEXT NOT NULL DEFAULT 'psc';
ALTER TABLE sign_ins RENAME COLUMN psc_state_hash TO provider_state_hash;
ALTER TABLE sign_ins RENAME COLUMN psc_pending_sealed TO pending_sealed;
ALTER TABLE grants ADD COLUMN provider TEXT NOT NULL DEFAULT 'psc';
ALTER TABLE grants RENAME COLUMN psc_over TO provider_over;
ALTER TABLE sign_outs ADD COLUMN provider TEXT NOT NULL DEFAULT 'psc';
-- Until when a companion asks the provider: of several over one memory, another one does not ask meanwhile.
ALTER TABLE sign_outs ADD COLUMN told_until INTEGER NOT NULL DEFAULT 0;
