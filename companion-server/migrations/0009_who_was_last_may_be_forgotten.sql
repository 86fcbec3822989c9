-- Who signed in last on a device may have been erased or forgotten since: whoever is known there and comes next is another person, and is asked.

CREATE TABLE devices_of_forgotten_people_too (
    jkt             TEXT    PRIMARY KEY,
    -- NULL: forgotten since.
    last_account_id INTEGER REFERENCES accounts (id),
    last_sign_in_at INTEGER NOT NULL,
    label           TEXT
) STRICT, WITHOUT ROWID;

INSERT INTO devices_of_forgotten_people_too (jkt, last_account_id, last_sign_in_at, label)
SELECT jkt, last_account_id, last_sign_in_at, label FROM devices;

DROP TABLE devices;
ALTER TABLE devices_of_forgotten_people_too RENAME TO devices;
CREATE INDEX devices_by_last_sign_in ON devices (last_sign_in_at);
