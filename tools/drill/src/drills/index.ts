import { type Drill } from '../drill';
import { capDrills } from './cap-drills';
import { consumerDrills } from './consumer-drills';
import { dropDrills } from './drop-drills';
import { entryDrills } from './entry-drills';
import { grabDrills } from './grab-drills';
import { payoutDrills } from './payout-drills';
import { priorityDrills } from './priority-drills';
import { tierDrills } from './tier-drills';

/** Every knob of the plan is in one of them; a test walks the plan. */
export const DRILLS: readonly Drill[] = [
  ...tierDrills,
  ...entryDrills,
  ...capDrills,
  ...grabDrills,
  ...dropDrills,
  ...priorityDrills,
  ...payoutDrills,
  ...consumerDrills,
];
