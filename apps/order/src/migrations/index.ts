import { Orders1763800000000 } from './1763800000000-orders';

export const orderMigrations = [Orders1763800000000];
