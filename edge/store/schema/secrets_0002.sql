-- secrets.db, version 2: codes of cards, sealed with a key that is not in this file (card-codes.key), so that a card can be printed again.
CREATE TABLE card_code (card TEXT PRIMARY KEY, sealed BLOB NOT NULL) STRICT, WITHOUT ROWID;

-- Second factors of users: the seed of the codes, whether a first code has confirmed it, and the last slice (30 s) that was taken.
CREATE TABLE second_factor (
  user TEXT PRIMARY KEY, seed TEXT NOT NULL, confirmed INTEGER NOT NULL, last_slice INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One-time codes for who has lost the phone; SHA-256 of each, gone when it is used.
CREATE TABLE recovery_code (user TEXT NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (user, hash)) STRICT, WITHOUT ROWID;
