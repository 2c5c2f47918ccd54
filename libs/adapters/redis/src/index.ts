export * from './check-redis';
export * from './keep-connecting';
export * from './keep-subscribed';
export * from './redis';
export * from './lua-script';
