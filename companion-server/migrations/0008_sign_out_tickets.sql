-- When a sign-out ticket was first used. A double click still finds its form for a minute; whoever reads the browser's history later does not.
ALTER TABLE sign_outs ADD COLUMN used_at INTEGER;
