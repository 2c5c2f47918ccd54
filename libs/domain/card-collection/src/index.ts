export * from './campaign';
export * from './draw-card';
export * from './find-open-campaign';
export * from './get-cards';
export * from './pick-card';
export * from './ports';
export * from './redeem-set';
export * from './refusal';
