-- The one way in. One call is one append: all of it or nothing.
SET LOCAL ROLE dynasty_owner;

CREATE FUNCTION ledger.append(
    -- One element per event, in the order they are to have in the log.
    stream_ids uuid[],
    stream_versions integer[],
    event_ids uuid[],
    event_types text[],
    schema_versions smallint[],
    payloads text[],
    effective_ats timestamptz[],       -- null: effective when recorded
    -- One element per natural key: the event's place above, the key, the content's fingerprint.
    natural_places integer[],
    natural_keys text[],
    natural_fingerprints text[],
    -- The same for all events of the command.
    actor text,
    correlation_id text,
    causation_id text,
    request_id text,
    reason text,
    -- The caller's key and the receipt to keep with it; a null key keeps none.
    key_scope text,
    key text,
    key_fingerprint text,
    receipt_stream_id uuid,
    receipt_version integer,
    OUT first_seq bigint,              -- numbers follow the order of the events, without gaps
    OUT last_seq bigint,               -- null, like first_seq, when there are no events
    OUT recorded_at timestamptz
)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan  -- Planning anew costs more than the insert.
AS $$
#variable_conflict use_variable
BEGIN
    IF cardinality(stream_ids) > 0 THEN
        -- From here to the commit this is the only append. The clock is read after the wait, and
        -- never runs backwards along the log.
        UPDATE ledger.head AS h
        SET last_seq = h.last_seq + cardinality(stream_ids),
            last_recorded_at = greatest(h.last_recorded_at, clock_timestamp())
        RETURNING h.last_seq - cardinality(stream_ids) + 1, h.last_seq, h.last_recorded_at
        INTO STRICT first_seq, last_seq, recorded_at;

        INSERT INTO ledger.events (
            ledger_seq, stream_id, stream_version, event_id, event_type, schema_version, payload,
            actor, correlation_id, causation_id, request_id, reason, effective_at, recorded_at
        )
        SELECT first_seq + e.place - 1, e.stream_id, e.stream_version, e.event_id, e.event_type,
            e.schema_version, e.payload, actor, correlation_id, causation_id, request_id, reason,
            coalesce(e.effective_at, recorded_at), recorded_at
        FROM unnest(
            stream_ids, stream_versions, event_ids, event_types, schema_versions, payloads,
            effective_ats
        ) WITH ORDINALITY AS e(
            stream_id, stream_version, event_id, event_type, schema_version, payload, effective_at,
            place
        );

        IF cardinality(natural_places) > 0 THEN
            INSERT INTO ledger.natural_keys (stream_id, natural_key, fingerprint, ledger_seq)
            SELECT stream_ids[n.place], n.natural_key, n.fingerprint, first_seq + n.place - 1
            FROM unnest(natural_places, natural_keys, natural_fingerprints)
                AS n(place, natural_key, fingerprint);
        END IF;
    END IF;

    IF key IS NOT NULL THEN
        INSERT INTO ledger.idempotency_keys AS k (
            scope, key, fingerprint, stream_id, stream_version, position, recorded_at
        )
        VALUES (
            key_scope, key, key_fingerprint, receipt_stream_id, receipt_version, last_seq,
            coalesce(recorded_at, clock_timestamp())
        )
        ON CONFLICT ON CONSTRAINT idempotency_keys_pkey DO NOTHING;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'this idempotency key was used before' USING ERRCODE = 'LK001';
        END IF;
    END IF;
END
$$;

-- The last position recorded before a moment; 0 when nothing was.
CREATE FUNCTION ledger.last_seq_before(moment timestamptz) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    low bigint := 0;
    high bigint;
    middle bigint;
BEGIN
    SELECT h.last_seq INTO STRICT high FROM ledger.head AS h;
    WHILE low < high LOOP
        middle := (low + high + 1) / 2;
        IF (SELECT e.recorded_at < moment FROM ledger.events AS e WHERE e.ledger_seq = middle) THEN
            low := middle;
        ELSE
            high := middle - 1;
        END IF;
    END LOOP;
    RETURN low;
END
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ledger FROM PUBLIC;
GRANT USAGE ON SCHEMA ledger TO dynasty_writer, dynasty_projector, dynasty_reader;
GRANT SELECT ON ledger.events, ledger.head TO dynasty_writer, dynasty_projector, dynasty_reader;
GRANT SELECT ON ledger.idempotency_keys, ledger.natural_keys TO dynasty_writer;
GRANT EXECUTE ON FUNCTION ledger.append TO dynasty_writer;
GRANT EXECUTE ON FUNCTION ledger.last_seq_before
    TO dynasty_writer, dynasty_projector, dynasty_reader;
