import { runMigrations } from '@floodgate/nest-kit';
import { orderMigrations } from './migrations';

void runMigrations('order', orderMigrations);
