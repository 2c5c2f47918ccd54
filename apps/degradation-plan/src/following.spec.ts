import { type Acknowledgement } from '@floodgate/nest-kit';
import { type Following, followingOf } from './following';

const NOW = 1_800_000_000_000;
const inForce = { version: 7, hash: 'a' };
const ack = (instanceId: string, more: Partial<Acknowledgement> = {}): Acknowledgement => ({
  instanceId,
  app: 'gateway',
  version: 7,
  hash: 'a',
  receivedAtMs: 2,
  appliedAtMs: 3,
  source: 'push',
  tier: 1,
  seenAtMs: NOW - 5_000,
  ...more,
});

describe('how instances follow', () => {
  it('is said of each, those that lag or differ first', () => {
    const { states, instances } = followingOf(
      [
        ack('good'),
        ack('quiet', { seenAtMs: NOW - 31_000 }),
        ack('gone', { seenAtMs: NOW - 31_000, version: 6, hash: 'b' }),
        ack('old', { version: 6, hash: 'b' }),
        ack('young', { version: 8, hash: 'c' }),
        ack('other', { hash: 'x' }),
      ],
      inForce,
      NOW,
    );
    expect(instances.map(({ instanceId, state }) => [instanceId, state])).toEqual([
      ['other', 'conflict'],
      ['young', 'ahead'],
      ['old', 'behind'],
      ['gone', 'silent'],
      ['quiet', 'silent'],
      ['good', 'current'],
    ]);
    expect(states).toEqual({ conflict: 1, ahead: 1, behind: 1, silent: 2, current: 1 });
  });

  it('takes nobody for silent who speaks once only, and shows what is not told as null', () => {
    const edge: Acknowledgement = { instanceId: 'e', app: 'edge', version: 7, hash: 'a', appliedAtMs: 1, seenAtMs: 1 };
    expect(followingOf([edge], inForce, NOW).instances).toEqual<Following[]>([
      { ...edge, receivedAtMs: null, source: null, tier: null, state: 'current' },
    ]);
  });
});
