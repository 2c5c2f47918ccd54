import { REFERENCE_PLAN } from '@floodgate/domain/degradation-plan';
import { priorityOf } from './too-hot';
import { type Walk } from './walk';

const priorities = { ...REFERENCE_PLAN.priorities, grab: 'qualify', venue: 'browse' } as const;
const asked = (api: Walk['api']) => priorityOf({ api, policy: { priorities } } as Partial<Walk> as Walk);

it.each([
  ['what the plan says of it', 'grab', 'qualify'],
  ['what is shed last, being a result', 'result', 'pay'],
  ['a grab, on the way to one', 'room', 'qualify'],
  ['a grab, on the way to one', 'challenge', 'qualify'],
  ['browsing, which stands in for it', 'events', 'browse'],
] as const)('counts as %s: %s', (_, api, expected) => {
  expect(asked(api)).toBe(expected);
});
