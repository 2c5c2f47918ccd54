export const POLICY_SIGNING_KEY = Symbol('policy signing key');
