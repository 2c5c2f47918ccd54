export const CONFIG = Symbol('inventory config');
