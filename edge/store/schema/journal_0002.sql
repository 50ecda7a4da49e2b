-- Events that central refused, each told of once. told: the event that says so; resent: the one that carries it once more, if somebody had it sent again.
CREATE TABLE dead_letter (seq INTEGER PRIMARY KEY, code TEXT NOT NULL, told INTEGER NOT NULL, resent INTEGER) STRICT;
