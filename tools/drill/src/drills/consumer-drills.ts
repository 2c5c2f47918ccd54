import { type SlowedConsumer } from '@floodgate/domain/degradation-plan';
import { type Drill, type Load } from '../drill';
import { slowed } from '../quiet-plan';
import {
  bookedIncome,
  bookedPayouts,
  grantPackets,
  payOrders,
  qualify,
  spentQualifications,
  untilFunded,
  work,
} from '../work';

const EVENTS = 1_500;
const EVENTS_PER_SECOND = 300;
const LASTS_MS = 7_000;

const LOADS: Readonly<Record<SlowedConsumer, Load>> = {
  payout: work({ pieces: EVENTS, lastsMs: LASTS_MS, prepare: untilFunded, tell: grantPackets, done: bookedPayouts }),
  income: work({ pieces: EVENTS, lastsMs: LASTS_MS, prepare: untilFunded, tell: payOrders, done: bookedIncome }),
  'spent-qualifications': work({
    pieces: EVENTS,
    lastsMs: LASTS_MS,
    prepare: qualify(EVENTS),
    tell: grantPackets,
    done: spentQualifications,
  }),
};

const DOES: Readonly<Record<SlowedConsumer, string>> = {
  payout: 'winners see their payout booked',
  income: 'the ledger shows the merchant an income',
  'spent-qualifications': 'people see that their qualification is spent; the stock log alone decides whether it is',
};

export const consumerDrills: readonly Drill[] = (Object.keys(LOADS) as SlowedConsumer[]).flatMap((consumer) => {
  const knobs = (limit: string) => ['normal', 'tier1'].map((tier) => `${tier}.consumers.${consumer}.${limit}`);
  const load = LOADS[consumer];
  const told = `${EVENTS} events are there at once.`;
  return [
    {
      name: `consumer-${consumer}-rate`,
      knobs: knobs('eventsPerSecond'),
      compares: `off: no limit; on: ${EVENTS_PER_SECOND} a second in an instance. ${told}`,
      reading: `Look at the first 2 s. Later: ${DOES[consumer]}.`,
      campaign: 'split',
      on: slowed(consumer, { eventsPerSecond: EVENTS_PER_SECOND }),
      load,
    },
    {
      name: `consumer-${consumer}-concurrency`,
      knobs: knobs('concurrency'),
      compares: `off: as many partitions at a time as there are; on: one. ${told}`,
      reading: `Batches wait for each other, so the database has one at a time. Later: ${DOES[consumer]}.`,
      campaign: 'split',
      on: slowed(consumer, { concurrency: 1 }),
      load,
    },
  ];
});
