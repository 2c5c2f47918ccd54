import { type CampaignPublishedV1, type OrderExpiredV1 } from '@floodgate/contracts';
import { type Random } from '../random';
import { type Offsets } from '../servers/kafka-slices';
import { type ChaosWorld } from '../world';

/** What a fault may touch, and what it needs to know of the schedule. */
export interface FaultContext {
  readonly world: ChaosWorld;
  readonly random: Random;
  /** Where the stock log stood before the schedule. */
  readonly stockLogFrom: Offsets;
  readonly published: CampaignPublishedV1;
  /** Every order-expired event so far. */
  readonly expired: readonly OrderExpiredV1[];
}
