-- Groups of workstations. To which one a device key belongs, once an enrolment token led it there; no row: the default group.
CREATE TABLE device_groups (
    jkt        TEXT    PRIMARY KEY,
    group_name TEXT    NOT NULL,
    joined_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A session keeps the rules that its group had when it opened. Those opened before get the shortest idle limit there is: never a longer one
-- than the administrator had set.
ALTER TABLE sessions ADD COLUMN idle_limit_s INTEGER NOT NULL DEFAULT 300;
ALTER TABLE sessions ADD COLUMN shared_workstation INTEGER NOT NULL DEFAULT 0;

-- With the events that concern a group.
ALTER TABLE audit ADD COLUMN group_name TEXT;
