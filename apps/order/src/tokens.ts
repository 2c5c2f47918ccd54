/** Injection tokens of this app. */
export const CONFIG = Symbol('OrderConfig');
export const CHANNEL = Symbol('PaymentChannel');
