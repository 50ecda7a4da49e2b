-- journal.db, version 1: what happened, and what a passage consumed.

-- One row: which log this is, where it ends, what central has. Read at each BEGIN, written in the same commit.
CREATE TABLE head (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  log_id TEXT NOT NULL,            -- new whenever the journal is created or restored
  seq INTEGER NOT NULL, hash BLOB NOT NULL,              -- the last event
  first_seq INTEGER NOT NULL, first_hash BLOB NOT NULL,  -- the first event kept, and the hash of the one before it
  acked INTEGER NOT NULL,          -- central has everything up to here, by its own word
  wall_high INTEGER NOT NULL,      -- no event is written with an earlier time while the clock is not trusted
  connections INTEGER NOT NULL     -- how often central was connected to; a Will carries its number
) STRICT;

CREATE TABLE event (
  seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, code TEXT NOT NULL, customer TEXT, card TEXT,
  access_point TEXT, body TEXT NOT NULL, hash BLOB NOT NULL   -- hash = SHA-256(hash of the event before, body)
) STRICT;
CREATE INDEX event_by_customer ON event (customer, seq) WHERE customer IS NOT NULL;

-- Where a card or vehicle is and what it has consumed. zone NULL: outside.
CREATE TABLE presence (
  holder TEXT PRIMARY KEY, zone TEXT, since INTEGER, spent INTEGER NOT NULL, day TEXT NOT NULL, spent_today INTEGER NOT NULL,
  last_at INTEGER
) STRICT, WITHOUT ROWID;

-- Visits. Open while out_at is NULL; flag: '' or 'doubtful' (soft anti-passback) or 'ghost' (closed by a second way in).
CREATE TABLE entry (
  id INTEGER PRIMARY KEY, holder TEXT NOT NULL, customer TEXT, label TEXT NOT NULL, zone TEXT NOT NULL,
  in_at INTEGER NOT NULL, in_seq INTEGER NOT NULL, out_at INTEGER, out_seq INTEGER, flag TEXT NOT NULL
) STRICT;
CREATE INDEX entry_open ON entry (holder, zone) WHERE out_at IS NULL;
CREATE INDEX entry_by_customer ON entry (customer, in_at) WHERE customer IS NOT NULL;

-- Commands that move a door are executed once: the id is here before the pulse.
CREATE TABLE executed (
  id TEXT PRIMARY KEY, at INTEGER NOT NULL, result TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX executed_by_time ON executed (at);
