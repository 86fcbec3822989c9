-- Of which Pro Santé Connect everything here is: who was identified by a simulator is nobody at the real one. At most one line, from the first start.
CREATE TABLE environment (
    name TEXT PRIMARY KEY
) STRICT;
