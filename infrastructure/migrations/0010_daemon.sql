-- What several daemons share: leases on the lanes of the log and on duties, the accounts that are
-- parked, and the effects by lane.
SET LOCAL ROLE dynasty_owner;

-- Daemons that are alive, so that each takes its fair share of the lanes and of the duties.
CREATE TABLE work.lane_holders (
    owner varchar(200) PRIMARY KEY,
    seen_at timestamptz NOT NULL
);
CREATE TABLE work.duty_holders (LIKE work.lane_holders INCLUDING ALL);

-- One row for each lane and each duty. The epoch rises with every change of owner and never falls:
-- what an owner writes with an older one is not written.
CREATE TABLE work.leases (
    name varchar(100) PRIMARY KEY,
    owner varchar(200),
    epoch bigint NOT NULL DEFAULT 0,
    expires_at timestamptz NOT NULL DEFAULT '-infinity'
) WITH (fillfactor = 50);

-- A letter for each event that stopped a stream, with the read models that it stopped: later events
-- of the stream wait behind it for them. Rows stay when the letter is closed.
CREATE TABLE work.dead_letters (
    letter_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    stream_id uuid NOT NULL,
    lane smallint NOT NULL,
    projections text[] NOT NULL CHECK (cardinality(projections) > 0),
    ledger_seq bigint NOT NULL,
    event_type text NOT NULL,
    error_code varchar(100) NOT NULL,
    sentence varchar(2000) NOT NULL,
    attempts integer NOT NULL DEFAULT 1,
    status varchar(10) NOT NULL DEFAULT 'parked'
        CHECK (status IN ('parked', 'retried', 'discarded', 'rebuilt')),
    parked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    tried_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    closed_at timestamptz,
    CHECK ((status = 'parked') = (closed_at IS NULL))
);
CREATE UNIQUE INDEX dead_letters_parked ON work.dead_letters (stream_id, ledger_seq)
    WHERE status = 'parked';
CREATE INDEX dead_letters_discarded ON work.dead_letters (ledger_seq) WHERE status = 'discarded';

-- The lane of a stream: zlib's CRC-32 of its sixteen bytes, modulo the number of lanes.
CREATE FUNCTION work.lane_of(stream_id uuid) RETURNS smallint
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    bytes bytea := uuid_send(stream_id);
    crc bigint := 4294967295;
BEGIN
    FOR place IN 0 .. 15 LOOP
        crc := crc # get_byte(bytes, place);
        FOR bit IN 1 .. 8 LOOP
            crc := (crc >> 1) # (CASE WHEN crc & 1 = 1 THEN 3988292384 ELSE 0 END);
        END LOOP;
    END LOOP;
    RETURN ((crc # 4294967295) % 8)::smallint;
END
$$;

-- An effect belongs to its account's lane, and so does how far the log was followed for effects.
ALTER TABLE work.effects
    ADD COLUMN lane smallint NOT NULL GENERATED ALWAYS AS (work.lane_of(account_id)) STORED;
DROP INDEX work.effects_due;
CREATE INDEX effects_due ON work.effects (lane, next_attempt_at) WHERE status = 'pending';

ALTER TABLE work.followers
    ADD COLUMN lane smallint NOT NULL DEFAULT 0,
    ADD COLUMN epoch bigint NOT NULL DEFAULT 0,
    DROP CONSTRAINT followers_pkey,
    ADD PRIMARY KEY (name, lane);
ALTER TABLE work.followers ALTER COLUMN lane DROP DEFAULT;
INSERT INTO work.followers (name, lane, position)
SELECT f.name, others.lane, f.position
FROM work.followers AS f CROSS JOIN generate_series(1, 7) AS others (lane);

GRANT USAGE ON SCHEMA work TO dynasty_projector;
GRANT SELECT, INSERT, UPDATE ON work.leases, work.dead_letters TO dynasty_projector;
GRANT SELECT, INSERT, UPDATE, DELETE ON work.lane_holders, work.duty_holders TO dynasty_projector;
GRANT SELECT ON work.leases, work.dead_letters, work.lane_holders, work.duty_holders
    TO dynasty_reader;
