-- roster.db, version 1: what people ask for. Ids are UUIDv7 text; times are ms since 1970 UTC; lists that nothing joins on are JSON.

CREATE TABLE head (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  rev INTEGER NOT NULL,            -- grows by one with every change line
  config_rev INTEGER NOT NULL,     -- rev of the last change to what decisions keep parsed (tables.py)
  next_number INTEGER NOT NULL,    -- customer numbers are never reused
  epoch TEXT NOT NULL,             -- central's epoch, empty before the first word from central
  central_rev INTEGER NOT NULL,    -- central's rev that is applied here
  synced_at INTEGER                -- when central's word was last known to be complete; NULL: never
) STRICT;
INSERT INTO head VALUES (1, 0, 0, 1, '', 0, NULL);

CREATE TABLE company (
  id TEXT PRIMARY KEY, ver INTEGER NOT NULL, name TEXT NOT NULL, status TEXT NOT NULL, description TEXT NOT NULL,
  overdue_since INTEGER, deleted_at INTEGER,
  held TEXT NOT NULL               -- its profiles, comma between, as in profile_grant (so in every table with this column)
) STRICT, WITHOUT ROWID;

CREATE TABLE customer_group (
  id TEXT PRIMARY KEY, ver INTEGER NOT NULL, name TEXT NOT NULL, description TEXT NOT NULL, held TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE customer (
  id TEXT PRIMARY KEY, ver INTEGER NOT NULL, name TEXT NOT NULL, number INTEGER NOT NULL UNIQUE, email TEXT NOT NULL,
  phone TEXT NOT NULL, description TEXT NOT NULL, language TEXT NOT NULL, status TEXT NOT NULL,
  blocklisted INTEGER NOT NULL, company TEXT REFERENCES company, kind TEXT NOT NULL, host TEXT REFERENCES customer,
  born TEXT NOT NULL, accessible INTEGER NOT NULL, discount INTEGER NOT NULL, overdue_since INTEGER, created_at INTEGER NOT NULL,
  deleted_at INTEGER, held TEXT NOT NULL,
  member_of TEXT NOT NULL,         -- its groups, comma between, as in group_member
  -- What no decision reads stands behind what one does.
  first_name TEXT NOT NULL, last_name TEXT NOT NULL, mobile TEXT NOT NULL, evening_phone TEXT NOT NULL, fax TEXT NOT NULL,
  contact_person TEXT NOT NULL, addresses TEXT NOT NULL, sex TEXT NOT NULL, citizenship TEXT NOT NULL, has_document INTEGER NOT NULL,
  document_issuer TEXT NOT NULL, portal_blocked INTEGER NOT NULL, account_manager TEXT, payment_days INTEGER,
  source TEXT NOT NULL, origin_site TEXT NOT NULL, consents TEXT NOT NULL, identities TEXT NOT NULL, reviewed_at INTEGER,
  merged_into TEXT, erased_at INTEGER, photo TEXT NOT NULL,
  mobile_key TEXT NOT NULL         -- the last nine digits of mobile (core.searching.phone_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX customer_by_host ON customer (host) WHERE host IS NOT NULL;
CREATE INDEX customer_by_name ON customer (name COLLATE NOCASE);
CREATE INDEX customer_by_company ON customer (company) WHERE company IS NOT NULL;
CREATE INDEX customer_by_email ON customer (email) WHERE email <> '';
CREATE INDEX customer_by_mobile ON customer (mobile_key) WHERE mobile_key <> '';
CREATE INDEX customer_by_photo ON customer (photo) WHERE photo <> '';
CREATE INDEX customer_by_created ON customer (created_at);
CREATE INDEX customer_visiting ON customer (created_at) WHERE kind NOT IN ('customer', 'user');
CREATE INDEX customer_by_manager ON customer (account_manager) WHERE account_manager IS NOT NULL;

CREATE TABLE customer_list (
  id TEXT PRIMARY KEY, ver INTEGER NOT NULL, name TEXT NOT NULL UNIQUE, description TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE list_member (
  customer TEXT NOT NULL REFERENCES customer, list TEXT NOT NULL REFERENCES customer_list, PRIMARY KEY (customer, list)
) STRICT, WITHOUT ROWID;
CREATE INDEX list_member_by_list ON list_member (list);

-- Further companies of a customer; the primary one is customer.company.
CREATE TABLE company_member (
  customer TEXT NOT NULL REFERENCES customer, company TEXT NOT NULL REFERENCES company, PRIMARY KEY (customer, company)
) STRICT, WITHOUT ROWID;
CREATE INDEX company_member_by_company ON company_member (company);

-- Two customers who turned out to be one (core.people.Merge): what moved, so that it can be taken back.
CREATE TABLE customer_merge (
  id TEXT PRIMARY KEY, ver INTEGER NOT NULL, kept TEXT NOT NULL, other TEXT NOT NULL, fields TEXT NOT NULL, cards TEXT NOT NULL,
  vehicles TEXT NOT NULL, bookings TEXT NOT NULL, guests TEXT NOT NULL, merged_at INTEGER NOT NULL, merged_by TEXT NOT NULL,
  undone_at INTEGER
) STRICT, WITHOUT ROWID;

-- That somebody was erased (core.people.Erasure), and while it is under way what is looked for (core.erasing.Erasing): gone at its end.
CREATE TABLE erasure (
  id TEXT PRIMARY KEY, ver INTEGER NOT NULL, customer TEXT NOT NULL UNIQUE REFERENCES customer, number INTEGER NOT NULL,
  reason TEXT NOT NULL, by TEXT NOT NULL, at INTEGER NOT NULL, events INTEGER NOT NULL, finished_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE erasing (id TEXT PRIMARY KEY, said TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- Tags of customers and vehicles: plain words.
CREATE TABLE tagged (owner TEXT NOT NULL, tag TEXT NOT NULL, PRIMARY KEY (owner, tag)) STRICT, WITHOUT ROWID;
CREATE INDEX tagged_by_tag ON tagged (tag);

CREATE TABLE group_member (
  customer TEXT NOT NULL REFERENCES customer, member_of TEXT NOT NULL REFERENCES customer_group,
  PRIMARY KEY (customer, member_of)
) STRICT, WITHOUT ROWID;
CREATE INDEX group_member_by_group ON group_member (member_of);

CREATE TABLE card (
  id TEXT PRIMARY KEY, ver INTEGER NOT NULL, kind TEXT NOT NULL, username TEXT NOT NULL, last4 TEXT NOT NULL,
  customer TEXT REFERENCES customer, company TEXT REFERENCES company, status TEXT NOT NULL, valid_from INTEGER,
  valid_to INTEGER, uses INTEGER, daily_limit INTEGER, period TEXT NOT NULL, period_limit INTEGER, min_interval_s INTEGER,
  has_pin INTEGER NOT NULL, created_at INTEGER NOT NULL, held TEXT NOT NULL,
  replaces TEXT, handed_out_at INTEGER, taken_back_at INTEGER,
  key BLOB NOT NULL UNIQUE,        -- keyed hash of the code (core.credential.lookup_key)
  pin BLOB, duress BLOB            -- keyed hashes of the card's PINs (core.credential.pin_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX card_by_customer ON card (customer) WHERE customer IS NOT NULL;
CREATE INDEX card_by_company ON card (company) WHERE company IS NOT NULL;

CREATE TABLE vehicle (
  id TEXT PRIMARY KEY, ver INTEGER NOT NULL, plate TEXT NOT NULL, plate_key TEXT NOT NULL UNIQUE, country TEXT NOT NULL,
  brand TEXT NOT NULL, model TEXT NOT NULL, year INTEGER, colour TEXT NOT NULL, customer TEXT REFERENCES customer,
  company TEXT REFERENCES company, status TEXT NOT NULL, valid_from INTEGER, valid_to INTEGER, created_at INTEGER NOT NULL,
  held TEXT NOT NULL, vehicle_class TEXT NOT NULL, uses INTEGER,
  folded TEXT NOT NULL             -- plate_key with look-alikes made one (core.plate.folded)
) STRICT, WITHOUT ROWID;
CREATE INDEX vehicle_by_folded ON vehicle (folded);
CREATE INDEX vehicle_by_customer ON vehicle (customer) WHERE customer IS NOT NULL;
CREATE INDEX vehicle_by_company ON vehicle (company) WHERE company IS NOT NULL;

CREATE TABLE tariff (
  id TEXT PRIMARY KEY, ver INTEGER NOT NULL, name TEXT NOT NULL UNIQUE, currency TEXT NOT NULL, steps TEXT NOT NULL,
  free_minutes INTEGER NOT NULL, daily_cap INTEGER, grace_minutes INTEGER NOT NULL, taxes TEXT NOT NULL, rounding INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE zone (
  id TEXT PRIMARY KEY, ver INTEGER NOT NULL, name TEXT NOT NULL UNIQUE, parent TEXT REFERENCES zone, mode TEXT NOT NULL,
  mode_until INTEGER, mode_hours TEXT NOT NULL, antipassback TEXT NOT NULL, antipassback_minutes INTEGER NOT NULL,
  capacity INTEGER, reserved INTEGER NOT NULL, booking INTEGER NOT NULL, host_present INTEGER NOT NULL, escort INTEGER NOT NULL,
  two_person INTEGER NOT NULL, guardian_below INTEGER, tariff TEXT REFERENCES tariff
) STRICT, WITHOUT ROWID;

CREATE TABLE schedule (
  id TEXT PRIMARY KEY, ver INTEGER NOT NULL, name TEXT NOT NULL UNIQUE, windows TEXT NOT NULL, holidays TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE profile (
  id TEXT PRIMARY KEY, ver INTEGER NOT NULL, name TEXT NOT NULL UNIQUE, lockdown_override INTEGER NOT NULL,
  escort INTEGER NOT NULL, reserved INTEGER NOT NULL, permit INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE profile_zone (
  profile TEXT NOT NULL REFERENCES profile, zone TEXT NOT NULL REFERENCES zone, schedule TEXT REFERENCES schedule,
  UNIQUE (profile, zone, schedule)
) STRICT;
CREATE INDEX profile_zone_by_zone ON profile_zone (zone);

-- Who holds a profile: a card, vehicle, customer, company or group (ids are unique over all of them). Kept by profile;
-- each row has its own list beside it (held), so that a decision need not look here.
CREATE TABLE profile_grant (
  holder TEXT NOT NULL, profile TEXT NOT NULL REFERENCES profile, PRIMARY KEY (holder, profile)
) STRICT, WITHOUT ROWID;
CREATE INDEX profile_grant_by_profile ON profile_grant (profile);

CREATE TABLE access_point (
  id TEXT PRIMARY KEY, ver INTEGER NOT NULL, name TEXT NOT NULL UNIQUE, door TEXT NOT NULL, from_zone TEXT REFERENCES zone,
  to_zone TEXT REFERENCES zone, kinds TEXT NOT NULL, mode TEXT NOT NULL, mode_until INTEGER, mode_hours TEXT NOT NULL,
  in_service INTEGER NOT NULL, pedestrian INTEGER NOT NULL, refuse_blocklisted INTEGER NOT NULL, lock_exit INTEGER NOT NULL,
  strike_ms INTEGER NOT NULL, accessible_strike_ms INTEGER NOT NULL, secure_reader INTEGER NOT NULL, plate_floor REAL NOT NULL,
  pin INTEGER NOT NULL, pin_free TEXT REFERENCES schedule, needs_plate INTEGER NOT NULL, interlock TEXT NOT NULL,
  data_minutes INTEGER
) STRICT, WITHOUT ROWID;

-- What holds for the whole site: one row, id 'site', from the first change on.
CREATE TABLE site_policy (
  id TEXT PRIMARY KEY, ver INTEGER NOT NULL, mode TEXT NOT NULL, mode_until INTEGER, mode_hours TEXT NOT NULL,
  pin_tries INTEGER NOT NULL, pin_lock_minutes INTEGER NOT NULL, overdue_days INTEGER NOT NULL, give_back_unused INTEGER NOT NULL,
  companion_s INTEGER NOT NULL, pair_s INTEGER NOT NULL, doubtful_hours INTEGER NOT NULL, required TEXT NOT NULL,
  shared_email INTEGER NOT NULL, shared_mobile INTEGER NOT NULL, newsletter INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE booking (
  id TEXT PRIMARY KEY, ver INTEGER NOT NULL, customer TEXT NOT NULL REFERENCES customer, zone TEXT NOT NULL REFERENCES zone,
  from_at INTEGER NOT NULL, to_at INTEGER NOT NULL, state TEXT NOT NULL, note TEXT NOT NULL, made_by TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX booking_by_customer ON booking (customer, to_at);

-- Keys that sign passes, and passes that were taken back.
CREATE TABLE pass_key (
  id TEXT PRIMARY KEY, ver INTEGER NOT NULL, name TEXT NOT NULL, public TEXT NOT NULL, revoked INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE revoked_pass (
  id TEXT PRIMARY KEY, ver INTEGER NOT NULL, note TEXT NOT NULL, created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What the site says of a kind of alert (core.alerts.ALERTS) in place of the table.
CREATE TABLE alert_rule (
  id TEXT PRIMARY KEY, ver INTEGER NOT NULL, kind TEXT NOT NULL UNIQUE, enabled INTEGER NOT NULL, threshold INTEGER NOT NULL,
  window_minutes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Access reviews (core.review.AccessReview) and who is in them, by review and customer (ReviewItem).
CREATE TABLE access_review (
  id TEXT PRIMARY KEY, ver INTEGER NOT NULL, name TEXT NOT NULL, filters TEXT NOT NULL, due_at INTEGER NOT NULL, state TEXT NOT NULL,
  started_by TEXT NOT NULL, started_at INTEGER NOT NULL, finished_by TEXT NOT NULL, finished_at INTEGER, total INTEGER NOT NULL,
  result TEXT NOT NULL, event INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE review_item (
  id TEXT PRIMARY KEY, ver INTEGER NOT NULL, review TEXT NOT NULL REFERENCES access_review, customer TEXT NOT NULL REFERENCES customer,
  number INTEGER NOT NULL, cards TEXT NOT NULL, vehicles TEXT NOT NULL, verdict TEXT NOT NULL, how TEXT NOT NULL, by TEXT NOT NULL,
  at INTEGER, note TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX review_item_by_review ON review_item (review, number);
CREATE INDEX review_item_by_customer ON review_item (customer);

-- Filters of lists under a name (core.saved.SavedFilter). filters: [[name, value], ...].
CREATE TABLE saved_filter (
  id TEXT PRIMARY KEY, ver INTEGER NOT NULL, name TEXT NOT NULL, area TEXT NOT NULL, filters TEXT NOT NULL, shared INTEGER NOT NULL,
  owner TEXT NOT NULL, UNIQUE (owner, name)
) STRICT, WITHOUT ROWID;

-- Exports that the desk makes by the calendar. filters: [[name, value], ...].
CREATE TABLE scheduled_export (
  id TEXT PRIMARY KEY, ver INTEGER NOT NULL, name TEXT NOT NULL UNIQUE, area TEXT NOT NULL, filters TEXT NOT NULL, cron TEXT NOT NULL,
  format TEXT NOT NULL, folder TEXT NOT NULL, active INTEGER NOT NULL, made_by TEXT NOT NULL, saved TEXT REFERENCES saved_filter
) STRICT, WITHOUT ROWID;

-- Imports (core.importing.Import), and what each did row by row: part 0 is the row's own record, those below it what was made for it.
-- before: {field: [before, after]} of a record that was changed. back: 1 once it was taken back; problem: why refused, or why not taken back.
CREATE TABLE import (
  id TEXT PRIMARY KEY, ver INTEGER NOT NULL, kind TEXT NOT NULL, file TEXT NOT NULL, rows INTEGER NOT NULL, twins TEXT NOT NULL,
  skip_wrong INTEGER NOT NULL, make_missing INTEGER NOT NULL, state TEXT NOT NULL, begun_at INTEGER NOT NULL, begun_by TEXT NOT NULL,
  ended_at INTEGER, made INTEGER NOT NULL, changed INTEGER NOT NULL, same INTEGER NOT NULL, skipped INTEGER NOT NULL,
  wrong INTEGER NOT NULL, kept INTEGER NOT NULL, problem TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE import_row (
  import TEXT NOT NULL, row INTEGER NOT NULL, part INTEGER NOT NULL, op TEXT NOT NULL, entity TEXT NOT NULL, record TEXT NOT NULL,
  before TEXT NOT NULL, problem TEXT NOT NULL, back INTEGER NOT NULL, PRIMARY KEY (import, row, part)
) STRICT, WITHOUT ROWID;

CREATE TABLE role (
  id TEXT PRIMARY KEY, ver INTEGER NOT NULL, name TEXT NOT NULL UNIQUE, rights TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE user (
  id TEXT PRIMARY KEY, ver INTEGER NOT NULL, login TEXT NOT NULL UNIQUE, name TEXT NOT NULL, role TEXT NOT NULL REFERENCES role,
  active INTEGER NOT NULL, time_zone TEXT NOT NULL, language TEXT NOT NULL, second_factor INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What a user is restricted to; no row: everything.
CREATE TABLE user_company (
  user TEXT NOT NULL REFERENCES user, company TEXT NOT NULL REFERENCES company, PRIMARY KEY (user, company)
) STRICT, WITHOUT ROWID;
CREATE TABLE user_zone (
  user TEXT NOT NULL REFERENCES user, zone TEXT NOT NULL REFERENCES zone, PRIMARY KEY (user, zone)
) STRICT, WITHOUT ROWID;
CREATE TABLE user_tag (user TEXT NOT NULL REFERENCES user, tag TEXT NOT NULL, PRIMARY KEY (user, tag)) STRICT, WITHOUT ROWID;

CREATE TABLE api_key (
  id TEXT PRIMARY KEY, ver INTEGER NOT NULL, name TEXT NOT NULL, user TEXT NOT NULL REFERENCES user, scopes TEXT NOT NULL,
  expires_at INTEGER, per_minute INTEGER NOT NULL, revoked INTEGER NOT NULL, created_at INTEGER NOT NULL, last4 TEXT NOT NULL,
  used_at INTEGER, display TEXT NOT NULL,
  token_hash BLOB UNIQUE           -- SHA-256 of the key; written in the commit that makes it
) STRICT, WITHOUT ROWID;
CREATE INDEX api_key_by_user ON api_key (user);

-- Addresses that are told of events; their secrets are in secrets.db, where each stands in journal.db.
CREATE TABLE webhook (
  id TEXT PRIMARY KEY, ver INTEGER NOT NULL, name TEXT NOT NULL UNIQUE, url TEXT NOT NULL, events TEXT NOT NULL,
  active INTEGER NOT NULL, created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
  token_hash BLOB PRIMARY KEY,     -- SHA-256 of the token; the token itself is with the browser alone
  user TEXT NOT NULL REFERENCES user, created_at INTEGER NOT NULL, seen_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,
  client TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_by_user ON session (user);

-- Audit, history and what is still to go up, in one: a line for every change, in the same commit as the change.
CREATE TABLE change (
  rev INTEGER PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL, command TEXT NOT NULL, entity TEXT NOT NULL,
  entity_id TEXT NOT NULL, op TEXT NOT NULL, before TEXT, after TEXT, reason TEXT NOT NULL
) STRICT;
CREATE INDEX change_by_entity ON change (entity_id, rev);

-- The first result of every request of the last 24 hours: a retry gets it again.
CREATE TABLE request (
  id TEXT PRIMARY KEY, at INTEGER NOT NULL, result TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX request_by_time ON request (at);

-- Which rows came from central, and at which of its versions.
CREATE TABLE central_row (
  entity TEXT NOT NULL, id TEXT NOT NULL, ver INTEGER NOT NULL, PRIMARY KEY (entity, id)
) STRICT, WITHOUT ROWID;

-- The search: a row for each customer, card, vehicle and company, in folded words (core.searching), and an index over any part of them.
-- owner: whom a find leads to (a card's or vehicle's customer; else the record itself). Written by the same commit as the record.
CREATE TABLE searched (
  n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, entity TEXT NOT NULL, owner TEXT,
  name TEXT NOT NULL, email TEXT NOT NULL, phone TEXT NOT NULL, number TEXT NOT NULL, place TEXT NOT NULL, plate TEXT NOT NULL,
  card TEXT NOT NULL, other TEXT NOT NULL
) STRICT;
CREATE INDEX searched_by_owner ON searched (owner);
CREATE VIRTUAL TABLE search USING fts5 (
  name, email, phone, number, place, plate, card, other, content = 'searched', content_rowid = 'n', tokenize = 'trigram case_sensitive 1', columnsize = 0
);
CREATE TRIGGER searched_new AFTER INSERT ON searched BEGIN
  INSERT INTO search (rowid, name, email, phone, number, place, plate, card, other)
  VALUES (new.n, new.name, new.email, new.phone, new.number, new.place, new.plate, new.card, new.other);
END;
CREATE TRIGGER searched_gone AFTER DELETE ON searched BEGIN
  INSERT INTO search (search, rowid, name, email, phone, number, place, plate, card, other)
  VALUES ('delete', old.n, old.name, old.email, old.phone, old.number, old.place, old.plate, old.card, old.other);
END;
CREATE TRIGGER searched_changed AFTER UPDATE OF name, email, phone, number, place, plate, card, other ON searched BEGIN
  INSERT INTO search (search, rowid, name, email, phone, number, place, plate, card, other)
  VALUES ('delete', old.n, old.name, old.email, old.phone, old.number, old.place, old.plate, old.card, old.other);
  INSERT INTO search (rowid, name, email, phone, number, place, plate, card, other)
  VALUES (new.n, new.name, new.email, new.phone, new.number, new.place, new.plate, new.card, new.other);
END;
