/** Injection tokens of this app. */
export const CONFIG = Symbol('OrderConfig');
export const AWAITED_CHANNEL = Symbol('the channel while a person waits');
export const CHANNEL = Symbol('PaymentChannel');
