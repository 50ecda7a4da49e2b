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

-- An event is its body (the JSON that is hashed and sent); the columns beside it are read out of it, so they cannot disagree.
-- No index but the number: every other one would cost a random page of SD card for each event. A card's events are a chain
-- (prev, and presence.last_seq), which serves its and its customer's timeline.
CREATE TABLE event (
  seq INTEGER PRIMARY KEY, hash BLOB NOT NULL, body TEXT NOT NULL,   -- hash = SHA-256(hash of the event before, body)
  at INTEGER GENERATED ALWAYS AS (body ->> '$.at') VIRTUAL,
  kind TEXT GENERATED ALWAYS AS (body ->> '$.kind') VIRTUAL,
  code TEXT GENERATED ALWAYS AS (body ->> '$.code') VIRTUAL,
  outcome TEXT GENERATED ALWAYS AS (body ->> '$.outcome') VIRTUAL,
  access_point TEXT GENERATED ALWAYS AS (body ->> '$.access_point') VIRTUAL,
  card TEXT GENERATED ALWAYS AS (body ->> '$.card') VIRTUAL,
  customer TEXT GENERATED ALWAYS AS (body ->> '$.customer') VIRTUAL,
  prev INTEGER GENERATED ALWAYS AS (body ->> '$.prev') VIRTUAL
) STRICT;

-- From here to pin_failure: a fold over the events (core.presence), kept up to date in their commits; `journal rebuild` makes it anew.

-- Where a card or vehicle is and what it has consumed (core.presence.Whereabouts). visits: its open ones, JSON [[in_seq, zone, at], ...],
-- the last is where it is. day: the date of the last use as an ordinal; today, week, month: uses in its day, week and month.
CREATE TABLE presence (
  holder TEXT PRIMARY KEY, spent INTEGER NOT NULL, day INTEGER NOT NULL, today INTEGER NOT NULL, week INTEGER NOT NULL,
  month INTEGER NOT NULL, last_at INTEGER, last_seq INTEGER NOT NULL, visits TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Visits, by the event in. Open while out_at is NULL. flag: '', 'doubtful' (soft anti-passback), 'ghost' (closed by a second way in),
-- 'void' (the door never opened) or 'corrected' (settled by hand).
CREATE TABLE entry (
  in_seq INTEGER PRIMARY KEY, holder TEXT NOT NULL, customer TEXT, label TEXT NOT NULL, zone TEXT NOT NULL,
  in_at INTEGER NOT NULL, out_at INTEGER, out_seq INTEGER, flag TEXT NOT NULL,
  total INTEGER,                   -- what it came to, in minor units of the currency, when it ended in a zone with a tariff
  paid INTEGER NOT NULL, settled_at INTEGER, currency TEXT NOT NULL  -- payments so far (core.tariff.pay)
) STRICT;
CREATE INDEX entry_open ON entry (zone, in_at) WHERE out_at IS NULL;

-- What was taken for visits (core.payment), known by the event that began it. refunded: given back so far; seq: the last event of it.
CREATE TABLE payment (
  id INTEGER PRIMARY KEY, entry INTEGER NOT NULL, amount INTEGER NOT NULL, currency TEXT NOT NULL, method TEXT NOT NULL,
  state TEXT NOT NULL, refunded INTEGER NOT NULL, taken_at INTEGER NOT NULL, taken_by TEXT NOT NULL, note TEXT NOT NULL,
  seq INTEGER NOT NULL
) STRICT;
CREATE INDEX payment_by_entry ON payment (entry);

-- What the count of a zone is corrected by: people who are in it without a visit of theirs (or the other way round).
CREATE TABLE correction (zone TEXT PRIMARY KEY, by INTEGER NOT NULL) STRICT, WITHOUT ROWID;

-- The last slice of a rotating code that was taken, by card and access point.
CREATE TABLE slice (
  holder TEXT NOT NULL, access_point TEXT NOT NULL, slice INTEGER NOT NULL, PRIMARY KEY (holder, access_point)
) STRICT, WITHOUT ROWID;

-- Wrong PINs in a row, by card; for keypads that take a PIN alone by access point.
CREATE TABLE pin_failure (holder TEXT PRIMARY KEY, wrong INTEGER NOT NULL, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;

-- For seconds alone, and in no rebuild: who showed last where a second person may be needed, and doors just released (interlocks).
CREATE TABLE companion (
  access_point TEXT PRIMARY KEY, holder TEXT NOT NULL, kind TEXT NOT NULL, waits INTEGER NOT NULL, at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE released (door TEXT PRIMARY KEY, until INTEGER NOT NULL) STRICT, WITHOUT ROWID;

-- Alerts (core.alerts): one row for each kind and subject until it is acknowledged and over. id: the event that raised it.
CREATE TABLE alert (
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, subject TEXT NOT NULL, name TEXT NOT NULL, raised_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL, count INTEGER NOT NULL, detail TEXT NOT NULL, acked_by TEXT NOT NULL, acked_at INTEGER, note TEXT NOT NULL,
  cleared_at INTEGER
) STRICT;
CREATE INDEX alert_waiting ON alert (id) WHERE acked_at IS NULL OR cleared_at IS NULL;

-- One row: up to which event the alerts have looked.
CREATE TABLE alerted (id INTEGER PRIMARY KEY CHECK (id = 1), seq INTEGER NOT NULL) STRICT;
INSERT INTO alerted VALUES (1, 0);

-- How far each webhook is (core.webhook.Cursor). down: doors it was told are offline, JSON.
CREATE TABLE webhook_cursor (
  webhook TEXT PRIMARY KEY, seq INTEGER NOT NULL, failing_since INTEGER, tries INTEGER NOT NULL, problem TEXT NOT NULL,
  down TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Commands that move a door are executed once: the id is here before the pulse.
CREATE TABLE executed (
  id TEXT PRIMARY KEY, at INTEGER NOT NULL, result TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX executed_by_time ON executed (at);
