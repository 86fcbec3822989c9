-- Presence at the app is proved by whichever exchange the session comes, so that letters may be due beside a code too.

CREATE TABLE sign_ins_with_proofs_of_presence (
    id                  TEXT    PRIMARY KEY,
    state               TEXT    NOT NULL CHECK (state IN ('created', 'opened', 'at_psc', 'exchanging', 'authenticated', 'confirmed', 'redeemed',
                                                          'declined', 'expired', 'cancelled', 'failed', 'burned')),
    error_code          INTEGER,
    jkt                 TEXT    NOT NULL,
    app_address         TEXT    NOT NULL,
    exchange            TEXT    NOT NULL CHECK (exchange IN ('loopback', 'scheme', 'polling')),
    -- Group of workstations it was started from; NULL for the default one.
    group_name          TEXT,
    redirect_uri        TEXT,
    code_challenge      TEXT    NOT NULL,
    app_state           TEXT,
    device_label        TEXT,
    match_number        TEXT    NOT NULL,
    -- The three numbers of the page where presence at the app is proved, separated by spaces: drawn once, so that a reload tells nothing.
    number_choices      TEXT,
    request_hash        BLOB    NOT NULL UNIQUE,
    cookie_hash         BLOB    UNIQUE,
    browser_address     TEXT,
    psc_state_hash      BLOB    UNIQUE,
    -- Nonce and verifier of the request to Pro Santé Connect.
    psc_pending_sealed  BLOB,
    account_id          INTEGER REFERENCES accounts (id),
    confirmation_reason TEXT,
    identity_changed    INTEGER NOT NULL DEFAULT 0,
    code_hash           BLOB    UNIQUE,
    device_code_hash    BLOB    UNIQUE,
    -- Kept by the vault (HMAC under a wrapped key) while letters are to be typed into the app.
    typed_code_mac      BLOB,
    typed_tries         INTEGER NOT NULL DEFAULT 0,
    wrong_tries         INTEGER NOT NULL DEFAULT 0,
    created_at          INTEGER NOT NULL,
    ends_at             INTEGER NOT NULL,
    stage_ends_at       INTEGER NOT NULL,
    CHECK ((exchange = 'polling') = (redirect_uri IS NULL)),
    CHECK ((exchange = 'polling') = (app_state IS NULL)),
    CHECK ((exchange = 'polling') = (device_code_hash IS NOT NULL)),
    CHECK (exchange <> 'polling' OR code_hash IS NULL)
) STRICT;

INSERT INTO sign_ins_with_proofs_of_presence
    (id, state, error_code, jkt, app_address, exchange, group_name, redirect_uri, code_challenge, app_state, device_label, match_number,
     number_choices, request_hash, cookie_hash, browser_address, psc_state_hash, psc_pending_sealed, account_id, confirmation_reason,
     identity_changed, code_hash, device_code_hash, typed_code_mac, typed_tries, wrong_tries, created_at, ends_at, stage_ends_at)
SELECT id, state, error_code, jkt, app_address, exchange, group_name, redirect_uri, code_challenge, app_state, device_label, match_number,
     number_choices, request_hash, cookie_hash, browser_address, psc_state_hash, psc_pending_sealed, account_id, confirmation_reason,
     identity_changed, code_hash, device_code_hash, typed_code_mac, typed_tries, wrong_tries, created_at, ends_at, stage_ends_at
FROM sign_ins;

DROP TABLE sign_ins;
ALTER TABLE sign_ins_with_proofs_of_presence RENAME TO sign_ins;
CREATE INDEX sign_ins_by_key ON sign_ins (jkt, stage_ends_at);
CREATE INDEX sign_ins_by_stage ON sign_ins (stage_ends_at);
-- As before: it went with the table.
CREATE TRIGGER sign_ins_stay_under_a_key_in_use BEFORE UPDATE OF psc_pending_sealed, typed_code_mac ON sign_ins
WHEN EXISTS (SELECT 1 FROM forgotten_keys WHERE key_id IN (substr(NEW.psc_pending_sealed, 2, 8), substr(NEW.typed_code_mac, 2, 8)))
BEGIN
    SELECT RAISE(ABORT, 'sealed under a forgotten key');
END;

-- Pairs are shown to the person under the name that the workstation gave, and expire when unused.
ALTER TABLE pairs ADD COLUMN device_label TEXT;
CREATE INDEX pairs_by_last_sign_in ON pairs (last_sign_in_at);
CREATE INDEX devices_by_last_sign_in ON devices (last_sign_in_at);
ALTER TABLE sessions ADD COLUMN new_workstation INTEGER NOT NULL DEFAULT 0;

-- Devices whose next sign-in must ask who it is: the last one was signed out of, or refused by the person.
CREATE TABLE asked_anew (
    jkt   TEXT    PRIMARY KEY,
    since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
