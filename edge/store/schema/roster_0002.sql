-- What the site is called, its time zone, colour and language, where they were set from the console (empty: as the settings file says).
ALTER TABLE site_policy ADD COLUMN site_name TEXT NOT NULL DEFAULT '';
ALTER TABLE site_policy ADD COLUMN time_zone TEXT NOT NULL DEFAULT '';
ALTER TABLE site_policy ADD COLUMN accent TEXT NOT NULL DEFAULT '';
ALTER TABLE site_policy ADD COLUMN language TEXT NOT NULL DEFAULT '';

-- Readers and doors that were set up from the console (core.device.Device). A reader and a door may have the same name.
CREATE TABLE device (
  id TEXT PRIMARY KEY, ver INTEGER NOT NULL, wired TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, UNIQUE (kind, name)
) STRICT, WITHOUT ROWID;
