-- A sign-out that Pro Santé Connect did is remembered until its time is over, without what ended it: its addresses and its return still say so.
-- What an older version sealed has no secret of its own, from which addresses are drawn: only the companion goes on with it.
CREATE TABLE sign_outs_remembered (
    sign_in_id      TEXT    PRIMARY KEY,
    -- Its secret and the ID token; NULL once it is done.
    id_token_sealed BLOB,
    -- Of the address in force.
    ticket_hash     BLOB    UNIQUE,
    state_hash      BLOB    UNIQUE,
    created_at      INTEGER NOT NULL,
    ends_at         INTEGER NOT NULL,
    used_at         INTEGER,
    address_number  INTEGER NOT NULL DEFAULT 0,
    tried_at        INTEGER,
    server_only     INTEGER NOT NULL DEFAULT 0,
    -- Of the cookie of the browser that used an address last; NULL when none did, or none with a cookie.
    browser_hash    BLOB,
    finished_at     INTEGER,
    CHECK ((id_token_sealed IS NULL) = (finished_at IS NOT NULL))
) STRICT;

INSERT INTO sign_outs_remembered
    (sign_in_id, id_token_sealed, ticket_hash, state_hash, created_at, ends_at, used_at, address_number, tried_at, server_only)
SELECT sign_in_id, id_token_sealed, ticket_hash, state_hash, created_at, ends_at, used_at, address_number, tried_at, 1 FROM sign_outs;
DROP TABLE sign_outs;
ALTER TABLE sign_outs_remembered RENAME TO sign_outs;
-- As before: it went with the table.
CREATE TRIGGER sign_outs_come_under_a_key_in_use BEFORE INSERT ON sign_outs
WHEN EXISTS (SELECT 1 FROM forgotten_keys WHERE key_id = substr(NEW.id_token_sealed, 2, 8))
BEGIN
    SELECT RAISE(ABORT, 'sealed under a forgotten key');
END;

-- Every address that a sign-out was given: a browser may come back to any.
CREATE TABLE sign_out_addresses (
    ticket_hash BLOB PRIMARY KEY,
    sign_in_id  TEXT NOT NULL REFERENCES sign_outs (sign_in_id) ON DELETE CASCADE
) STRICT;
CREATE INDEX sign_out_addresses_by_sign_out ON sign_out_addresses (sign_in_id);

-- When the person first said that she asked for nothing, of a session that had ended otherwise: it is traced once.
ALTER TABLE sessions ADD COLUMN objected_at INTEGER;
