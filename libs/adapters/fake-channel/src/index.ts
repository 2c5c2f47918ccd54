export * from './channel-faults';
export * from './fake-channel';
export * from './migrations';
