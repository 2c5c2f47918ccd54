import { type AdmittedApi } from '@floodgate/nest-kit';

/**
 * The steps of phase one, in the order in which they refuse: what is cheap and turns away most comes first, and a person hears of what cannot be helped
 * before being asked for anything. Gateway, edge and documentation follow this one list. `too-hot` asks for nobody's name, so it can refuse before
 * identity is checked; `qualification` lies in the body, so it is the first thing that is looked at in it.
 */
export const REFUSAL_ORDER = [
  'route-and-size',
  'window',
  'sold-out',
  'too-hot',
  'identity',
  'blacklist',
  'frequency',
  'room-pass',
  'drop',
  'cap',
  'challenge',
  'qualification',
] as const;
export type RefusalStep = (typeof REFUSAL_ORDER)[number];

const OF_GRABS_ONLY = ['sold-out', 'room-pass', 'challenge', 'qualification'] as const;
const OF_THE_PLAN = ['drop', 'cap'] as const;

/**
 * The steps that each API passes. A result passes everything but size, identity and frequency: a winner whose answer was lost is never told "closed".
 * A payment is shed last of all, and who holds an order has been let in long ago: neither the plan nor a listing for haste takes it away. The waiting room,
 * challenges and streams of events belong to no step of the plan: they are what people are sent to, or spare the rest their questions.
 */
export const PASSES: Readonly<Record<AdmittedApi, readonly RefusalStep[]>> = {
  venue: [...OF_GRABS_ONLY, 'identity', 'blacklist', 'drop'],
  entry: [...OF_GRABS_ONLY, 'cap'],
  task: [...OF_GRABS_ONLY, 'cap'],
  draw: [...OF_GRABS_ONLY, 'cap'],
  cards: [...OF_GRABS_ONLY, 'cap'],
  redeem: [...OF_GRABS_ONLY, 'cap'],
  qualification: OF_GRABS_ONLY,
  room: [...OF_GRABS_ONLY, ...OF_THE_PLAN],
  challenge: [...OF_GRABS_ONLY, ...OF_THE_PLAN],
  events: [...OF_GRABS_ONLY, ...OF_THE_PLAN],
  grab: [],
  pay: [...OF_GRABS_ONLY, 'window', 'blacklist', 'drop', 'cap'],
  result: [...OF_GRABS_ONLY, 'window', 'too-hot', 'blacklist', 'drop', 'cap'],
};

/** The steps that an API does not pass, in order. */
export function stepsOf(api: AdmittedApi): readonly RefusalStep[] {
  return REFUSAL_ORDER.filter((step) => !PASSES[api].includes(step));
}
