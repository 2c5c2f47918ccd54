export * from './memory-room-store';
export * from './room-store-contract';
