-- Version 1 of the settings database. A *_key column is what makes a name unique: the name without regard to case.

CREATE TABLE store (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    identity TEXT NOT NULL, -- tells a contents database that belongs to this store from one that does not
    generation INTEGER NOT NULL
) STRICT;

-- Desired: what the cmdlets set. Ids are never used again: an id is an incarnation.

CREATE TABLE tsig_key (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE,
    algorithm TEXT NOT NULL,
    secret BLOB NOT NULL, -- sealed
    comment TEXT NOT NULL,
    successor_name TEXT, -- none: no rollover is under way
    successor_algorithm TEXT,
    successor_secret BLOB, -- sealed
    rollover_started INTEGER
) STRICT;

CREATE TABLE common_setting (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE,
    is_default INTEGER NOT NULL CHECK (is_default IN (0, 1)),
    comment TEXT NOT NULL,
    check_apex_name_servers TEXT NOT NULL DEFAULT 'Reject',
    check_name_server_addresses TEXT NOT NULL DEFAULT 'Warn',
    check_exclusive_records TEXT NOT NULL DEFAULT 'Reject',
    check_record_form TEXT NOT NULL DEFAULT 'Reject',
    check_zone_digest TEXT NOT NULL DEFAULT 'Reject',
    check_signature_lifetime TEXT NOT NULL DEFAULT 'Warn',
    check_signatures TEXT NOT NULL DEFAULT 'Off',
    check_record_loss TEXT NOT NULL DEFAULT 'Reject',
    max_loss_percent INTEGER NOT NULL DEFAULT 80,
    notify_senders TEXT NOT NULL DEFAULT '', -- networks
    max_transfer_bytes INTEGER NOT NULL DEFAULT 17179869184,
    max_transfer_records INTEGER NOT NULL DEFAULT 200000000,
    transfer_idle INTEGER NOT NULL DEFAULT 30000000,
    min_transfer_rate INTEGER NOT NULL DEFAULT 100 -- octets a second; 0: any
) STRICT;

CREATE UNIQUE INDEX common_setting_default ON common_setting (is_default) WHERE is_default = 1;

CREATE TABLE primary_name_server (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE,
    common_setting_id INTEGER NOT NULL REFERENCES common_setting (id) ON DELETE CASCADE,
    address TEXT NOT NULL,
    port INTEGER NOT NULL CHECK (port BETWEEN 1 AND 65535),
    tsig_key_id INTEGER REFERENCES tsig_key (id),
    priority INTEGER NOT NULL,
    enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    tls INTEGER NOT NULL DEFAULT 0 CHECK (tls IN (0, 1)),
    tls_host_name TEXT,
    tls_pins TEXT NOT NULL DEFAULT '',
    tls_authorities TEXT, -- PEM
    transfer_mode TEXT NOT NULL DEFAULT 'Incremental'
) STRICT;

CREATE INDEX primary_name_server_common_setting ON primary_name_server (common_setting_id);
CREATE INDEX primary_name_server_tsig_key ON primary_name_server (tsig_key_id);

CREATE TABLE zone_transfer_acl (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    common_setting_id INTEGER NOT NULL REFERENCES common_setting (id) ON DELETE CASCADE,
    network TEXT NOT NULL,
    tsig_key_id INTEGER REFERENCES tsig_key (id),
    require_tls INTEGER NOT NULL DEFAULT 0 CHECK (require_tls IN (0, 1)),
    client_pin TEXT
) STRICT;

CREATE INDEX zone_transfer_acl_common_setting ON zone_transfer_acl (common_setting_id);
CREATE INDEX zone_transfer_acl_tsig_key ON zone_transfer_acl (tsig_key_id);

CREATE TABLE notify_target (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    common_setting_id INTEGER NOT NULL REFERENCES common_setting (id) ON DELETE CASCADE,
    address TEXT NOT NULL,
    port INTEGER NOT NULL CHECK (port BETWEEN 1 AND 65535),
    tsig_key_id INTEGER REFERENCES tsig_key (id)
) STRICT;

CREATE INDEX notify_target_common_setting ON notify_target (common_setting_id);
CREATE INDEX notify_target_tsig_key ON notify_target (tsig_key_id);

