-- The memory as SQLite's migrations 1 to 14 leave it; the comments on what columns mean stand there.
-- Times are milliseconds since 1970, UTC. Hashes are SHA-256 of 256-bit secrets. Sealed columns are envelopes of the vault.

CREATE TABLE accounts (
    id              BIGINT PRIMARY KEY,
    national_id     TEXT   NOT NULL UNIQUE,
    created_at      BIGINT NOT NULL,
    last_sign_in_at BIGINT
);

CREATE TABLE devices (
    jkt             TEXT   PRIMARY KEY,
    last_account_id BIGINT REFERENCES accounts (id),
    last_sign_in_at BIGINT NOT NULL,
    label           TEXT
);
CREATE INDEX devices_by_last_sign_in ON devices (last_sign_in_at);
CREATE INDEX devices_by_last_account ON devices (last_account_id);

CREATE TABLE pairs (
    account_id        BIGINT NOT NULL REFERENCES accounts (id),
    jkt               TEXT   NOT NULL,
    last_situation_id TEXT,
    created_at        BIGINT NOT NULL,
    last_sign_in_at   BIGINT NOT NULL,
    device_label      TEXT,
    PRIMARY KEY (account_id, jkt)
);
CREATE INDEX pairs_by_key ON pairs (jkt);
CREATE INDEX pairs_by_last_sign_in ON pairs (last_sign_in_at);

CREATE TABLE asked_anew (
    jkt   TEXT   PRIMARY KEY,
    since BIGINT NOT NULL
);

CREATE TABLE device_groups (
    jkt        TEXT   PRIMARY KEY,
    group_name TEXT   NOT NULL,
    joined_at  BIGINT NOT NULL
);

CREATE TABLE sign_ins (
    id                  TEXT    PRIMARY KEY,
    state               TEXT    NOT NULL,
    is_open             BOOLEAN NOT NULL DEFAULT TRUE,
    error_code          BIGINT,
    jkt                 TEXT    NOT NULL,
    app_address         TEXT    NOT NULL,
    exchange            TEXT    NOT NULL,
    group_name          TEXT,
    redirect_uri        TEXT,
    code_challenge      TEXT    NOT NULL,
    app_state           TEXT,
    device_label        TEXT,
    match_number        TEXT    NOT NULL,
    number_choices      TEXT,
    request_hash        BYTEA   NOT NULL UNIQUE,
    cookie_hash         BYTEA   UNIQUE,
    browser_address     TEXT,
    psc_state_hash      BYTEA   UNIQUE,
    psc_pending_sealed  BYTEA,
    account_id          BIGINT  REFERENCES accounts (id),
    confirmation_reason TEXT,
    identity_changed    BOOLEAN NOT NULL DEFAULT FALSE,
    code_hash           BYTEA   UNIQUE,
    device_code_hash    BYTEA   UNIQUE,
    typed_code_mac      BYTEA,
    typed_tries         BIGINT  NOT NULL DEFAULT 0,
    wrong_tries         BIGINT  NOT NULL DEFAULT 0,
    created_at          BIGINT  NOT NULL,
    ends_at             BIGINT  NOT NULL,
    stage_ends_at       BIGINT  NOT NULL,
    CHECK ((redirect_uri IS NULL) = (app_state IS NULL)),
    CHECK ((redirect_uri IS NULL) = (device_code_hash IS NOT NULL)),
    CHECK (redirect_uri IS NOT NULL OR code_hash IS NULL)
);
CREATE INDEX sign_ins_by_key ON sign_ins (jkt, stage_ends_at) WHERE is_open;
CREATE INDEX sign_ins_by_stage ON sign_ins (stage_ends_at) WHERE is_open;
CREATE INDEX sign_ins_by_account ON sign_ins (account_id);
CREATE INDEX sign_ins_by_end ON sign_ins (ends_at);

CREATE TABLE grants (
    sign_in_id          TEXT    PRIMARY KEY,
    practitioner_sealed BYTEA   NOT NULL,
    tokens_sealed       BYTEA   NOT NULL,
    means               TEXT,
    acr                 TEXT,
    last_exchange_at    BIGINT  NOT NULL,
    leased_until        BIGINT  NOT NULL DEFAULT 0,
    psc_over            BOOLEAN NOT NULL DEFAULT FALSE
);

