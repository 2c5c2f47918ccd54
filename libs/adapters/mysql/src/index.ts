export * from './data-source';
export * from './database-clock';
export * from './sql';
export * from './transaction';
