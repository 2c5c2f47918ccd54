import { runMigrations } from '@floodgate/nest-kit';
import { migrations } from './migrations';

void runMigrations('degradation-plan', migrations);
