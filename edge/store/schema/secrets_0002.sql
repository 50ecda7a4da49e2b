-- secrets.db, version 2: codes of cards, sealed with a key that is not in this file (card-codes.key), so that a card can be printed again.
CREATE TABLE card_code (card TEXT PRIMARY KEY, sealed BLOB NOT NULL) STRICT, WITHOUT ROWID;
