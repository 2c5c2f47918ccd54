export * from './leased-cap';
export * from './paced-bucket';
export * from './platform-caps';
export * from './redis-share-board';
export * from './redis-token-lender';
export * from './share-seat';
export * from './share-table';
export * from './waiting-count';
