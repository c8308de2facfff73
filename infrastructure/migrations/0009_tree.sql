-- Tamper evidence: the tree of hashes over the log in tiles, its head, and signed checkpoints of it.
-- The keeper of the log writes here, and can write nowhere else by these rights.
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

-- Its row is changed together with the tiles, and only from the size that was read before: whoever
-- comes second changes nothing.
CREATE TABLE ledger.tree (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    size bigint NOT NULL CHECK (size >= 0),
    root bytea NOT NULL CHECK (octet_length(root) = 32)
) WITH (fillfactor = 10);
INSERT INTO ledger.tree (size, root) VALUES (0, sha256(''));

-- 256 hashes make a tile. One of level 0 holds leaves, one of level n the roots of full tiles of
-- level n - 1. The last tile of each level grows until it is full.
CREATE TABLE ledger.tiles (
    level smallint NOT NULL CHECK (level BETWEEN 0 AND 7),
    index bigint NOT NULL CHECK (index >= 0),
    hashes bytea NOT NULL CHECK (
        octet_length(hashes) BETWEEN 32 AND 8192 AND octet_length(hashes) % 32 = 0
    ),
    CONSTRAINT tiles_pkey PRIMARY KEY (level, index)
);
-- Hashes do not compress.
ALTER TABLE ledger.tiles ALTER COLUMN hashes SET STORAGE EXTERNAL;

CREATE TABLE ledger.checkpoints (
    size bigint CONSTRAINT checkpoints_pkey PRIMARY KEY CHECK (size > 0),
    root bytea NOT NULL CHECK (octet_length(root) = 32),
    note text NOT NULL CHECK (octet_length(note) <= 65536),
    signed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Where its copy is kept; null while it waits to be copied.
    place varchar(2000)
);
CREATE INDEX checkpoints_undelivered ON ledger.checkpoints (size) WHERE place IS NULL;

CREATE FUNCTION ledger.refuse_shrinking() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_TABLE_NAME = 'tiles' THEN
        IF (NEW.level, NEW.index) = (OLD.level, OLD.index)
            AND substr(NEW.hashes, 1, octet_length(OLD.hashes)) = OLD.hashes
        THEN
            RETURN NEW;
        END IF;
    ELSIF TG_TABLE_NAME = 'tree' THEN
        IF NEW.size > OLD.size THEN
            RETURN NEW;
        END IF;
    ELSIF OLD.place IS NULL
        AND (NEW.size, NEW.root, NEW.note, NEW.signed_at)
            = (OLD.size, OLD.root, OLD.note, OLD.signed_at)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% on %.% is refused: what was sealed and signed stays as it is',
        TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'LK002', HINT = 'Run `dynasty log verify`.';
END
$$;

DO $$
DECLARE
    kept text;
BEGIN
    FOREACH kept IN ARRAY ARRAY['tree', 'tiles', 'checkpoints'] LOOP
        EXECUTE format(
            'CREATE TRIGGER only_ever_grows BEFORE UPDATE ON ledger.%I
             FOR EACH ROW EXECUTE FUNCTION ledger.refuse_shrinking()', kept);
        EXECUTE format(
            'CREATE TRIGGER never_taken_away BEFORE DELETE OR TRUNCATE ON ledger.%I
             FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()', kept);
        -- ALWAYS: session_replication_role does not switch it off.
        EXECUTE format('ALTER TABLE ledger.%I ENABLE ALWAYS TRIGGER only_ever_grows', kept);
        EXECUTE format('ALTER TABLE ledger.%I ENABLE ALWAYS TRIGGER never_taken_away', kept);
    END LOOP;
END
$$;

REVOKE ALL ON FUNCTION ledger.refuse_shrinking FROM PUBLIC;
GRANT USAGE ON SCHEMA ledger TO dynasty_keeper;
GRANT SELECT ON ledger.tree, ledger.tiles, ledger.checkpoints TO dynasty_keeper, dynasty_reader;
GRANT UPDATE (size, root) ON ledger.tree TO dynasty_keeper;
GRANT INSERT, UPDATE (hashes) ON ledger.tiles TO dynasty_keeper;
GRANT INSERT (size, root, note), UPDATE (place) ON ledger.checkpoints TO dynasty_keeper;
