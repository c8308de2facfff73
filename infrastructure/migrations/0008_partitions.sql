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
INSERT INTO ledger.partitioning (events_per_partition) VALUES (1000000);

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

-- Writes everything it is given, or raises and writes nothing. Positions follow the order of the
-- events; the first one is returned, or null when there are none.
CREATE FUNCTION ledger.append_all(
    -- One element per event, in the order they are to have in the log.
    stream_ids uuid[],
    stream_versions integer[],
    event_ids uuid[],
    event_types text[],
    schema_versions smallint[],
    payloads text[],
    effective_ats timestamptz[],       -- null: effective when recorded
    actors text[],
    correlation_ids text[],
    causation_ids text[],
    request_ids text[],
    reasons text[],
    trace_contexts text[],
    -- One element per stream that is begun: its id, its last version, the places above of its first
    -- event and of its last one.
    begun_ids uuid[], begun_versions integer[], begun_firsts integer[], begun_lasts integer[],
    -- One element per stream that goes on: its id, the version it must have, its last version, and
    -- the place of its last event.
    grown_ids uuid[], grown_froms integer[], grown_versions integer[], grown_lasts integer[],
    -- Streams that were only read, and the version that each must have; 0: it must not exist.
    read_ids uuid[], read_versions integer[],
    -- One element per natural key: the event's place above, the key, the content's fingerprint.
    natural_places integer[], natural_keys text[], natural_fingerprints text[],
    -- One element per caller's key: the key, what it stands for, the receipt to keep with it, and the
    -- place of the command's last event; null: the command has none.
    key_scopes text[], keys text[], key_fingerprints text[],
    receipt_stream_ids uuid[], receipt_versions integer[], receipt_lasts integer[]
) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    events constant integer := cardinality(stream_ids);
    first bigint;
    room bigint;
    moment timestamptz;
    written integer;
BEGIN
    IF events > 0 OR cardinality(read_ids) > 0 THEN
        -- From here to the commit this is the only append. The clock is read after the wait, and
        -- never runs backwards along the log.
        UPDATE ledger.head AS h
        SET last_seq = h.last_seq + events,
            last_recorded_at = greatest(h.last_recorded_at, clock_timestamp())
        RETURNING h.last_seq - events + 1, h.last_recorded_at, h.room_until
        INTO STRICT first, moment, room;
        -- The daemon makes partitions ahead of need. Where nobody did, this append does.
        WHILE first + events - 1 > room LOOP
            room := ledger.make_partition();
        END LOOP;
    END IF;

    IF cardinality(read_ids) > 0 AND EXISTS (
        SELECT FROM unnest(read_ids, read_versions) AS r(stream_id, version)
        LEFT JOIN ledger.streams AS s ON s.stream_id = r.stream_id
        WHERE coalesce(s.version, 0) <> r.version
    ) THEN
        RAISE EXCEPTION 'a stream that was read has changed' USING ERRCODE = 'LK003';
    END IF;

    IF cardinality(begun_ids) > 0 THEN
        INSERT INTO ledger.streams (stream_id, version, first_seq, last_seq)
        SELECT b.stream_id, b.version, first + b.first - 1, first + b.last - 1
        FROM unnest(begun_ids, begun_versions, begun_firsts, begun_lasts)
            AS b(stream_id, version, first, last);
    END IF;
    IF cardinality(grown_ids) > 0 THEN
        UPDATE ledger.streams AS s SET version = g.version, last_seq = first + g.last - 1
        FROM unnest(grown_ids, grown_froms, grown_versions, grown_lasts)
            AS g(stream_id, before, version, last)
        WHERE s.stream_id = g.stream_id AND s.version = g.before;
        GET DIAGNOSTICS written = ROW_COUNT;
        IF written <> cardinality(grown_ids) THEN
            RAISE EXCEPTION 'a stream is not at the version it was read at' USING ERRCODE = 'LK004';
        END IF;
    END IF;

    IF events > 0 THEN
        INSERT INTO ledger.events (
            ledger_seq, stream_id, stream_version, event_id, event_type, schema_version, payload,
            actor, correlation_id, causation_id, request_id, reason, effective_at, recorded_at,
            trace_context
        )
        SELECT first + e.place - 1, e.stream_id, e.stream_version, e.event_id, e.event_type,
            e.schema_version, e.payload, e.actor, e.correlation_id, e.causation_id, e.request_id,
            e.reason, coalesce(e.effective_at, moment), moment, e.trace_context
        FROM unnest(
            stream_ids, stream_versions, event_ids, event_types, schema_versions, payloads,
            effective_ats, actors, correlation_ids, causation_ids, request_ids, reasons,
            trace_contexts
        ) WITH ORDINALITY AS e(
            stream_id, stream_version, event_id, event_type, schema_version, payload, effective_at,
            actor, correlation_id, causation_id, request_id, reason, trace_context, place
        );
    END IF;

    IF cardinality(natural_places) > 0 THEN
        INSERT INTO ledger.natural_keys (stream_id, natural_key, fingerprint, ledger_seq)
        SELECT stream_ids[n.place], n.natural_key, n.fingerprint, first + n.place - 1
        FROM unnest(natural_places, natural_keys, natural_fingerprints)
            AS n(place, natural_key, fingerprint);
    END IF;

    IF cardinality(keys) > 0 THEN
        INSERT INTO ledger.idempotency_keys (
            scope, key, fingerprint, stream_id, stream_version, position, recorded_at
        )
        SELECT k.scope, k.key, k.fingerprint, k.stream_id, k.version, first + k.last - 1,
            coalesce(moment, clock_timestamp())
        FROM unnest(
            key_scopes, keys, key_fingerprints, receipt_stream_ids, receipt_versions, receipt_lasts
        ) AS k(scope, key, fingerprint, stream_id, version, last)
        ON CONFLICT ON CONSTRAINT idempotency_keys_pkey DO NOTHING;
        GET DIAGNOSTICS written = ROW_COUNT;
        IF written <> cardinality(keys) THEN
            RAISE EXCEPTION 'this idempotency key was used before' USING ERRCODE = 'LK001';
        END IF;
    END IF;
    RETURN CASE WHEN events > 0 THEN first END;
