export * from './drain';
export * from './place';
export * from './ports';
export * from './reach';
export * from './room';
export * from './shuffle';
export * from './waiting-room';