CREATE TABLE sessions (
    sign_in_id             TEXT    PRIMARY KEY,
    account_id             BIGINT  NOT NULL REFERENCES accounts (id),
    jkt                    TEXT    NOT NULL,
    situation_id           TEXT,
    suggested_situation_id TEXT,
    identity_changed       BOOLEAN NOT NULL,
    created_at             BIGINT  NOT NULL,
    last_activity_at       BIGINT  NOT NULL,
    absolute_ends_at       BIGINT  NOT NULL,
    head                   BIGINT  NOT NULL DEFAULT 1,
    confirmed              BIGINT  NOT NULL DEFAULT 0,
    version                BIGINT  NOT NULL DEFAULT 1,
    ended                  TEXT,
    ended_at               BIGINT,
    new_workstation        BOOLEAN NOT NULL DEFAULT FALSE,
    rules                  TEXT    NOT NULL DEFAULT '{}',
    idle_ends_at           BIGINT  NOT NULL DEFAULT 0,
    objected_at            BIGINT
);
CREATE UNIQUE INDEX sessions_live_by_key ON sessions (jkt) WHERE ended IS NULL;
CREATE INDEX sessions_by_idle_end ON sessions (idle_ends_at) WHERE ended IS NULL;
CREATE INDEX sessions_by_absolute_end ON sessions (absolute_ends_at) WHERE ended IS NULL;
CREATE INDEX sessions_by_end ON sessions (ended_at) WHERE ended IS NOT NULL;
CREATE INDEX sessions_by_account ON sessions (account_id);

CREATE TABLE session_tokens (
    hash       BYTEA  PRIMARY KEY,
    sign_in_id TEXT   NOT NULL REFERENCES sessions (sign_in_id) ON DELETE CASCADE,
    kind       TEXT   NOT NULL CHECK (kind IN ('access', 'refresh')),
    generation BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX session_tokens_by_session ON session_tokens (sign_in_id, kind, generation);

CREATE TABLE sign_outs (
    sign_in_id      TEXT    PRIMARY KEY,
    id_token_sealed BYTEA,
    ticket_hash     BYTEA   UNIQUE,
    state_hash      BYTEA   UNIQUE,
    created_at      BIGINT  NOT NULL,
    ends_at         BIGINT  NOT NULL,
    used_at         BIGINT,
    address_number  BIGINT  NOT NULL DEFAULT 0,
    tried_at        BIGINT,
    server_only     BOOLEAN NOT NULL DEFAULT FALSE,
    browser_hash    BYTEA,
    finished_at     BIGINT,
    CHECK ((id_token_sealed IS NULL) = (finished_at IS NOT NULL))
);
CREATE INDEX sign_outs_by_end ON sign_outs (ends_at);

CREATE TABLE sign_out_addresses (
    ticket_hash BYTEA PRIMARY KEY,
    sign_in_id  TEXT  NOT NULL REFERENCES sign_outs (sign_in_id) ON DELETE CASCADE
);
CREATE INDEX sign_out_addresses_by_sign_out ON sign_out_addresses (sign_in_id);

CREATE TABLE forgotten_keys (
    key_id       BYTEA  PRIMARY KEY,
    forgotten_at BIGINT NOT NULL
);

-- EXI 18. Several companions write at once, and a line may be numbered before one that is kept earlier. What is sealed gets no line more all
-- the same: writers are serializable transactions, each looks at the seals, and a seal counts the lines.
CREATE SEQUENCE audit_numbers;
CREATE TABLE audit (
    -- Drawn by the database, whatever number a statement names: a line takes nobody's place.
    id          BIGINT PRIMARY KEY,
    at          BIGINT NOT NULL,
    event       TEXT   NOT NULL,
    sign_in_id  TEXT,
    national_id TEXT,
    jkt         TEXT,
    address     TEXT,
    error_code  BIGINT,
    group_name  TEXT,
    actor       TEXT
);
CREATE INDEX audit_by_event ON audit (event, at);

CREATE TABLE audit_periods (
    first_id      BIGINT PRIMARY KEY,
    last_id       BIGINT NOT NULL UNIQUE,
    lines         BIGINT NOT NULL,
    newest_at     BIGINT NOT NULL,
    previous_hash BYTEA  NOT NULL CHECK (length(previous_hash) = 32),
    hash          BYTEA  NOT NULL UNIQUE CHECK (length(hash) = 32),
    sealed_at     BIGINT NOT NULL,
    pruned_at     BIGINT,
    CHECK (last_id >= first_id)
);

-- The second to ninth bytes of an envelope name its key: nothing is sealed under a forgotten one.
CREATE FUNCTION is_forgotten(envelope BYTEA) RETURNS BOOLEAN LANGUAGE sql STABLE AS
    $$ SELECT EXISTS (SELECT 1 FROM forgotten_keys WHERE key_id = substr(envelope, 2, 8)) $$;

CREATE FUNCTION check_keys_of_grants() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF is_forgotten(NEW.practitioner_sealed) OR is_forgotten(NEW.tokens_sealed) THEN
        RAISE EXCEPTION 'sealed under a forgotten key' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER grants_come_under_a_key_in_use BEFORE INSERT OR UPDATE OF practitioner_sealed, tokens_sealed ON grants
    FOR EACH ROW EXECUTE FUNCTION check_keys_of_grants();
CREATE FUNCTION check_keys_of_sign_ins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF is_forgotten(NEW.psc_pending_sealed) OR is_forgotten(NEW.typed_code_mac) THEN
        RAISE EXCEPTION 'sealed under a forgotten key' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER sign_ins_stay_under_a_key_in_use BEFORE UPDATE OF psc_pending_sealed, typed_code_mac ON sign_ins
    FOR EACH ROW EXECUTE FUNCTION check_keys_of_sign_ins();
CREATE FUNCTION check_keys_of_sign_outs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF is_forgotten(NEW.id_token_sealed) THEN
        RAISE EXCEPTION 'sealed under a forgotten key' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER sign_outs_come_under_a_key_in_use BEFORE INSERT ON sign_outs
    FOR EACH ROW EXECUTE FUNCTION check_keys_of_sign_outs();

-- What a statement may do to the trail without a trigger being dropped first.
CREATE FUNCTION refuse_change_of_trail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit FOR EACH ROW EXECUTE FUNCTION refuse_change_of_trail();
CREATE TRIGGER audit_is_never_emptied BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_trail();
CREATE TRIGGER audit_periods_are_never_removed BEFORE DELETE ON audit_periods
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_trail();
CREATE TRIGGER audit_periods_are_never_emptied BEFORE TRUNCATE ON audit_periods
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_trail();

CREATE FUNCTION refuse_removal_from_trail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM audit_periods WHERE pruned_at IS NOT NULL AND OLD.id BETWEEN first_id AND last_id) THEN
        RAISE EXCEPTION 'the audit trail is append-only' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER audit_is_removed_by_whole_periods BEFORE DELETE ON audit FOR EACH ROW EXECUTE FUNCTION refuse_removal_from_trail();

