import { GuardConsumers1769000000000 } from '@floodgate/adapters/kafka';
import { CreatePlans1768000000000 } from './1768000000000-create-plans';
import { KnowCampaigns1768500000000 } from './1768500000000-know-campaigns';
import { CompletePlans1790000000000 } from './1790000000000-complete-plans';
import { PeopleInCharge1790000000001 } from './1790000000001-people-in-charge';
import { CompleteAcknowledgements1790000000002 } from './1790000000002-complete-acknowledgements';

export const migrations = [
  CreatePlans1768000000000,
  KnowCampaigns1768500000000,
  GuardConsumers1769000000000,
  CompletePlans1790000000000,
  PeopleInCharge1790000000001,
  CompleteAcknowledgements1790000000002,
];
