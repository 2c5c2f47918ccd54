import { GuardConsumers1769000000000, SourcePositions1769000000001 } from '@floodgate/adapters/kafka';
import { CreateActivity1768000000000 } from './1768000000000-create-activity';
import { SealPackets1785000000000 } from './1785000000000-seal-packets';
import { CountShares1785000000001 } from './1785000000001-count-shares';
import { RiskList1786000000000 } from './1786000000000-risk-list';

export const migrations = [
  CreateActivity1768000000000,
  GuardConsumers1769000000000,
  SourcePositions1769000000001,
  SealPackets1785000000000,
  CountShares1785000000001,
  RiskList1786000000000,
];
