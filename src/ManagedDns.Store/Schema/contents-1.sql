-- Version 1 of the contents database: zones in the form in which they are sent.

CREATE TABLE owner (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    identity TEXT NOT NULL -- of the store that the zone ids belong to
) STRICT;

CREATE TABLE content (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    zone_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    serial INTEGER NOT NULL, -- with the differences on top of the chunks
    record_count INTEGER NOT NULL, -- the same
    chunk_count INTEGER NOT NULL,
    chunk_bytes INTEGER NOT NULL,
    chunks_have INTEGER NOT NULL, -- the last difference that the chunks have in them; those with greater ids come on top
    bytes_on_top INTEGER NOT NULL,
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

-- A difference sequence (RFC 1995). A zone's form a chain that ends at its content's serial.
CREATE TABLE difference (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    zone_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    from_serial INTEGER NOT NULL,
    to_serial INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    added INTEGER NOT NULL,
    written INTEGER NOT NULL,
    checksum INTEGER NOT NULL, -- CRC-32C over zone_id, from_serial and data
    data BLOB NOT NULL -- messages, each behind two length octets, as over TCP
) STRICT;

CREATE INDEX difference_zone ON difference (zone_id, kind, id);
