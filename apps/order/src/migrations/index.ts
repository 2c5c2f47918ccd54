import { GuardConsumers1769000000000, SourcePositions1769000000001 } from '@floodgate/adapters/kafka';
import { Orders1763800000000 } from './1763800000000-orders';

export const orderMigrations = [Orders1763800000000, GuardConsumers1769000000000, SourcePositions1769000000001];
