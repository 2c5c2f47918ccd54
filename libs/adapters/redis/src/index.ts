export * from './check-redis';
export * from './redis';
export * from './lua-script';
