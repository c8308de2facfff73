-- Four group roles. A login becomes a member of those whose work it does, and connects as one of
-- them with `options=-c role=...`.
-- Roles belong to the whole cluster, so two databases may be migrated at the same moment: whoever
-- comes second finds the role there and goes on.
DO $$
DECLARE
    wanted text;
    -- Before version 16 every member could act as the role.
    acting text := CASE WHEN current_setting('server_version_num')::int < 160000
        THEN 'MEMBER' ELSE 'SET' END;
BEGIN
    FOREACH wanted IN ARRAY ARRAY[
        'dynasty_owner',      -- owns every table and function; nobody connects as it
        'dynasty_writer',     -- may call ledger.append, and read what it wrote
        'dynasty_projector',  -- reads the log, owns the read models
        'dynasty_reader'      -- reads the log and the read models
    ] LOOP
        BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
                EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
            END IF;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
        END;
        -- Objects are made as the role that will own them. A superuser may act as any.
        IF NOT pg_has_role(current_user, wanted, acting) THEN
            EXECUTE format('GRANT %I TO %I', wanted, current_user);
        END IF;
    END LOOP;
    -- The owner gets its schemas, the projector a schema for each rebuild.
    EXECUTE format(
        'GRANT CREATE ON DATABASE %I TO dynasty_owner, dynasty_projector', current_database()
    );
END
$$;
