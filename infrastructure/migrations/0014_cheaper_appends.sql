-- What an event must be is asked by the one function that writes events. A CHECK of the table is read
-- from its text and made ready anew by every statement that inserts: a twelfth of a lone append.
SET LOCAL ROLE dynasty_owner;

CREATE FUNCTION ledger.refuse_event() RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an event has a type, an actor, and a payload of at most 1048576 bytes'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'events_limits';
END
$$;
REVOKE ALL ON FUNCTION ledger.refuse_event FROM PUBLIC;

-- Writes everything it is given, or raises and writes nothing. Positions follow the order of the
-- events, of which `skipped` stand before the first place; its position is returned, or null when
-- there are no events.
CREATE OR REPLACE FUNCTION ledger.append_all(
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

    IF cardinality(reads) > 0 THEN  -- Apart from the question below, which is a query of its own.
        IF EXISTS (
            SELECT
            FROM unnest(reads) AS r LEFT JOIN ledger.streams AS s ON s.stream_id = r.stream_id
            WHERE coalesce(s.version, 0) <> r.version
        ) THEN
            RAISE EXCEPTION 'a stream that was read has changed' USING ERRCODE = 'LK003';
        END IF;
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
            e.schema_version,
            CASE WHEN e.event_type <> '' AND e.actor <> '' AND octet_length(e.payload) <= 1048576
                THEN e.payload ELSE ledger.refuse_event() END,
            e.actor, e.correlation_id, e.causation_id, e.request_id,
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

DO $$
DECLARE
    part regclass;
BEGIN
    ALTER TABLE ledger.events DROP CONSTRAINT events_limits;
    FOR part IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'ledger.events'::regclass LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS events_limits', part);
    END LOOP;
END
$$;
