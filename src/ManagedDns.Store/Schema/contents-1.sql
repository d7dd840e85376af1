-- Version 1 of the contents database: zones in the form in which they are sent.

CREATE TABLE owner (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    identity TEXT NOT NULL -- of the store that the zone ids belong to
) STRICT;

CREATE TABLE content (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    zone_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    serial INTEGER NOT NULL,
    record_count INTEGER NOT NULL,
    chunk_count INTEGER NOT NULL,
    written INTEGER NOT NULL,
    last_success INTEGER,
    expires_at INTEGER,
    UNIQUE (zone_id, kind)
) STRICT;

CREATE TABLE chunk (
    content_id INTEGER NOT NULL REFERENCES content (id) ON DELETE CASCADE,
    number INTEGER NOT NULL, -- from 0
    checksum INTEGER NOT NULL, -- CRC-32C over content_id, number and data
    data BLOB NOT NULL,
    PRIMARY KEY (content_id, number)
) STRICT;