END
$$;

-- The one way in. Several commands at once are one transaction, and each has an outcome of its own:
-- what refuses one of them leaves the others as they were without it.
CREATE FUNCTION ledger.append(
    -- How many elements of each group below belong to each command, six numbers a command: events,
    -- streams begun, grown, only read, natural keys, caller's keys. Places count within a command
    -- when it is alone and from the first event of all when it is not.
    shape integer[],
    stream_ids uuid[], stream_versions integer[], event_ids uuid[], event_types text[],
    schema_versions smallint[], payloads text[], effective_ats timestamptz[], actors text[],
    correlation_ids text[], causation_ids text[], request_ids text[], reasons text[],
    trace_contexts text[],
    begun_ids uuid[], begun_versions integer[], begun_firsts integer[], begun_lasts integer[],
    grown_ids uuid[], grown_froms integer[], grown_versions integer[], grown_lasts integer[],
    read_ids uuid[], read_versions integer[],
    natural_places integer[], natural_keys text[], natural_fingerprints text[],
    key_scopes text[], keys text[], key_fingerprints text[],
    receipt_stream_ids uuid[], receipt_versions integer[], receipt_lasts integer[],
    OUT first_seqs bigint[],           -- of each command; of the first alone when none was refused
    OUT faults text[],                 -- null when none was; else of each its SQLSTATE, or null
    OUT details text[]                 -- what was said, the constraint before a line end
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
    groups constant integer := 6;
    commands constant integer := cardinality(shape) / groups;
    at integer[] := ARRAY[1, 1, 1, 1, 1, 1];
    upto integer[] := ARRAY[0, 0, 0, 0, 0, 0];
    said text;
    broken text;
    before integer;
BEGIN
    IF commands = 1 THEN
        first_seqs := ARRAY[ledger.append_all(
            stream_ids, stream_versions, event_ids, event_types, schema_versions, payloads,
            effective_ats, actors, correlation_ids, causation_ids, request_ids, reasons,
            trace_contexts, begun_ids, begun_versions, begun_firsts, begun_lasts, grown_ids,
            grown_froms, grown_versions, grown_lasts, read_ids, read_versions, natural_places,
            natural_keys, natural_fingerprints, key_scopes, keys, key_fingerprints,
            receipt_stream_ids, receipt_versions, receipt_lasts
        )];
        RETURN;
    END IF;
    BEGIN
        first_seqs := ARRAY[ledger.append_all(
            stream_ids, stream_versions, event_ids, event_types, schema_versions, payloads,
            effective_ats, actors, correlation_ids, causation_ids, request_ids, reasons,
            trace_contexts, begun_ids, begun_versions, begun_firsts, begun_lasts, grown_ids,
            grown_froms, grown_versions, grown_lasts, read_ids, read_versions, natural_places,
            natural_keys, natural_fingerprints, key_scopes, keys, key_fingerprints,
            receipt_stream_ids, receipt_versions, receipt_lasts
        )];
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
        FOR each IN 1 .. groups LOOP
            at[each] := upto[each] + 1;
            upto[each] := upto[each] + shape[(command - 1) * groups + each];
        END LOOP;
        before := at[1] - 1;
        BEGIN
            first_seqs[command] := ledger.append_all(
                stream_ids[at[1]:upto[1]], stream_versions[at[1]:upto[1]],
                event_ids[at[1]:upto[1]], event_types[at[1]:upto[1]],
                schema_versions[at[1]:upto[1]], payloads[at[1]:upto[1]],
                effective_ats[at[1]:upto[1]], actors[at[1]:upto[1]],
                correlation_ids[at[1]:upto[1]], causation_ids[at[1]:upto[1]],
                request_ids[at[1]:upto[1]], reasons[at[1]:upto[1]], trace_contexts[at[1]:upto[1]],
                begun_ids[at[2]:upto[2]], begun_versions[at[2]:upto[2]],
                ledger.within(begun_firsts[at[2]:upto[2]], before),
                ledger.within(begun_lasts[at[2]:upto[2]], before), grown_ids[at[3]:upto[3]],
                grown_froms[at[3]:upto[3]], grown_versions[at[3]:upto[3]],
                ledger.within(grown_lasts[at[3]:upto[3]], before), read_ids[at[4]:upto[4]],
                read_versions[at[4]:upto[4]],
                ledger.within(natural_places[at[5]:upto[5]], before), natural_keys[at[5]:upto[5]],
                natural_fingerprints[at[5]:upto[5]], key_scopes[at[6]:upto[6]],
                keys[at[6]:upto[6]], key_fingerprints[at[6]:upto[6]],
                receipt_stream_ids[at[6]:upto[6]], receipt_versions[at[6]:upto[6]],
                ledger.within(receipt_lasts[at[6]:upto[6]], before)
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

-- Places of one command among those of all, counted from its own first event.
CREATE FUNCTION ledger.within(places integer[], before integer) RETURNS integer[]
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(place - before ORDER BY number), '{}')
    FROM unnest(places) WITH ORDINALITY AS p(place, number)
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
