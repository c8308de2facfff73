-- Entries of marks whose refusals are counted and that may still be delivered again. A row goes when
-- its entry is acknowledged.
SET LOCAL ROLE dynasty_owner;

CREATE TABLE work.marks_counted (
    partition integer NOT NULL,
    entry varchar(50) NOT NULL,
    PRIMARY KEY (partition, entry)
);

GRANT SELECT ON work.marks_counted TO dynasty_reader;
GRANT SELECT, INSERT, DELETE ON work.marks_counted TO dynasty_engine;
