import { CreateActivity1768000000000 } from './1768000000000-create-activity';

export const migrations = [CreateActivity1768000000000];
