-- Three ways back to the app. A polling sign-in has no return address and never a code: nothing of it can leave by the browser; the others
-- have no device code: they cannot be asked for.

CREATE TABLE sign_ins_of_three_exchanges (
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
    -- The three numbers of the confirmation page in the polling exchange, separated by spaces: drawn once, so that a reload tells nothing.
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
    CHECK (exchange <> 'polling' OR code_hash IS NULL),
    CHECK (exchange = 'polling' OR typed_code_mac IS NULL)
) STRICT;

INSERT INTO sign_ins_of_three_exchanges
    (id, state, error_code, jkt, app_address, exchange, redirect_uri, code_challenge, app_state, device_label, match_number, request_hash,
     cookie_hash, browser_address, psc_state_hash, psc_pending_sealed, account_id, confirmation_reason, identity_changed, code_hash, wrong_tries,
     created_at, ends_at, stage_ends_at)
SELECT id, state, error_code, jkt, app_address, 'loopback', redirect_uri, code_challenge, app_state, device_label, match_number, request_hash,
       cookie_hash, browser_address, psc_state_hash, psc_pending_sealed, account_id, confirmation_reason, identity_changed, code_hash, wrong_tries,
       created_at, ends_at, stage_ends_at
FROM sign_ins;

DROP TABLE sign_ins;
ALTER TABLE sign_ins_of_three_exchanges RENAME TO sign_ins;
CREATE INDEX sign_ins_by_key ON sign_ins (jkt, stage_ends_at);
CREATE INDEX sign_ins_by_stage ON sign_ins (stage_ends_at);
