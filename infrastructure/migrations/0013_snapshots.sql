-- What long streams came to, so that they need not be folded from the start: a cache, and no part of
-- the log. All of it can be thrown away at any time.
DO $$
DECLARE
    acting text := CASE WHEN current_setting('server_version_num')::int < 160000
        THEN 'MEMBER' ELSE 'SET' END;
BEGIN
    BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'dynasty_keeper') THEN
            CREATE ROLE dynasty_keeper NOLOGIN;
        END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL;  -- Another database of the cluster was migrated at the same moment.
    END;
    IF NOT pg_has_role(current_user, 'dynasty_keeper', acting) THEN
        EXECUTE format('GRANT dynasty_keeper TO %I', current_user);
    END IF;
END
$$;
SET LOCAL ROLE dynasty_owner;

-- One row for each code that snapshots were taken by. First it goes through all streams, by id, up
-- to `swept_to`, which is null when it has; then it follows the log, from where that stood when it
-- began: `position`. While `distrusted_at` is set nobody uses its snapshots; `wrong` only ever rises.
CREATE TABLE work.snapshot_codes (
    code_hash varchar(64) PRIMARY KEY,
    position bigint NOT NULL CHECK (position >= 0),
    swept_to uuid DEFAULT '00000000-0000-0000-0000-000000000000',
    first_seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    checked bigint NOT NULL DEFAULT 0,
    wrong bigint NOT NULL DEFAULT 0,
    unreadable bigint NOT NULL DEFAULT 0,
    last_checked_at timestamptz,
    distrusted_at timestamptz,
    cleared_at timestamptz,
    cleared_by varchar(255),
    cleared_reason varchar(2000)
) WITH (fillfactor = 50);

-- The newest of each stream and code. `ledger_seq` is the position of the event at `version`.
CREATE TABLE work.snapshots (
    code_hash varchar(64) NOT NULL REFERENCES work.snapshot_codes,
    stream_id uuid NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    ledger_seq bigint NOT NULL CHECK (ledger_seq > 0),
    state bytea NOT NULL,
    digest varchar(64) NOT NULL,
    taken_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    checked_at timestamptz,
    CONSTRAINT snapshots_pkey PRIMARY KEY (code_hash, stream_id),
    CONSTRAINT snapshots_limits CHECK (octet_length(state) <= 16777216)
);

-- Snapshots that were not what a full replay gives. Kept for people; the newest thousand.
CREATE TABLE work.snapshot_faults (
    fault_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code_hash varchar(64) NOT NULL,
    stream_id uuid NOT NULL,
    version integer NOT NULL,
    ledger_seq bigint NOT NULL,
    kind varchar(10) NOT NULL CHECK (kind IN ('wrong', 'unreadable')),
    differs varchar(2000) NOT NULL,
    digest varchar(64) NOT NULL,
    replayed_digest varchar(64),
    taken_at timestamptz NOT NULL,
    found_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

GRANT USAGE ON SCHEMA ledger, work TO dynasty_keeper;
GRANT USAGE ON SCHEMA work TO dynasty_writer, dynasty_projector;
GRANT SELECT ON ledger.events, ledger.head, ledger.streams TO dynasty_keeper;
GRANT SELECT ON work.snapshot_codes, work.snapshots
    TO dynasty_writer, dynasty_projector, dynasty_reader;
GRANT SELECT ON work.snapshot_faults TO dynasty_reader;
GRANT SELECT, INSERT, UPDATE, DELETE
    ON work.snapshot_codes, work.snapshots, work.snapshot_faults TO dynasty_keeper;
