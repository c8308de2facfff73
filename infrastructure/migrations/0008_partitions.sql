-- The log in partitions by position, a row for each stream, and appends of many commands at once.
DO $$
DECLARE
    acting text := CASE WHEN current_setting('server_version_num')::int < 160000
        THEN 'MEMBER' ELSE 'SET' END;
BEGIN
    BEGIN
        -- Keeps the log: makes room ahead of it, seals it, moves old parts away. Changes no event.
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'dynasty_keeper') THEN
            CREATE ROLE dynasty_keeper NOLOGIN;
        END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL;  -- Another database of the cluster was migrated at the same moment.
    END;
    -- Looks at the catalogue once more: a name that was not there a moment ago is remembered so.
    PERFORM FROM pg_roles WHERE rolname = 'dynasty_keeper';
    IF NOT pg_has_role(current_user, 'dynasty_keeper', acting) THEN
        EXECUTE format('GRANT dynasty_keeper TO %I', current_user);
    END IF;
END
$$;
SET LOCAL ROLE dynasty_owner;

-- One row per stream: what its next version must be, and where in the log its events lie. No key of
-- a partitioned table can hold across its partitions; this one does.
CREATE TABLE ledger.streams (
    stream_id uuid CONSTRAINT streams_pkey PRIMARY KEY,
    version integer NOT NULL,
    first_seq bigint NOT NULL,
    last_seq bigint NOT NULL
) WITH (fillfactor = 60);  -- Updates stay within the page and need no new entry in the index.

INSERT INTO ledger.streams (stream_id, version, first_seq, last_seq)
SELECT stream_id, max(stream_version), min(ledger_seq), max(ledger_seq)
FROM ledger.events GROUP BY stream_id;

CREATE TABLE ledger.partitioning (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    -- Events in a partition that is made from now on.
    events_per_partition bigint NOT NULL CHECK (events_per_partition BETWEEN 100 AND 1000000000)
);
INSERT INTO ledger.partitioning (events_per_partition) VALUES (5000000);

-- The last position that a partition has a place for.
ALTER TABLE ledger.head ADD COLUMN room_until bigint NOT NULL DEFAULT 0;

-- What was one table becomes the first partition.
ALTER TABLE ledger.events ADD COLUMN trace_context varchar(55);
ALTER TABLE ledger.events RENAME TO events_p1;
ALTER TABLE ledger.events_p1 RENAME CONSTRAINT events_pkey TO events_p1_pkey;
ALTER TABLE ledger.events_p1 RENAME CONSTRAINT events_stream_key TO events_p1_stream_key;
ALTER TABLE ledger.events_p1 RENAME CONSTRAINT events_event_id_key TO events_p1_event_id_key;
ALTER INDEX ledger.events_by_actor RENAME TO events_p1_by_actor;
ALTER INDEX ledger.events_by_type RENAME TO events_p1_by_type;

CREATE TABLE ledger.events (
    LIKE ledger.events_p1 INCLUDING DEFAULTS INCLUDING CONSTRAINTS,
    CONSTRAINT events_pkey PRIMARY KEY (ledger_seq)
) PARTITION BY RANGE (ledger_seq);
CREATE INDEX events_by_actor ON ledger.events (actor, ledger_seq);
CREATE INDEX events_by_type ON ledger.events (event_type, ledger_seq);
CREATE TRIGGER only_ever_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.events
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
ALTER TABLE ledger.events ENABLE ALWAYS TRIGGER only_ever_added_to;

DO $$
DECLARE
    size bigint := (SELECT events_per_partition FROM ledger.partitioning);
    room bigint := (SELECT (last_seq / size + 1) * size FROM ledger.head);
BEGIN
    EXECUTE format(
        'ALTER TABLE ledger.events ATTACH PARTITION ledger.events_p1 FOR VALUES FROM (1) TO (%s)',
        room + 1);
    UPDATE ledger.head SET room_until = room;
END
$$;

-- Makes the next partition, and says up to where there is room then. The table is filled with its
-- keys and guards first and attached last: that lock lets readers and writers go on.
CREATE FUNCTION ledger.make_partition() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    size bigint;
    low bigint;
    name text;
