/** Injection tokens of this app. */
export const CONFIG = Symbol('PrizePayoutConfig');
export const CHANNEL = Symbol('PayoutChannel');
export const PLAN = Symbol('PayoutPlan');
