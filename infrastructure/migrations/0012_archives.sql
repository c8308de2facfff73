-- Old partitions of the log leave the database for files in an archive. What is left of each is one
-- row, which says where its events are now and what every file of them must hash to.
SET LOCAL ROLE dynasty_owner;

CREATE TABLE ledger.archives (
    first_seq bigint CONSTRAINT archives_pkey PRIMARY KEY CHECK (first_seq > 0),
    last_seq bigint NOT NULL CONSTRAINT archives_last_seq_key UNIQUE,
    -- Times never fall along the log, so these two say which partition a moment lies in.
    first_recorded_at timestamptz NOT NULL,
    last_recorded_at timestamptz NOT NULL,
    -- What signed checkpoint proves the events.
    tree_size bigint NOT NULL,
    root bytea NOT NULL CHECK (octet_length(root) = 32),
    place varchar(2000) NOT NULL,
    -- The list of files, with the size and SHA-256 of each; the archive holds the same text.
    manifest text NOT NULL,
    manifest_sha256 varchar(64) NOT NULL,
    -- The detached table, where it was kept; null where it was dropped.
    kept varchar(63),
    archived_by varchar(255) NOT NULL CHECK (archived_by <> ''),
    archived_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT archives_range CHECK (last_seq >= first_seq),
    CONSTRAINT archives_manifest CHECK (
        manifest_sha256 = encode(sha256(convert_to(manifest, 'UTF8')), 'hex')
    )
);
CREATE TRIGGER only_ever_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.archives
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
-- ALWAYS: session_replication_role does not switch it off.
ALTER TABLE ledger.archives ENABLE ALWAYS TRIGGER only_ever_added_to;

-- The partitions that are in the database, oldest first: their tables and ranges.
CREATE FUNCTION ledger.partitions(OUT name text, OUT first_seq bigint, OUT last_seq bigint)
RETURNS SETOF record
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT name, range[1]::bigint, range[2]::bigint - 1
    FROM (
        SELECT c.relname::text AS name, regexp_match(
            pg_get_expr(c.relpartbound, c.oid), 'FROM \(''?(\d+)''?\) TO \(''?(\d+)''?\)') AS range
        FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'ledger.events'::regclass
    ) AS found
    ORDER BY 2
$$;