CREATE TABLE managed_zone (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE,
    common_setting_id INTEGER NOT NULL REFERENCES common_setting (id),
    proxy_enabled INTEGER NOT NULL CHECK (proxy_enabled IN (0, 1)),
    hidden_primary INTEGER NOT NULL CHECK (hidden_primary IN (0, 1)),
    zone_file TEXT,
    comment TEXT NOT NULL,
    member_id TEXT NOT NULL DEFAULT (lower(hex(randomblob(10)))), -- in the catalogs that we make
    new_catalog TEXT -- who may take the zone over from these
) STRICT;

CREATE INDEX managed_zone_common_setting ON managed_zone (common_setting_id);

-- Managed zones that are catalogs (RFC 9432), and what the server saw last in those that it follows.
CREATE TABLE catalog_zone (
    zone_id INTEGER PRIMARY KEY REFERENCES managed_zone (id) ON DELETE CASCADE,
    role TEXT NOT NULL,
    member_setting_id INTEGER REFERENCES common_setting (id), -- none: the catalog's own
    grace_period INTEGER NOT NULL,
    serial INTEGER,
    applied_serial INTEGER,
    looked_at INTEGER,
    failure_reason TEXT,
    failure_server TEXT,
    failure_message TEXT,
    failure_remedy TEXT,
    failure_response_code INTEGER,
    failure_clock_skew INTEGER
) STRICT;

CREATE INDEX catalog_zone_member_setting ON catalog_zone (member_setting_id);

