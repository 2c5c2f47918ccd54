import { CreateCardCollection1768000000000 } from './1768000000000-create-card-collection';

export const migrations = [CreateCardCollection1768000000000];
