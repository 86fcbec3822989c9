-- How often the browser's address of a sign-out was changed: the one in force is drawn from the ID token and this number.
ALTER TABLE sign_outs ADD COLUMN address_number INTEGER NOT NULL DEFAULT 0;
-- When the companion last took it up by itself: what waited longest comes first.
ALTER TABLE sign_outs ADD COLUMN tried_at INTEGER;
-- 1 once the person was erased or the workstation forgotten: only the companion goes on, no browser is sent any more.
ALTER TABLE sign_outs ADD COLUMN server_only INTEGER NOT NULL DEFAULT 0;
