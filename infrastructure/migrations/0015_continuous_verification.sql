-- Where the continuous verification of the log is. A round compares every event up to `size` with the
-- tree, piece by piece, and what they lead to with `root`; then it follows the checkpoints, until the
-- next round.
SET LOCAL ROLE dynasty_owner;

CREATE TABLE work.verification (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    -- Rises with every step: who comes second with one changes nothing.
    step bigint NOT NULL DEFAULT 0,
    size bigint NOT NULL DEFAULT 0,
    root bytea,
    position bigint NOT NULL DEFAULT 0,
    -- One hash for each complete subtree of the events up to `position`.
    nodes bytea[] NOT NULL DEFAULT '{}',
    over boolean NOT NULL DEFAULT true,
    -- When the round began, and when the last one had come through.
    began_at timestamptz,
    through_at timestamptz,
    -- All that was sound when it was last compared whole, and when that was.
    sound_size bigint NOT NULL DEFAULT 0,
    sound_root bytea,
    sound_at timestamptz,
    -- What is not sound now. Another look at the same place, or another round, takes it back.
    finding_kind varchar(20),
    finding_seq bigint,
    finding varchar(2000),
    found_at timestamptz,
    CONSTRAINT verification_limits CHECK (
        0 <= position AND position <= size AND (size = 0) = (root IS NULL)
        AND (sound_size = 0) = (sound_root IS NULL) AND (finding IS NULL) = (found_at IS NULL)
    )
);
INSERT INTO work.verification DEFAULT VALUES;

GRANT USAGE ON SCHEMA work TO dynasty_keeper, dynasty_reader;
GRANT SELECT ON work.verification TO dynasty_keeper, dynasty_reader;
GRANT UPDATE ON work.verification TO dynasty_keeper;
