-- Work that is asked for now and done later. It is no part of the log: it can be lost and asked for
-- again. A role of its own does it, which can neither read nor write anything else.
DO $$
BEGIN
    BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'dynasty_worker') THEN
            CREATE ROLE dynasty_worker NOLOGIN;
        END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL;  -- Another database of the cluster was migrated at the same moment.
    END;
END
$$;
CREATE SCHEMA IF NOT EXISTS work AUTHORIZATION dynasty_owner;
SET LOCAL ROLE dynasty_owner;

-- A what-if question, who works on it, and what it came to. Whoever works holds a lease; one whose
-- lease has run out is taken over, and can no longer write.
CREATE TABLE work.whatif_runs (
    run_id uuid CONSTRAINT whatif_runs_pkey PRIMARY KEY,
    caller varchar(255) NOT NULL,
    idempotency_key varchar(255) NOT NULL,
    fingerprint varchar(64) NOT NULL,
    question text NOT NULL,
    log_position bigint NOT NULL,
    status varchar(9) NOT NULL DEFAULT 'queued',
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    started_at timestamptz,
    finished_at timestamptz,
    lease_owner uuid,
    lease_until timestamptz,
    attempts smallint NOT NULL DEFAULT 0,
    done bigint NOT NULL DEFAULT 0,
    total bigint,
    flips_kept integer NOT NULL DEFAULT 0,
    summary text,
    problem_code varchar(100),
    problem_sentence varchar(2000),
    CONSTRAINT whatif_runs_key UNIQUE (caller, idempotency_key),
    CONSTRAINT whatif_runs_limits CHECK (
        status IN ('queued', 'running', 'done', 'failed', 'cancelled')
        AND octet_length(question) <= 1048576 AND octet_length(summary) <= 16777216
        AND (status = 'running') = (lease_owner IS NOT NULL)
    )
);
CREATE INDEX whatif_runs_open ON work.whatif_runs (created_at)
    WHERE status IN ('queued', 'running');
CREATE INDEX whatif_runs_newest ON work.whatif_runs (created_at DESC, run_id DESC);

-- One flip a row, as JSON, in the order of the run.
CREATE TABLE work.whatif_flips (
    run_id uuid NOT NULL REFERENCES work.whatif_runs ON DELETE CASCADE,
    number integer NOT NULL,
    flip text NOT NULL,
    CONSTRAINT whatif_flips_pkey PRIMARY KEY (run_id, number)
);

GRANT USAGE ON SCHEMA work TO dynasty_worker;
GRANT SELECT, INSERT, DELETE ON work.whatif_runs, work.whatif_flips TO dynasty_worker;
-- What was asked, by whom and at which position stays as it was.
GRANT UPDATE (
    status, started_at, finished_at, lease_owner, lease_until, attempts, done, total, flips_kept,
    summary, problem_code, problem_sentence
) ON work.whatif_runs TO dynasty_worker;
