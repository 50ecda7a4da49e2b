-- What central last said of a row. hash: of its fields (core.merge.row_hash), NULL once central has deleted it, at gone_at (ms); kept 90 days
-- after that, so that an older word does not bring it back. held: central blocks it, and only central clears that. problem: why it could
-- not be taken, empty when it was.
ALTER TABLE central_row RENAME TO central_row_before;
CREATE TABLE central_row (
  entity TEXT NOT NULL, id TEXT NOT NULL, ver INTEGER NOT NULL, hash INTEGER, gone_at INTEGER, held INTEGER NOT NULL DEFAULT 0,
  problem TEXT NOT NULL DEFAULT '', PRIMARY KEY (entity, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX central_row_gone ON central_row (gone_at) WHERE gone_at IS NOT NULL;
CREATE INDEX central_row_refused ON central_row (entity, id) WHERE problem <> '';
-- Rows of before have no hash: central says them once more, and each is news.
INSERT INTO central_row (entity, id, ver, hash) SELECT entity, id, -1, 0 FROM central_row_before;
DROP TABLE central_row_before;
UPDATE head SET central_rev = 0;

-- How many rows central holds here, and the xor of their hashes, kept in the statement that changes them. a xor b = (a | b) - (a & b).
CREATE TABLE central_digest (id INTEGER PRIMARY KEY CHECK (id = 1), count INTEGER NOT NULL, digest INTEGER NOT NULL) STRICT;
INSERT INTO central_digest SELECT 1, count(*), 0 FROM central_row;
CREATE TRIGGER central_row_new AFTER INSERT ON central_row WHEN new.hash IS NOT NULL BEGIN
  UPDATE central_digest SET count = count + 1, digest = (digest | new.hash) - (digest & new.hash);
END;
CREATE TRIGGER central_row_away AFTER DELETE ON central_row WHEN old.hash IS NOT NULL BEGIN
  UPDATE central_digest SET count = count - 1, digest = (digest | old.hash) - (digest & old.hash);
END;
CREATE TRIGGER central_row_changed AFTER UPDATE OF hash ON central_row WHEN new.hash IS NOT old.hash BEGIN
  UPDATE central_digest SET count = count + (new.hash IS NOT NULL) - (old.hash IS NOT NULL),
    digest = (digest | ifnull(old.hash, 0)) - (digest & ifnull(old.hash, 0));
  UPDATE central_digest SET digest = (digest | ifnull(new.hash, 0)) - (digest & ifnull(new.hash, 0));
END;

-- Changes made here to what central also holds, in the order of their commits, until central has said what becomes of them.
-- fields: the fields as they were changed to (a card's code stands sealed in secrets.db). base: central's version then; 0: it knew no such row.
-- state: waiting; accepted (kept 90 days: a central that is restored hears them again); refused: central has other values, `theirs`.
CREATE TABLE desk_change (
  n INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, op TEXT NOT NULL, entity TEXT NOT NULL, row TEXT NOT NULL,
  base INTEGER NOT NULL, fields TEXT NOT NULL, actor TEXT NOT NULL, at INTEGER NOT NULL, state TEXT NOT NULL DEFAULT 'waiting',
  code TEXT NOT NULL DEFAULT '', reason TEXT NOT NULL DEFAULT '', theirs TEXT NOT NULL DEFAULT '{}', decided_at INTEGER
) STRICT;
CREATE INDEX desk_change_by_row ON desk_change (entity, row);
CREATE INDEX desk_change_by_state ON desk_change (state, n);

-- Kinds of which rows came in with a large snapshot and are not in the index of the search yet, and after which id to go on.
CREATE TABLE search_due (entity TEXT PRIMARY KEY, after TEXT NOT NULL) STRICT, WITHOUT ROWID;
