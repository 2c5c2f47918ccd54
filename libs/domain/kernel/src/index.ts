export * from './channel';
export * from './clock';
export * from './fen';
export * from './hash';
export * from './ids';
export * from './outcome';
export * from './outcome-error';
export * from './routing';