-- Takes one partition out of the log and writes down where its events are. True when it did, false
-- when that was done before. The caller has read every file back; what the database can say for
-- itself is asked again here: nobody takes out what is not the oldest, not full, or not proved.
CREATE FUNCTION ledger.archive_partition(
    first bigint, last bigint, place text, manifest text, archived_by text, keeps boolean
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
-- Whoever reads or appends waits behind this lock: rather not have it than keep them waiting.
SET lock_timeout = '1s'
SET enable_seqscan = on AS $$
DECLARE
    hash constant text := encode(sha256(convert_to(manifest, 'UTF8')), 'hex');
    said constant jsonb := manifest::jsonb;
    known text;
    oldest bigint;
    table_name text;
    held record;
    proof record;
BEGIN
    LOCK TABLE ledger.archives IN SHARE ROW EXCLUSIVE MODE;
    SELECT a.manifest_sha256 INTO known FROM ledger.archives AS a
    WHERE a.first_seq = first AND a.last_seq = last;
    IF FOUND THEN
        IF known <> hash THEN
            RAISE EXCEPTION 'events % to % are archived already, by the manifest %',
                first, last, known USING ERRCODE = 'LK006';
        END IF;
        RETURN false;
    END IF;

    SELECT coalesce(max(a.last_seq), 0) + 1 INTO oldest FROM ledger.archives AS a;
    SELECT p.name INTO table_name FROM ledger.partitions() AS p
    WHERE p.first_seq = first AND p.last_seq = last;
    IF table_name IS NULL OR first <> oldest THEN
        RAISE EXCEPTION 'events % to % are not the oldest partition of the log, which begins at %',
            first, last, oldest USING ERRCODE = 'LK006';
    END IF;
    IF NOT EXISTS (SELECT FROM ledger.head AS h WHERE h.last_seq >= last) THEN
        RAISE EXCEPTION 'the partition of events % to % is not full', first, last
            USING ERRCODE = 'LK006';
    END IF;
    SELECT c.size, c.root INTO proof FROM ledger.checkpoints AS c, ledger.tree AS t
    WHERE c.size = (said ->> 'tree_size')::bigint AND c.size >= last AND t.size >= c.size;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'events % to % are not covered by a signed checkpoint', first, last
            USING ERRCODE = 'LK006';
    END IF;
    IF (said ->> 'first_ledger_seq', said ->> 'last_ledger_seq', said ->> 'root')
        IS DISTINCT FROM (first::text, last::text, encode(proof.root, 'hex'))
    THEN
        RAISE EXCEPTION 'the manifest is one of other events' USING ERRCODE = 'LK006';
    END IF;
    EXECUTE format(
        'SELECT count(*) AS events, min(recorded_at) AS earliest, max(recorded_at) AS latest
         FROM ledger.%I', table_name) INTO STRICT held;
    IF held.events <> last - first + 1 THEN
        RAISE EXCEPTION 'the partition of events % to % holds % events', first, last, held.events
            USING ERRCODE = 'LK006', HINT = 'Run `dynasty log verify`.';
    END IF;

    INSERT INTO ledger.archives (
        first_seq, last_seq, first_recorded_at, last_recorded_at, tree_size, root, place,
        manifest, manifest_sha256, kept, archived_by
    ) VALUES (
        first, last, held.earliest, held.latest, proof.size, proof.root, place,
        manifest, hash, CASE WHEN keeps THEN table_name END, archived_by
    );
    -- Last, for everybody waits from here to the commit.
    EXECUTE format('ALTER TABLE ledger.events DETACH PARTITION ledger.%I', table_name);
    IF keeps THEN
        EXECUTE format('REVOKE ALL ON ledger.%I FROM PUBLIC', table_name);
    ELSE
        EXECUTE format('DROP TABLE ledger.%I', table_name);
    END IF;
    RETURN true;
END
$$;

-- As before, and right where the log begins in an archive. A moment within an archived partition
-- cannot be found here: that is refused, and the files know it. Each statement has a snapshot of its
-- own, so that what was taken out meanwhile is noticed.
CREATE OR REPLACE FUNCTION ledger.last_seq_before(moment timestamptz) RETURNS bigint
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    low bigint := 0;
    high bigint;
    middle bigint;
    latest timestamptz;
    is_earlier boolean;
BEGIN
    SELECT a.last_seq, a.last_recorded_at INTO low, latest FROM ledger.archives AS a
    WHERE a.first_recorded_at < moment ORDER BY a.first_seq DESC LIMIT 1;
    low := coalesce(low, 0);
    IF latest >= moment THEN
        RAISE EXCEPTION 'what was recorded before % ends among archived events', moment
            USING ERRCODE = 'LK005';
    END IF;
    IF EXISTS (SELECT FROM ledger.archives AS a WHERE a.first_seq > low) THEN
        RETURN low;
    END IF;
    SELECT h.last_seq INTO STRICT high FROM ledger.head AS h;
    WHILE low < high LOOP
        middle := (low + high + 1) / 2;
        SELECT e.recorded_at < moment INTO is_earlier
        FROM ledger.events AS e WHERE e.ledger_seq = middle;
        IF is_earlier THEN
            low := middle;
        ELSIF is_earlier IS NULL
            AND EXISTS (SELECT FROM ledger.archives AS a WHERE a.last_seq >= middle)
        THEN
            RAISE EXCEPTION 'event % was archived a moment ago', middle USING ERRCODE = 'LK005';
        ELSE
            high := middle - 1;
        END IF;
    END LOOP;
    RETURN low;
END
$$;

-- When an event was recorded; of an archived one, when the first of its partition was.
CREATE FUNCTION ledger.waiting_since(seq bigint) RETURNS timestamptz
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(
        (SELECT e.recorded_at FROM ledger.events AS e WHERE e.ledger_seq = seq),
        (SELECT a.first_recorded_at FROM ledger.archives AS a
         WHERE seq BETWEEN a.first_seq AND a.last_seq)
    )
$$;

REVOKE ALL ON FUNCTION ledger.partitions, ledger.waiting_since, ledger.archive_partition
    FROM PUBLIC;
GRANT SELECT ON ledger.archives
    TO dynasty_writer, dynasty_projector, dynasty_reader, dynasty_keeper;
GRANT EXECUTE ON FUNCTION ledger.partitions TO dynasty_keeper, dynasty_reader;
GRANT EXECUTE ON FUNCTION ledger.waiting_since
    TO dynasty_writer, dynasty_projector, dynasty_reader, dynasty_keeper;
GRANT EXECUTE ON FUNCTION ledger.archive_partition TO dynasty_keeper;
