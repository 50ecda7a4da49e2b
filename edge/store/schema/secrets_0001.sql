-- secrets.db, version 1: 0600, edge alone. Keys and password hashes by name.
CREATE TABLE secret (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
