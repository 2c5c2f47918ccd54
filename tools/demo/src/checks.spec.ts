import { type Checked, checksOf } from './checks';
import { type PlanOutage } from './plan-outage';
import { type TierSeen } from './tier-watch';

const seen = (more: Partial<TierSeen> = {}): TierSeen => ({
  pid: 1,
  service: 'order',
  instance: 'order',
  tier: 1,
  at: '2027-01-15T08:00:00.004Z',
  source: 'push',
  version: 5,
  lateMs: 4,
  lastBelowMs: -8,
  clockOffMsMax: 3,
  ...more,
});

const OUTAGE: PlanOutage = {
  planServiceKilledAt: '',
  redisStoppedAt: '',
  gatewayKilledAt: '',
  gatewayReadyAt: '',
  redisReadyAt: '',
  planServiceReadyAt: '',
};

const good: Checked = {
  tiers: [seen(), seen({ service: 'gateway', instance: 'gateway', source: 'disk' })],
  reissues: { inTier1: 0, waitingInTier1: 3, readUntil: '2027-01-15T08:00:20.000Z' },
  versionMin: 5,
  outage: OUTAGE,
};

/** The names of the checks that fail. */
const failing = (more: Partial<Checked>) =>
  checksOf({ ...good, ...more }).flatMap(({ name, ok }) => (ok ? [] : [name]));

describe('the checks of tier 1', () => {
  it('hold when every process was in it in time, by the plan, and nothing was paid again', () => {
    expect(checksOf(good).map(({ ok }) => ok)).toEqual([true, true, true, true]);
  });

  it.each([
    ['was below it when asked later', { lateMs: 71, lastBelowMs: 51 }],
    ['was in it before', { lateMs: -51, lastBelowMs: null }],
    ['was never seen in it', { at: null, tier: 0, lateMs: null, lastBelowMs: 9_000 }],
    ['never answered', { at: null, tier: 0, lateMs: null, lastBelowMs: null }],
  ] as const)('fail for a process that %s', (_what, more) => {
    expect(failing({ tiers: [...good.tiers, seen(more)] })).toEqual(['tier-1-on-time']);
  });

  it('do not take a slow question for a late process', () => {
    expect(failing({ tiers: [...good.tiers, seen({ lateMs: 400, lastBelowMs: -3 })] })).toEqual([]);
  });

  it('fail for a process that follows an older plan', () => {
    expect(failing({ tiers: [...good.tiers, seen({ version: 4 })] })).toEqual(['everyone-follows-the-plan']);
  });

  it('fail when the gateway that was restarted has heard of the plan from somebody', () => {
    expect(failing({ tiers: [seen({ service: 'gateway', instance: 'gateway' })] })).toEqual([
      'restarted-gateway-goes-by-its-disk',
    ]);
    expect(failing({ tiers: [seen({ service: 'gateway', instance: 'gateway' })], outage: null })).toEqual([]);
  });

  it('fail when a payout was tried again, and when nobody looked', () => {
    expect(failing({ reissues: { ...good.reissues, inTier1: 1 } })).toEqual(['no-reissue-in-tier-1']);
    expect(failing({ reissues: { ...good.reissues, readUntil: null } })).toEqual(['no-reissue-in-tier-1']);
  });

  it('fail when nobody was asked', () => {
    expect(failing({ tiers: [], outage: null })).toEqual(['tier-1-on-time', 'everyone-follows-the-plan']);
  });
});
