-- The names of states and exchanges stand in the program alone, once: a new one rebuilds no table. What may still open a session says so.

CREATE TABLE sign_ins_by_name (
    id                  TEXT    PRIMARY KEY,
    state               TEXT    NOT NULL,
    -- 1 until it opened a session or came to nothing.
    is_open             INTEGER NOT NULL DEFAULT 1,
    error_code          INTEGER,
    jkt                 TEXT    NOT NULL,
    app_address         TEXT    NOT NULL,
    exchange            TEXT    NOT NULL,
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
    -- A sign-in whose session the app asks for itself has no return address and never a code: nothing of it can leave by the browser. The
    -- others have no device code: they cannot be asked for.
    CHECK ((redirect_uri IS NULL) = (app_state IS NULL)),
    CHECK ((redirect_uri IS NULL) = (device_code_hash IS NOT NULL)),
    CHECK (redirect_uri IS NOT NULL OR code_hash IS NULL)
) STRICT;

INSERT INTO sign_ins_by_name
    (id, state, is_open, error_code, jkt, app_address, exchange, group_name, redirect_uri, code_challenge, app_state, device_label,
     match_number, number_choices, request_hash, cookie_hash, browser_address, psc_state_hash, psc_pending_sealed, account_id, confirmation_reason,
     identity_changed, code_hash, device_code_hash, typed_code_mac, typed_tries, wrong_tries, created_at, ends_at, stage_ends_at)
SELECT id, CASE state WHEN 'at_psc' THEN 'at_provider' ELSE state END,
     state IN ('created', 'opened', 'at_psc', 'exchanging', 'authenticated', 'confirmed'), error_code, jkt, app_address,
     exchange, group_name, redirect_uri, code_challenge, app_state, device_label, match_number, number_choices, request_hash, cookie_hash, browser_address, psc_state_hash, psc_pending_sealed, account_id, confirmation_reason,
     identity_changed, code_hash, device_code_hash, typed_code_mac, typed_tries, wrong_tries, created_at, ends_at, stage_ends_at
FROM sign_ins;

DROP TABLE sign_ins;
ALTER TABLE sign_ins_by_name RENAME TO sign_ins;
CREATE INDEX sign_ins_by_key ON sign_ins (jkt, stage_ends_at) WHERE is_open;
CREATE INDEX sign_ins_by_stage ON sign_ins (stage_ends_at) WHERE is_open;
-- As before: it went with the table.
CREATE TRIGGER sign_ins_stay_under_a_key_in_use BEFORE UPDATE OF psc_pending_sealed, typed_code_mac ON sign_ins
WHEN EXISTS (SELECT 1 FROM forgotten_keys WHERE key_id IN (substr(NEW.psc_pending_sealed, 2, 8), substr(NEW.typed_code_mac, 2, 8)))
BEGIN
    SELECT RAISE(ABORT, 'sealed under a forgotten key');
END;
