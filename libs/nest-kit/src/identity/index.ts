export * from './identities';
export * from './jwks-identities';
export * from './jwks-keys';
export * from './revocations';
export * from './start-identities';
