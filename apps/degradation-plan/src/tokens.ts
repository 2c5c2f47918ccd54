export const POLICY_SECRET = Symbol('policy secret');
export const JWT_SECRET = Symbol('JWT secret');
