-- What the rules engine remembers beside the log: who watches which accounts, what was refused, who
-- is silent, and what was asked of the platform. Nothing here is a fact of the ledger.
DO $$
DECLARE
    acting text := CASE WHEN current_setting('server_version_num')::int < 160000
        THEN 'MEMBER' ELSE 'SET' END;
BEGIN
    BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'dynasty_engine') THEN
            CREATE ROLE dynasty_engine NOLOGIN;
        END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL;
    END;
    -- The engine reads the log and the read models as the reader does. Two databases may be migrated
    -- at the same moment: both then grant the same.
    BEGIN
        IF NOT pg_has_role('dynasty_engine', 'dynasty_reader', 'MEMBER') THEN
            GRANT dynasty_reader TO dynasty_engine;
        END IF;
    EXCEPTION WHEN unique_violation OR internal_error THEN
        NULL;
    END;
    IF NOT pg_has_role(current_user, 'dynasty_engine', acting) THEN
        EXECUTE format('GRANT dynasty_engine TO %I', current_user);
    END IF;
END
$$;

CREATE SCHEMA work AUTHORIZATION dynasty_owner;
SET LOCAL ROLE dynasty_owner;

-- Instances that are alive, so that each takes its fair share of the partitions.
CREATE TABLE work.engine_instances (
    owner varchar(200) PRIMARY KEY,
    seen_at timestamptz NOT NULL
);

-- One row per partition of the marks. The epoch rises with every change of owner and never falls:
-- what an owner writes with an older one is not written.
CREATE TABLE work.mark_leases (
    partition integer PRIMARY KEY CHECK (partition >= 0),
    owner varchar(200),
    epoch bigint NOT NULL DEFAULT 0,
    expires_at timestamptz NOT NULL DEFAULT '-infinity',
    -- Up to here the clock's work is done: deadlines before it were told to their accounts.
    told_until timestamptz
) WITH (fillfactor = 50);

-- Marks that were refused, counted by reason and day of arrival (UTC), with the last one as example.
CREATE TABLE work.mark_refusals (
    partition integer NOT NULL,
    reason varchar(40) NOT NULL,
    day date NOT NULL,
    count bigint NOT NULL CHECK (count > 0),
    last_account_id uuid,
    last_at timestamptz,
    last_open_pnl_units bigint,
    noted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (day, reason, partition)
);

-- Accounts with something open: is their open profit known? Written when that changes.
CREATE TABLE work.mark_states (
    account_id uuid PRIMARY KEY,
    partition integer NOT NULL,
    last_mark_at timestamptz,
    unknown_since timestamptz,
    -- A trading day that was not closed because what stayed open is unknown.
    unclosed_day date,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 70);
CREATE INDEX mark_states_unknown ON work.mark_states (unknown_since)
    WHERE unknown_since IS NOT NULL OR unclosed_day IS NOT NULL;

-- How far each follower of the log has come. Never part of a rebuild.
CREATE TABLE work.followers (
    name varchar(100) PRIMARY KEY,
    position bigint NOT NULL CHECK (position >= 0),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 10);

-- What was recorded before there were effects asks nothing of the platform any more.
INSERT INTO work.followers (name, position) SELECT 'effects', last_seq FROM ledger.head;

CREATE TABLE work.effects (
    effect_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    policy varchar(100) NOT NULL,
    event_id uuid NOT NULL,
    account_id uuid NOT NULL,
    action varchar(40) NOT NULL,
    payload jsonb NOT NULL,
    status varchar(10) NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'sent', 'failed')),
    attempts integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_error varchar(500),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    done_at timestamptz,
    CONSTRAINT effects_once UNIQUE (policy, event_id)
);
CREATE INDEX effects_due ON work.effects (next_attempt_at) WHERE status = 'pending';
CREATE INDEX effects_failed ON work.effects (effect_id) WHERE status = 'failed';

GRANT USAGE ON SCHEMA work TO dynasty_engine, dynasty_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA work TO dynasty_reader;
GRANT SELECT, INSERT, UPDATE ON work.mark_leases, work.mark_refusals, work.followers, work.effects
    TO dynasty_engine;
GRANT SELECT, INSERT, UPDATE, DELETE ON work.engine_instances, work.mark_states TO dynasty_engine;
