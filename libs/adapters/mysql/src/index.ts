export * from './data-source';
export * from './database-contact';
export * from './database-time';
export * from './sql';
export * from './transaction';
