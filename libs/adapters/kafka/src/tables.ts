/** Statements for a service's migration: events waiting to be published. */
export const OUTBOX_TABLE = `
  CREATE TABLE outbox (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    topic VARCHAR(120) NOT NULL,
    message_key VARCHAR(64) NOT NULL,
    payload MEDIUMTEXT NOT NULL,
    headers TEXT NOT NULL,
    created_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
    PRIMARY KEY (id)
  )`;

/** Statements for a service's migration: how far each consumer has read, moved in the transaction of its rows. */
export const CONSUMER_OFFSETS_TABLE = `
  CREATE TABLE consumer_offsets (
    consumer VARCHAR(80) NOT NULL,
    topic VARCHAR(120) NOT NULL,
    partition_no INT UNSIGNED NOT NULL,
    next_offset BIGINT UNSIGNED NOT NULL,
    PRIMARY KEY (consumer, topic, partition_no)
  )`;
