-- A place for the read models. The projector makes its tables itself, here and in the schemas of its
-- rebuilds; whatever it makes, the reader may read.
CREATE SCHEMA read AUTHORIZATION dynasty_owner;

SET LOCAL ROLE dynasty_owner;
GRANT USAGE, CREATE ON SCHEMA read TO dynasty_projector;
GRANT USAGE ON SCHEMA read TO dynasty_reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA read
    GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON TABLES TO dynasty_projector;
ALTER DEFAULT PRIVILEGES IN SCHEMA read GRANT SELECT ON TABLES TO dynasty_reader;

SET LOCAL ROLE dynasty_projector;
ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO dynasty_reader;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO dynasty_reader;