CREATE FUNCTION number_line_of_trail() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last_sealed BIGINT := (SELECT COALESCE(MAX(last_id), 0) FROM audit_periods);
BEGIN
    LOOP
        NEW.id := nextval('audit_numbers');
        -- A number that was drawn before a seal which another companion kept meanwhile is passed over.
        EXIT WHEN NEW.id > last_sealed;
    END LOOP;
    RETURN NEW;
END $$;
CREATE TRIGGER audit_lines_come_after_every_seal BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION number_line_of_trail();

CREATE FUNCTION check_seal_of_trail() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last_sealed BIGINT := (SELECT COALESCE(MAX(last_id), 0) FROM audit_periods);
BEGIN
    IF NEW.pruned_at IS NOT NULL
       OR NEW.first_id <= last_sealed
       OR EXISTS (SELECT 1 FROM audit WHERE id > last_sealed AND id < NEW.first_id)
       OR NEW.previous_hash <> COALESCE((SELECT hash FROM audit_periods ORDER BY last_id DESC LIMIT 1), decode(repeat('00', 32), 'hex'))
       OR NEW.last_id > COALESCE((SELECT MAX(id) FROM audit), 0)
       OR NEW.lines <> (SELECT COUNT(*) FROM audit WHERE id BETWEEN NEW.first_id AND NEW.last_id) THEN
        RAISE EXCEPTION 'a period of the audit trail follows the one before it' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER audit_periods_follow_each_other BEFORE INSERT ON audit_periods FOR EACH ROW EXECUTE FUNCTION check_seal_of_trail();

-- Thirty days: the shortest time that the configuration admits.
CREATE FUNCTION check_pruning_of_trail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.pruned_at IS NOT NULL OR NEW.pruned_at IS NULL
       OR NEW.first_id <> OLD.first_id OR NEW.last_id <> OLD.last_id OR NEW.lines <> OLD.lines OR NEW.newest_at <> OLD.newest_at
       OR NEW.previous_hash <> OLD.previous_hash OR NEW.hash <> OLD.hash OR NEW.sealed_at <> OLD.sealed_at
       OR NEW.pruned_at - OLD.newest_at < 30::BIGINT * 24 * 60 * 60 * 1000
       OR EXISTS (SELECT 1 FROM audit_periods WHERE last_id < OLD.first_id AND pruned_at IS NULL) THEN
        RAISE EXCEPTION 'only the oldest period of the audit trail is pruned, whole and old enough' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER audit_periods_only_become_pruned BEFORE UPDATE ON audit_periods FOR EACH ROW EXECUTE FUNCTION check_pruning_of_trail();

-- Proofs that were used, for as long as they could be used again, and what the numbers that make them fresh are drawn from. Neither outlives a
-- crash of the database: both go together, so that what is forgotten is refused too.
CREATE UNLOGGED TABLE seen_proofs (
    mark    BYTEA  PRIMARY KEY,
    seen_at BIGINT NOT NULL
);
CREATE INDEX seen_proofs_by_time ON seen_proofs (seen_at);
CREATE UNLOGGED TABLE nonce_seeds (
    only_one BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (only_one),
    seed     BYTEA   NOT NULL CHECK (length(seed) = 32)
);
