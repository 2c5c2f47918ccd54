export * from './kafka';
export * from './enduring-consumer';
export * from './publisher';
export * from './outbox';
export * from './consumer-offsets';
export * from './event-consumer';
export * from './tables';
