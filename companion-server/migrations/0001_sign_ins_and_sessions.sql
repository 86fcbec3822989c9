-- Times are milliseconds since 1970, UTC. Hashes are SHA-256 of 256-bit secrets. Sealed columns are envelopes of the vault.

CREATE TABLE accounts (
    id              INTEGER PRIMARY KEY,
    national_id     TEXT    NOT NULL UNIQUE,
    created_at      INTEGER NOT NULL,
    last_sign_in_at INTEGER
) STRICT;

-- What the companion remembers of a device key: who signed in last.
CREATE TABLE devices (
    jkt             TEXT    PRIMARY KEY,
    last_account_id INTEGER NOT NULL REFERENCES accounts (id),
    last_sign_in_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A person who signed in on a device key at least once.
CREATE TABLE pairs (
    account_id        INTEGER NOT NULL REFERENCES accounts (id),
    jkt               TEXT    NOT NULL,
    last_situation_id TEXT,
    created_at        INTEGER NOT NULL,
    last_sign_in_at   INTEGER NOT NULL,
    PRIMARY KEY (account_id, jkt)
) STRICT, WITHOUT ROWID;

CREATE TABLE sign_ins (
    id                  TEXT    PRIMARY KEY,
    state               TEXT    NOT NULL CHECK (state IN ('created', 'opened', 'at_psc', 'exchanging', 'authenticated', 'confirmed', 'redeemed',
                                                          'declined', 'expired', 'cancelled', 'failed', 'burned')),
    error_code          INTEGER,
    jkt                 TEXT    NOT NULL,
    app_address         TEXT    NOT NULL,
    redirect_uri        TEXT    NOT NULL,
    code_challenge      TEXT    NOT NULL,
    app_state           TEXT    NOT NULL,
    device_label        TEXT,
    match_number        TEXT    NOT NULL,
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
    wrong_tries         INTEGER NOT NULL DEFAULT 0,
    created_at          INTEGER NOT NULL,
    ends_at             INTEGER NOT NULL,
    stage_ends_at       INTEGER NOT NULL
) STRICT;
CREATE INDEX sign_ins_by_key ON sign_ins (jkt, stage_ends_at);
CREATE INDEX sign_ins_by_stage ON sign_ins (stage_ends_at);

-- What Pro Santé Connect granted to one sign-in. It passes to the session without being sealed again: both bear the sign-in's id.
CREATE TABLE grants (
    sign_in_id          TEXT    PRIMARY KEY,
    practitioner_sealed BLOB    NOT NULL,
    tokens_sealed       BLOB    NOT NULL,
    means               TEXT,
    acr                 TEXT,
    last_exchange_at    INTEGER NOT NULL,
    -- Single flight: nobody else may refresh before this moment.
    leased_until        INTEGER NOT NULL DEFAULT 0,
    -- 1 once Pro Santé Connect refused a refresh: its session is over.
    psc_over            INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE sessions (
    sign_in_id             TEXT    PRIMARY KEY,
    account_id             INTEGER NOT NULL REFERENCES accounts (id),
    jkt                    TEXT    NOT NULL,
    situation_id           TEXT,
    suggested_situation_id TEXT,
    identity_changed       INTEGER NOT NULL,
    created_at             INTEGER NOT NULL,
    last_activity_at       INTEGER NOT NULL,
    absolute_ends_at       INTEGER NOT NULL,
    -- Generations of tokens: the last one made, the last one the app showed it holds.
    head                   INTEGER NOT NULL DEFAULT 1,
    confirmed              INTEGER NOT NULL DEFAULT 0,
    version                INTEGER NOT NULL DEFAULT 1,
    ended                  TEXT,
    ended_at               INTEGER
) STRICT;
-- One live session per device key.
CREATE UNIQUE INDEX sessions_live_by_key ON sessions (jkt) WHERE ended IS NULL;
CREATE INDEX sessions_by_activity ON sessions (last_activity_at) WHERE ended IS NULL;

CREATE TABLE session_tokens (
    hash       BLOB    PRIMARY KEY,
    sign_in_id TEXT    NOT NULL REFERENCES sessions (sign_in_id) ON DELETE CASCADE,
    kind       TEXT    NOT NULL CHECK (kind IN ('access', 'refresh')),
    generation INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_tokens_by_session ON session_tokens (sign_in_id, kind, generation);

-- Sessions that ended here and whose Pro Santé Connect session is still to be ended.
CREATE TABLE sign_outs (
    sign_in_id      TEXT    PRIMARY KEY,
    id_token_sealed BLOB    NOT NULL,
    ticket_hash     BLOB    UNIQUE,
    state_hash      BLOB    UNIQUE,
    created_at      INTEGER NOT NULL,
    ends_at         INTEGER NOT NULL
) STRICT;

-- EXI 18. Nothing is ever changed or removed here by the program.
CREATE TABLE audit (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    at          INTEGER NOT NULL,
    event       TEXT    NOT NULL,
    sign_in_id  TEXT,
    national_id TEXT,
    jkt         TEXT,
    address     TEXT,
    error_code  INTEGER
) STRICT;
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit BEGIN
    SELECT RAISE(ABORT, 'the audit trail is append-only');
END;
CREATE TRIGGER audit_is_never_removed BEFORE DELETE ON audit BEGIN
    SELECT RAISE(ABORT, 'the audit trail is append-only');
END;
