import { GuardConsumers1769000000000 } from '@floodgate/adapters/kafka';
import { CreateCardCollection1768000000000 } from './1768000000000-create-card-collection';
import { CountRedemptions1785000000000 } from './1785000000000-count-redemptions';

export const migrations = [
  CreateCardCollection1768000000000,
  GuardConsumers1769000000000,
  CountRedemptions1785000000000,
];