BEGIN
    -- Two makers would make one partition twice; an append holds this lock already.
    SELECT h.room_until + 1 INTO STRICT low FROM ledger.head AS h FOR UPDATE;
    SELECT p.events_per_partition INTO STRICT size FROM ledger.partitioning AS p;
    name := format('events_p%s', low);
    EXECUTE format(
        'CREATE TABLE ledger.%I (
            LIKE ledger.events INCLUDING DEFAULTS INCLUDING CONSTRAINTS,
            CONSTRAINT %I PRIMARY KEY (ledger_seq),
            CONSTRAINT %I UNIQUE (stream_id, stream_version),
            CONSTRAINT %I UNIQUE (event_id),
            CONSTRAINT %I CHECK (ledger_seq >= %s AND ledger_seq < %s)
        ) WITH (fillfactor = 100)',
        name, name || '_pkey', name || '_stream_key', name || '_event_id_key', name || '_range',
        low, low + size);
    EXECUTE format(
        'CREATE TRIGGER only_ever_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.%I
         FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()', name);
    EXECUTE format('ALTER TABLE ledger.%I ENABLE ALWAYS TRIGGER only_ever_added_to', name);
    EXECUTE format(
        'ALTER TABLE ledger.events ATTACH PARTITION ledger.%I FOR VALUES FROM (%s) TO (%s)',
        name, low, low + size);
    -- Attaching it has proven the range; checked at each insert it would only cost time.
    EXECUTE format('ALTER TABLE ledger.%I DROP CONSTRAINT %I', name, name || '_range');
    UPDATE ledger.head SET room_until = low + size - 1;
    RETURN low + size - 1;
END
$$;

DROP FUNCTION ledger.append;

-- What an append consists of. Places count the events of one call, from 1.
CREATE TYPE ledger.new_event AS (
    stream_id uuid, stream_version integer, event_id uuid, event_type text,
    schema_version smallint, payload text,
    effective_at timestamptz,  -- null: effective when recorded
    actor text, correlation_id text, causation_id text, request_id text, reason text,
    trace_context text
);
-- A stream and the version it goes on from, the version it comes to, its first and last event here.
CREATE TYPE ledger.stream_step AS (
    stream_id uuid, before integer, version integer, first_place integer, last_place integer
);
-- A stream that was only read, and the version that it must have; 0: it must not exist.
CREATE TYPE ledger.stream_read AS (stream_id uuid, version integer);
-- A source's identifier of the event at a place, and the fingerprint of its content.
CREATE TYPE ledger.new_natural_key AS (place integer, natural_key text, fingerprint text);
-- A caller's key, what it stands for, the receipt to keep with it, and the place of the command's
-- last event; null: the command has none.
CREATE TYPE ledger.new_key AS (
    scope text, key text, fingerprint text, stream_id uuid, version integer, last_place integer
);

-- Writes everything it is given, or raises and writes nothing. Positions follow the order of the
-- events, of which `skipped` stand before the first place; its position is returned, or null when
-- there are no events.
CREATE FUNCTION ledger.append_all(
    skipped integer,
    events ledger.new_event[],
    begun ledger.stream_step[],
    grown ledger.stream_step[],
    reads ledger.stream_read[],
    natural_keys ledger.new_natural_key[],
    keys ledger.new_key[]
) RETURNS bigint
LANGUAGE plpgsql AS $$  -- Called by ledger.append alone, and under its search path.
DECLARE
    count constant integer := cardinality(events);
    first bigint;
    zero bigint;
    room bigint;
    moment timestamptz;
    written integer;
BEGIN
    IF count > 0 OR cardinality(reads) > 0 THEN
        -- From here to the commit this is the only append. The clock is read after the wait, and
        -- never runs backwards along the log.
        UPDATE ledger.head AS h
        SET last_seq = h.last_seq + count,
            last_recorded_at = greatest(h.last_recorded_at, clock_timestamp())
        RETURNING h.last_seq - count + 1, h.last_recorded_at, h.room_until
        INTO STRICT first, moment, room;
        zero := first - skipped - 1;
        -- The daemon makes partitions ahead of need. Where nobody did, this append does.
        WHILE first + count - 1 > room LOOP
            room := ledger.make_partition();
        END LOOP;
    END IF;

    IF cardinality(reads) > 0 AND EXISTS (
        SELECT FROM unnest(reads) AS r LEFT JOIN ledger.streams AS s ON s.stream_id = r.stream_id
        WHERE coalesce(s.version, 0) <> r.version
    ) THEN
        RAISE EXCEPTION 'a stream that was read has changed' USING ERRCODE = 'LK003';
    END IF;

    IF cardinality(begun) > 0 THEN
        INSERT INTO ledger.streams (stream_id, version, first_seq, last_seq)
        SELECT b.stream_id, b.version, zero + b.first_place, zero + b.last_place
        FROM unnest(begun) AS b;
    END IF;
    IF cardinality(grown) > 0 THEN
        UPDATE ledger.streams AS s SET version = g.version, last_seq = zero + g.last_place
        FROM unnest(grown) AS g
        WHERE s.stream_id = g.stream_id AND s.version = g.before;
        GET DIAGNOSTICS written = ROW_COUNT;
        IF written <> cardinality(grown) THEN
            RAISE EXCEPTION 'a stream is not at the version it was read at' USING ERRCODE = 'LK004';
        END IF;
    END IF;

    IF count > 0 THEN
        INSERT INTO ledger.events (
            ledger_seq, stream_id, stream_version, event_id, event_type, schema_version, payload,
            actor, correlation_id, causation_id, request_id, reason, effective_at, recorded_at,
            trace_context
        )
        SELECT first - 1 + e.place, e.stream_id, e.stream_version, e.event_id, e.event_type,
            e.schema_version, e.payload, e.actor, e.correlation_id, e.causation_id, e.request_id,
            e.reason, coalesce(e.effective_at, moment), moment, e.trace_context
        FROM unnest(events) WITH ORDINALITY AS e(
            stream_id, stream_version, event_id, event_type, schema_version, payload, effective_at,
            actor, correlation_id, causation_id, request_id, reason, trace_context, place
        );
    END IF;

    IF cardinality(natural_keys) > 0 THEN
        INSERT INTO ledger.natural_keys (stream_id, natural_key, fingerprint, ledger_seq)
        SELECT (events[n.place - skipped]).stream_id, n.natural_key, n.fingerprint, zero + n.place
        FROM unnest(natural_keys) AS n;
    END IF;

    IF cardinality(keys) > 0 THEN
        INSERT INTO ledger.idempotency_keys (
            scope, key, fingerprint, stream_id, stream_version, position, recorded_at
        )
        SELECT k.scope, k.key, k.fingerprint, k.stream_id, k.version, zero + k.last_place,
            coalesce(moment, clock_timestamp())
        FROM unnest(keys) AS k
        ON CONFLICT ON CONSTRAINT idempotency_keys_pkey DO NOTHING;
        GET DIAGNOSTICS written = ROW_COUNT;
        IF written <> cardinality(keys) THEN
            RAISE EXCEPTION 'this idempotency key was used before' USING ERRCODE = 'LK001';
        END IF;
    END IF;
    RETURN CASE WHEN count > 0 THEN first END;
END
$$;

-- The one way in. Several commands at once are one transaction, and each has an outcome of its own:
-- what refuses one of them leaves the others as they were without it.
CREATE FUNCTION ledger.append(
    -- How many elements of each array below belong to each command: six numbers a command.
    shape integer[],
    events ledger.new_event[],
    begun ledger.stream_step[],
    grown ledger.stream_step[],
    reads ledger.stream_read[],
    natural_keys ledger.new_natural_key[],
    keys ledger.new_key[],
    OUT first_seqs bigint[],           -- of each command; of the first alone when none was refused
    OUT faults text[],                 -- null when none was; else of each its SQLSTATE, or null
    OUT details text[]                 -- the constraint, if any, a line end, and what was said
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    arrays constant integer := 6;
    commands constant integer := cardinality(shape) / arrays;
    low integer[] := ARRAY[1, 1, 1, 1, 1, 1];
    high integer[] := ARRAY[0, 0, 0, 0, 0, 0];
    said text;
    broken text;
BEGIN
    IF commands = 1 THEN
        first_seqs := ARRAY[
            ledger.append_all(0, events, begun, grown, reads, natural_keys, keys)];
        RETURN;
    END IF;
    BEGIN
        first_seqs := ARRAY[
            ledger.append_all(0, events, begun, grown, reads, natural_keys, keys)];
        RETURN;
    EXCEPTION
        WHEN integrity_constraint_violation OR data_exception OR cardinality_violation
            OR SQLSTATE 'LK001' OR SQLSTATE 'LK003' OR SQLSTATE 'LK004' THEN
            NULL;  -- One of them, or two of them together. Each alone tells which.
    END;
    first_seqs := array_fill(NULL::bigint, ARRAY[commands]);
    faults := array_fill(NULL::text, ARRAY[commands]);
    details := array_fill(NULL::text, ARRAY[commands]);
    FOR command IN 1 .. commands LOOP
        FOR each IN 1 .. arrays LOOP
            low[each] := high[each] + 1;
            high[each] := high[each] + shape[(command - 1) * arrays + each];
        END LOOP;
        BEGIN
            first_seqs[command] := ledger.append_all(
                low[1] - 1, events[low[1]:high[1]], begun[low[2]:high[2]], grown[low[3]:high[3]],
                reads[low[4]:high[4]], natural_keys[low[5]:high[5]], keys[low[6]:high[6]]
            );
        EXCEPTION
            WHEN integrity_constraint_violation OR data_exception OR cardinality_violation
                OR SQLSTATE 'LK001' OR SQLSTATE 'LK003' OR SQLSTATE 'LK004' THEN
                GET STACKED DIAGNOSTICS said = MESSAGE_TEXT, broken = CONSTRAINT_NAME;
                faults[command] := SQLSTATE;
                details[command] := coalesce(broken, '') || E'\n' || said;
        END;
    END LOOP;
END
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ledger FROM PUBLIC;
GRANT USAGE ON SCHEMA ledger TO dynasty_keeper;
GRANT SELECT ON ledger.events, ledger.head, ledger.streams
    TO dynasty_writer, dynasty_projector, dynasty_reader, dynasty_keeper;
GRANT SELECT, UPDATE ON ledger.partitioning TO dynasty_keeper;
GRANT EXECUTE ON FUNCTION ledger.append TO dynasty_writer;
GRANT EXECUTE ON FUNCTION ledger.make_partition TO dynasty_keeper;
GRANT EXECUTE ON FUNCTION ledger.last_seq_before
    TO dynasty_writer, dynasty_projector, dynasty_reader, dynasty_keeper;