CREATE TABLE catalog_group (
    catalog_id INTEGER NOT NULL REFERENCES catalog_zone (zone_id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    common_setting_id INTEGER NOT NULL REFERENCES common_setting (id),
    PRIMARY KEY (catalog_id, name)
) STRICT;

CREATE INDEX catalog_group_common_setting ON catalog_group (common_setting_id);

CREATE TABLE catalog_member (
    catalog_id INTEGER NOT NULL REFERENCES catalog_zone (zone_id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    member_id TEXT NOT NULL,
    groups TEXT NOT NULL, -- a word in base64 each
    new_catalog TEXT,
    state TEXT NOT NULL,
    since INTEGER NOT NULL,
    zone_id INTEGER REFERENCES managed_zone (id) ON DELETE CASCADE, -- none: a clash
    PRIMARY KEY (catalog_id, name_key)
) STRICT;

CREATE INDEX catalog_member_zone ON catalog_member (zone_id);
CREATE INDEX catalog_member_state ON catalog_member (state);

CREATE TABLE signing_policy (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE,
    algorithm TEXT NOT NULL,
    split_keys INTEGER NOT NULL CHECK (split_keys IN (0, 1)),
    denial TEXT NOT NULL,
    opt_out INTEGER NOT NULL CHECK (opt_out IN (0, 1)),
    validity INTEGER NOT NULL,
    refresh INTEGER NOT NULL,
    jitter INTEGER NOT NULL,
    key_ttl INTEGER NOT NULL,
    propagation_delay INTEGER NOT NULL,
    zsk_lifetime INTEGER NOT NULL, -- 0: until it is rolled by hand
    ksk_lifetime INTEGER NOT NULL,
    serial_policy TEXT NOT NULL,
    zone_digest INTEGER NOT NULL CHECK (zone_digest IN (0, 1)),
    notify_parent INTEGER NOT NULL CHECK (notify_parent IN (0, 1))
) STRICT;

CREATE TABLE zone_signing (
    zone_id INTEGER PRIMARY KEY REFERENCES managed_zone (id) ON DELETE CASCADE,
    policy_id INTEGER NOT NULL REFERENCES signing_policy (id),
    is_ending INTEGER NOT NULL CHECK (is_ending IN (0, 1)),
    parent_servers TEXT NOT NULL,
    strips_signatures INTEGER NOT NULL DEFAULT 0 CHECK (strips_signatures IN (0, 1)),
    parent_primary TEXT, -- where the DS is put by updates; null: nowhere
    parent_key_id INTEGER REFERENCES tsig_key (id),
    foreign_keys TEXT NOT NULL DEFAULT '', -- RDATA of the DNSKEYs of the zone's other signers
    CHECK ((parent_primary IS NULL) = (parent_key_id IS NULL))
) STRICT;

CREATE INDEX zone_signing_key ON zone_signing (parent_key_id);

CREATE INDEX zone_signing_policy ON zone_signing (policy_id);

-- Made and moved by the server, and no observation: losing one loses the zone's trust.
CREATE TABLE zone_key (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    zone_id INTEGER NOT NULL REFERENCES managed_zone (id) ON DELETE CASCADE,
    role TEXT NOT NULL,
    public_key BLOB NOT NULL, -- RDATA of its DNSKEY record
    private_key BLOB NOT NULL, -- PKCS#8, sealed
    state TEXT NOT NULL,
    since INTEGER NOT NULL,
    created INTEGER NOT NULL,
    signs_zone INTEGER NOT NULL CHECK (signs_zone IN (0, 1)),
    is_to_be_replaced INTEGER NOT NULL CHECK (is_to_be_replaced IN (0, 1)),
    is_compromised INTEGER NOT NULL CHECK (is_compromised IN (0, 1)),
    ds_since INTEGER,
    ds_ttl INTEGER NOT NULL
) STRICT;

CREATE INDEX zone_key_zone ON zone_key (zone_id);

CREATE TABLE managed_name_server (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    host_name TEXT NOT NULL,
    host_name_key TEXT NOT NULL UNIQUE,
    addresses TEXT NOT NULL
) STRICT;

CREATE TABLE server_setting (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    listen_addresses TEXT NOT NULL,
    port INTEGER NOT NULL CHECK (port BETWEEN 0 AND 65535),
    transfer_sources TEXT NOT NULL,
    node_name TEXT NOT NULL,
    version_text TEXT NOT NULL DEFAULT '',
    udp_threads INTEGER NOT NULL,
    tls_port INTEGER CHECK (tls_port BETWEEN 0 AND 65535), -- none: no DNS over TLS
    tls_identity BLOB, -- PKCS #12, sealed
    cookies_enabled INTEGER NOT NULL CHECK (cookies_enabled IN (0, 1)),
    health_check_interval INTEGER NOT NULL DEFAULT 3600, -- seconds; 0: never
    cookie_secret BLOB, -- sealed
    cookie_other_secret BLOB, -- sealed
    rate_limit INTEGER, -- responses a second; none: not limited, and the rest means nothing
    rate_limit_window INTEGER,
    rate_limit_slip INTEGER,
    rate_limit_ipv4_prefix INTEGER,
    rate_limit_ipv6_prefix INTEGER,
    rate_limit_exempt TEXT,
    tcp_connections INTEGER NOT NULL DEFAULT 4096, -- on each listen address
    tcp_connections_per_client INTEGER NOT NULL DEFAULT 256,
    tcp_idle_timeout INTEGER NOT NULL DEFAULT 10000, -- milliseconds
    root_hints TEXT NOT NULL DEFAULT '', -- none: the Internet's
    resolvers TEXT NOT NULL DEFAULT '',
    lookup_port INTEGER NOT NULL DEFAULT 53 CHECK (lookup_port BETWEEN 1 AND 65535)
) STRICT;

CREATE TABLE request (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    zone_id INTEGER REFERENCES managed_zone (id) ON DELETE CASCADE,
    is_full INTEGER NOT NULL CHECK (is_full IN (0, 1)),
    created INTEGER NOT NULL
) STRICT;

CREATE INDEX request_zone ON request (zone_id);

-- Observed: what the servers write, each node its own rows.

CREATE TABLE server_status (
    node TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    process_id INTEGER NOT NULL,
    version TEXT NOT NULL,
    started INTEGER NOT NULL,
    heartbeat INTEGER NOT NULL,
    applied_generation INTEGER NOT NULL,
    end_points TEXT NOT NULL,
    tls_end_points TEXT NOT NULL,
    failure_reason TEXT,
    failure_server TEXT,
    failure_message TEXT,
    failure_remedy TEXT,
    failure_response_code INTEGER,
    failure_clock_skew INTEGER,
    storage_reason TEXT,
    storage_message TEXT,
    storage_remedy TEXT
) STRICT;

CREATE TABLE zone_status (
    zone_id INTEGER NOT NULL REFERENCES managed_zone (id) ON DELETE CASCADE,
    node TEXT NOT NULL,
    state TEXT NOT NULL,
    primary_serial INTEGER,
    published_serial INTEGER,
    record_count INTEGER,
    last_check INTEGER,
    last_success INTEGER,
    next_refresh INTEGER,
    expires_at INTEGER,
    last_notify INTEGER,
    notifies TEXT NOT NULL DEFAULT '', -- for each sender: address,time,key
    primary_end_point TEXT,
    warning TEXT,
    transfer_kind TEXT, -- of a transfer that goes on
    transfer_started INTEGER,
    transfer_records INTEGER,
    transfer_bytes INTEGER,
    failure_reason TEXT,
    failure_server TEXT,
    failure_message TEXT,
    failure_remedy TEXT,
    failure_response_code INTEGER,
    failure_clock_skew INTEGER,
    PRIMARY KEY (zone_id, node)
) STRICT;

-- A check's outcome and how long it has stayed so: a new row only where it changed.
CREATE TABLE health_period (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    zone_id INTEGER NOT NULL REFERENCES managed_zone (id) ON DELETE CASCADE,
    node TEXT NOT NULL,
    name TEXT NOT NULL, -- of the check
    primary_name_server TEXT NOT NULL, -- empty: a check of the zone itself
    server TEXT,
    outcome TEXT NOT NULL,
    reason TEXT NOT NULL,
    message TEXT NOT NULL,
    remedy TEXT,
    since INTEGER NOT NULL,
    until INTEGER NOT NULL
) STRICT;

CREATE INDEX health_period_zone ON health_period (zone_id, node, name, primary_name_server, id);

CREATE TABLE signing_status (
    zone_id INTEGER NOT NULL REFERENCES managed_zone (id) ON DELETE CASCADE,
    node TEXT NOT NULL,
    state TEXT NOT NULL,
    waiting_for TEXT,
    until INTEGER,
    first_expiration INTEGER,
    last_signed INTEGER,
    parent_told INTEGER,
    failure_reason TEXT,
    failure_server TEXT,
    failure_message TEXT,
    failure_remedy TEXT,
    failure_response_code INTEGER,
    failure_clock_skew INTEGER,
    PRIMARY KEY (zone_id, node)
) STRICT;

-- Which key a peer was last seen with.
CREATE TABLE tsig_key_use (
    tsig_key_id INTEGER NOT NULL REFERENCES tsig_key (id) ON DELETE CASCADE,
    node TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    key_name TEXT NOT NULL,
    peer TEXT NOT NULL,
    direction TEXT NOT NULL,
    last_used INTEGER NOT NULL,
    PRIMARY KEY (tsig_key_id, fingerprint, peer, direction, node)
) STRICT;

CREATE TABLE transfer (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    zone_id INTEGER NOT NULL REFERENCES managed_zone (id) ON DELETE CASCADE,
    node TEXT NOT NULL,
    direction TEXT NOT NULL,
    kind TEXT NOT NULL,
    peer TEXT NOT NULL,
    started INTEGER NOT NULL,
    duration INTEGER NOT NULL,
    tsig_key_name TEXT,
    from_serial INTEGER,
    to_serial INTEGER,
    records INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    messages INTEGER NOT NULL,
    failure_reason TEXT,
    failure_server TEXT,
    failure_message TEXT,
    failure_remedy TEXT,
    failure_response_code INTEGER,
    failure_clock_skew INTEGER
) STRICT;

CREATE INDEX transfer_zone ON transfer (zone_id, node, id);

INSERT INTO store (id, identity, generation) VALUES (1, lower(hex(randomblob(16))), 1);
INSERT INTO common_setting (name, name_key, is_default, comment) VALUES ('Default', 'DEFAULT', 1, '');
INSERT INTO server_setting (id, listen_addresses, port, transfer_sources, node_name, udp_threads, cookies_enabled) VALUES (1, '0.0.0.0 ::', 53, '', '', 0, 1);
INSERT INTO signing_policy (name, name_key, algorithm, split_keys, denial, opt_out, validity, refresh, jitter, key_ttl, propagation_delay, zsk_lifetime,
    ksk_lifetime, serial_policy, zone_digest, notify_parent)
VALUES ('Default', 'DEFAULT', 'EcdsaP256Sha256', 0, 'Nsec', 0, 1209600000000, 432000000000, 172800000000, 3600000000, 3600000000, 7776000000000, 0, 'Increment', 0, 1);
