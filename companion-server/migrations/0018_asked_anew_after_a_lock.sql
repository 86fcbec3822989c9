-- Since when the last session of the device is locked; NULL when it was signed out of, or refused by its person.
ALTER TABLE asked_anew ADD COLUMN locked_at INTEGER;
