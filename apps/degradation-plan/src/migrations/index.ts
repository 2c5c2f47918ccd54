import { CreatePlans1768000000000 } from './1768000000000-create-plans';

export const migrations = [CreatePlans1768000000000];
