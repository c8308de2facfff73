-- Rebuilds of read models: what is built, by which code, and who works on which range of streams.
-- Like the read models themselves, all of it can be thrown away and done again.
SET LOCAL ROLE dynasty_owner;

-- A rebuild fills tables in a schema of its own, up to `head`, before it follows the log.
CREATE TABLE work.rebuilds (
    rebuild_id uuid CONSTRAINT rebuilds_pkey PRIMARY KEY,
    schema_name varchar(63) NOT NULL,
    models text[] NOT NULL,
    -- One for each model: only workers with the same code may help.
    versions text[] NOT NULL,
    head bigint NOT NULL,
    status varchar(9) NOT NULL DEFAULT 'loading',
    -- Events a second, all workers together; null is as fast as they can.
    throttle integer,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz,
    position bigint,
    problem_code varchar(100),
    problem_sentence varchar(2000),
    problem_facts text,
    CONSTRAINT rebuilds_limits CHECK (
        status IN ('loading', 'following', 'switched', 'failed', 'abandoned')
        AND cardinality(models) = cardinality(versions) AND throttle > 0
        AND (status IN ('loading', 'following')) = (finished_at IS NULL)
    )
);
-- One at a time, whoever asks.
CREATE UNIQUE INDEX rebuilds_open ON work.rebuilds ((true)) WHERE finished_at IS NULL;
CREATE INDEX rebuilds_newest ON work.rebuilds (started_at DESC);

-- Streams side by side, above `after_stream` and up to `until_stream`. Who works on a range holds it
-- by a lease; its rows and its end are written in one transaction, under the epoch of the lease.
CREATE TABLE work.rebuild_ranges (
    rebuild_id uuid NOT NULL REFERENCES work.rebuilds ON DELETE CASCADE,
    number integer NOT NULL,
    after_stream uuid,
    until_stream uuid NOT NULL,
    events bigint NOT NULL,
    status varchar(7) NOT NULL DEFAULT 'waiting',
    epoch integer NOT NULL DEFAULT 0,
    attempts integer NOT NULL DEFAULT 0,
    owner uuid,
    lease_until timestamptz,
    done bigint NOT NULL DEFAULT 0,
    -- Dead letters of accounts that were left standing.
    letters bigint[] NOT NULL DEFAULT '{}',
    CONSTRAINT rebuild_ranges_pkey PRIMARY KEY (rebuild_id, number),
    CONSTRAINT rebuild_ranges_limits CHECK (
        status IN ('waiting', 'held', 'done') AND (status = 'held') = (owner IS NOT NULL)
    )
);

GRANT USAGE ON SCHEMA work TO dynasty_projector, dynasty_reader;
GRANT SELECT, INSERT, DELETE ON work.rebuilds, work.rebuild_ranges TO dynasty_projector;
GRANT UPDATE (
    status, throttle, finished_at, position, problem_code, problem_sentence, problem_facts
) ON work.rebuilds TO dynasty_projector;
GRANT UPDATE (status, epoch, attempts, owner, lease_until, done, letters)
    ON work.rebuild_ranges TO dynasty_projector;
GRANT SELECT ON work.rebuilds, work.rebuild_ranges TO dynasty_reader;
