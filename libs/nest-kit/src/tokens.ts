/** Injection tokens that KitModule provides everywhere. */
export const CLOCK = Symbol('Clock');
export const LOG = Symbol('Log');
export const DATA_SOURCE = Symbol('DataSource');
export const REDIS = Symbol('Redis');
export const KAFKA = Symbol('Kafka');
export const PUBLISHER = Symbol('EventPublisher');
export const INSTANCE_ID = Symbol('instance id');
export const IDS = Symbol('IdSource');
