import { GuardConsumers1769000000000 } from '@floodgate/adapters/kafka';
import { CreateUnitRegister1763800000000 } from './1763800000000-create-unit-register';
import { HashRecorded1769000000001 } from './1769000000001-hash-recorded';
import { RecordShards1785000000000 } from './1785000000000-record-shards';

export const migrations = [
  CreateUnitRegister1763800000000,
  GuardConsumers1769000000000,
  HashRecorded1769000000001,
  RecordShards1785000000000,
];
