-- The log: one table, one order.
CREATE SCHEMA ledger AUTHORIZATION dynasty_owner;
SET LOCAL ROLE dynasty_owner;

-- The counter. Its row lock, held until commit, is the critical section of every append: the order
-- of numbers is the order of commits, and a rollback gives its numbers back.
CREATE TABLE ledger.head (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    last_seq bigint NOT NULL,
    last_recorded_at timestamptz NOT NULL
) WITH (fillfactor = 10);  -- Room for updates within the page, which need no vacuum.
INSERT INTO ledger.head (last_seq, last_recorded_at) VALUES (0, '-infinity');

-- Lengths are limited by type where they can be: each CHECK is made ready anew by every insert, and
-- one per column took a quarter of an append's time in the server.
CREATE TABLE ledger.events (
    ledger_seq bigint CONSTRAINT events_pkey PRIMARY KEY,
    stream_id uuid NOT NULL,
    stream_version integer NOT NULL,
    event_id uuid NOT NULL,
    event_type varchar(200) NOT NULL,
    schema_version smallint NOT NULL,
    payload text NOT NULL,
    actor varchar(255) NOT NULL,
    correlation_id varchar(255),
    causation_id varchar(255),
    request_id varchar(255),
    reason varchar(2000),
    effective_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT events_limits CHECK (
        octet_length(payload) <= 1048576 AND actor <> '' AND event_type <> ''
    ),
    -- Optimistic concurrency, and the way an aggregate is loaded.
    CONSTRAINT events_stream_key UNIQUE (stream_id, stream_version),
    -- A cause is named by its event's id. Ids are in order of time, so this grows at its right edge.
    CONSTRAINT events_event_id_key UNIQUE (event_id)
) WITH (fillfactor = 100);

-- Audit filters, in the order of the log so that pages need no sorting. There is no index by
-- recorded_at: it never falls along ledger_seq, so ledger.last_seq_before finds a time by bisection.
CREATE INDEX events_by_actor ON ledger.events (actor, ledger_seq);
CREATE INDEX events_by_type ON ledger.events (event_type, ledger_seq);

-- A caller's key, what it stood for, and the receipt that was given. Kept for ever.
CREATE TABLE ledger.idempotency_keys (
    scope text NOT NULL,
    key text NOT NULL,
    fingerprint varchar(64) NOT NULL,
    stream_id uuid NOT NULL,
    stream_version integer NOT NULL,
    position bigint,  -- Null: the command changed nothing.
    recorded_at timestamptz NOT NULL,
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (scope, key),
    CONSTRAINT idempotency_keys_limits CHECK (
        length(scope) BETWEEN 1 AND 255 AND length(key) BETWEEN 1 AND 255
    )
);

-- A source's own identifier of a fact (a trade, a fill), once per stream for ever.
CREATE TABLE ledger.natural_keys (
    stream_id uuid NOT NULL,
    natural_key text NOT NULL,
    fingerprint varchar(64) NOT NULL,
    ledger_seq bigint NOT NULL,
    CONSTRAINT natural_keys_pkey PRIMARY KEY (stream_id, natural_key),
    CONSTRAINT natural_keys_limits CHECK (length(natural_key) BETWEEN 1 AND 255)
);

CREATE FUNCTION ledger.refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% on %.% is refused: the log is only ever added to',
        TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'LK002', HINT = 'Record a correcting event instead.';
END
$$;

DO $$
DECLARE
    kept text;
BEGIN
    FOREACH kept IN ARRAY ARRAY['events', 'idempotency_keys', 'natural_keys'] LOOP
        EXECUTE format(
            'CREATE TRIGGER only_ever_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.%I
             FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()', kept);
        -- ALWAYS: session_replication_role does not switch it off.
        EXECUTE format('ALTER TABLE ledger.%I ENABLE ALWAYS TRIGGER only_ever_added_to', kept);
    END LOOP;
END
$$;
