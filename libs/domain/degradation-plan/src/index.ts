export * from './canonical-json';
export * from './effective-policy';
export * from './manual-tier';
export * from './plan';
export * from './plan-snapshot';
export * from './stable-drop';
