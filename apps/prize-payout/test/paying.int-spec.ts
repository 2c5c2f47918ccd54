import { chasePayouts, type PayoutChannel, reissuePayouts, sendPayouts } from '@floodgate/domain/prize-payout';
import { ASK_AFTER_MS, counted, killedAt, PayoutBench, QUEUED, refusingOnce, REISSUE_AFTER_MS } from './payout-bench';

const FULL_PACE = { reissuePace: () => Promise.resolve(1) };
const OFF = { reissuePace: () => Promise.resolve(0) };
const AT_ONCE = { queued: () => Promise.resolve(false) };

describe('paying', () => {
  let bench: PayoutBench;
  beforeEach(async () => {
    bench = await PayoutBench.open();
  });
  afterEach(() => bench.close());

  /** Everything of a campaign has arrived: once in the ledger, once at the channel, once told. */
  async function expectSettled(grants: readonly { campaignId: string; payoutId: string }[]): Promise<void> {
    const [first] = grants;
    const count = grants.length;
    expect(await bench.states(first?.campaignId ?? '')).toEqual({ SETTLED: count });
    expect(await bench.transfers('SETTLE')).toBe(count);
    expect(await bench.balanceFen('channel')).toBe(count * 100);
    expect(await bench.paidFen(grants.map(({ payoutId }) => payoutId))).toBe(count * 100);
    // A second payment under another number would leave all the rest as it should be.
    expect(await bench.paidInAllFen()).toBe(count * 100);
    expect(await bench.events('prize-payout.payout-settled.v1')).toBe(count);
  }

  it('sends each payout once, with two instances at once', async () => {
    const grants = await bench.booked(60);
    const channel = counted(bench.channel({ latencyMs: 2 }));
    const instance = async () => {
      const ports = bench.ports(channel, { store: bench.newStore(), max: 7 });
      while ((await sendPayouts(ports, QUEUED)) > 0);
    };
    await Promise.all([instance(), instance()]);
    expect([...channel.calls.values()]).toEqual(Array<number>(60).fill(1));
    await expectSettled(grants);
  });

  it('pays once when the channel has paid and its answer is lost', async () => {
    const grants = await bench.booked(5);
    const ports = bench.ports(bench.channel({ answerLostShare: 1 }));
    await sendPayouts(ports, QUEUED);
    expect(await bench.states('c1')).toEqual({ SENT: 5 });
    expect(await chasePayouts(ports)).toBe(0);
    bench.nowMs += ASK_AFTER_MS;
    expect(await chasePayouts(ports)).toBe(5);
    await expectSettled(grants);
  });

  it('takes "not found" for no failure: a lost request is sent again under the same number', async () => {
    const grants = await bench.booked(5);
    const ports = bench.ports(bench.channel({ requestLostShare: 1 }));
    await sendPayouts(ports, QUEUED);
    bench.nowMs += ASK_AFTER_MS;
    await chasePayouts(ports);
    await expectSettled(grants);
    expect(await bench.events('prize-payout.payout-failed.v1')).toBe(0);
  });

  it.each(['before', 'after'] as const)(
    'settles once when killed between SENT and the answer, %s the channel paid',
    async (moment) => {
      const grants = await bench.booked(3);
      await expect(sendPayouts(bench.ports(killedAt(moment, bench.channel())), QUEUED)).rejects.toThrow('killed');
      expect(await bench.states('c1')).toEqual({ SENT: 3 });
      bench.nowMs += ASK_AFTER_MS;
      await Promise.all([1, 2].map(() => chasePayouts(bench.ports(bench.channel()))));
      await expectSettled(grants);
    },
  );

  it('settles once when the answer reaches two instances', async () => {
    const grants = await bench.booked(4);
    const channel = bench.channel();
    // The first instance is so slow that the second asks meanwhile, finds the payment, and settles it.
    const slow: PayoutChannel = {
      pay: async (...args) => {
        const answer = await channel.pay(...args);
        bench.nowMs += ASK_AFTER_MS;
        await chasePayouts(bench.ports(channel));
        return answer;
      },
      query: (number) => channel.query(number),
    };
    await sendPayouts(bench.ports(slow), QUEUED);
    await expectSettled(grants);
  });

  it('leaves a refused payout alone while the plan says so, and re-issues first in first out when it may', async () => {
    const grants = await bench.booked(4);
    await sendPayouts(bench.ports(bench.channel({ failureShare: 1 })), QUEUED);
    expect(await bench.states('c1')).toEqual({ FAILED: 4 });
    expect(await bench.events('prize-payout.payout-failed.v1')).toBe(4);
    expect(await bench.balanceFen('channel')).toBe(0);
    const channel = counted(bench.channel());
    expect(await reissuePayouts(bench.ports(channel), FULL_PACE)).toBe(0);
    bench.nowMs += REISSUE_AFTER_MS;
    expect(await reissuePayouts(bench.ports(channel), OFF)).toBe(0);
    expect(channel.calls.size).toBe(0);
    for (let round = 0; round < 4; round++) await reissuePayouts(bench.ports(channel, { max: 1 }), FULL_PACE);
    expect([...channel.calls.keys()]).toEqual(grants.map(({ payoutId }) => payoutId));
    await expectSettled(grants);
  });

  it('tries what is refused once more at once, when the plan does not queue it', async () => {
    const grants = await bench.booked(4);
    const weak = refusingOnce(bench.channel(), new Set(grants.slice(0, 3).map(({ payoutId }) => payoutId)));
    await sendPayouts(bench.ports(weak), AT_ONCE);
    await expectSettled(grants);
    expect(grants.map(({ payoutId }) => weak.calls.get(payoutId))).toEqual([2, 2, 2, 1]);
  });

  it('tries it once more only, and never what has had all its attempts', async () => {
    await bench.booked(2);
    const refusing = counted(bench.channel({ failureShare: 1 }));
    await sendPayouts(bench.ports(refusing), AT_ONCE);
    expect([...refusing.calls.values()]).toEqual([2, 2]);
    await bench.booked(1);
    const last = counted(bench.channel({ failureShare: 1 }));
    await sendPayouts(bench.ports(last, { attemptsMax: 1 }), AT_ONCE);
    expect([...last.calls.values()]).toEqual([1]);
  });

  it('re-issues at the pace that the plan allows', async () => {
    await bench.booked(10);
    await sendPayouts(bench.ports(bench.channel({ failureShare: 1 })), QUEUED);
    bench.nowMs += REISSUE_AFTER_MS;
    const ports = bench.ports(bench.channel(), { max: 10 });
    expect(await reissuePayouts(ports, { reissuePace: () => Promise.resolve(0.25) })).toBe(3);
  });

  it('opens a case when the channel refuses too often, and tries no more by itself', async () => {
    const [grant] = await bench.booked(1);
    const ports = bench.ports(bench.channel({ failureShare: 1 }), { attemptsMax: 2 });
    await sendPayouts(ports, QUEUED);
    expect(await bench.cases('PAYOUT_ATTEMPTS_EXHAUSTED')).toEqual([]);
    bench.nowMs += REISSUE_AFTER_MS;
    expect(await reissuePayouts(ports, FULL_PACE)).toBe(1);
    bench.nowMs += REISSUE_AFTER_MS * 100;
    expect(await reissuePayouts(ports, FULL_PACE)).toBe(0);
    expect(await bench.states('c1')).toEqual({ FAILED: 1 });
    expect(await bench.cases('PAYOUT_ATTEMPTS_EXHAUSTED')).toEqual([`PAYOUT_ATTEMPTS_EXHAUSTED:${grant?.payoutId}`]);
    expect(await bench.events('prize-payout.case-opened.v1')).toBe(1);
  });

  it('opens one case for a payout the channel keeps silent about, and goes on asking', async () => {
    const grants = await bench.booked(1);
    const silent: PayoutChannel = { pay: () => Promise.resolve('unknown'), query: () => Promise.resolve('unknown') };
    const ports = bench.ports(silent, { asksMax: 2 });
    await sendPayouts(ports, QUEUED);
    for (let round = 0; round < 4; round++) {
      bench.nowMs += ASK_AFTER_MS;
      expect(await chasePayouts(ports)).toBe(1);
    }
    expect(await bench.cases('PAYOUT_UNKNOWN_TOO_LONG')).toHaveLength(1);
    expect(await bench.events('prize-payout.case-opened.v1')).toBe(1);
    bench.nowMs += ASK_AFTER_MS;
    await chasePayouts(bench.ports(bench.channel()));
    await expectSettled(grants);
  });

  it('loses and doubles nothing with a channel at its worst and two instances', async () => {
    const grants = await bench.booked(40);
    const channel = bench.channel({ answerLostShare: 0.4, requestLostShare: 0.3, failureShare: 0.4 });
    const instance = async () => {
      const ports = bench.ports(channel, { store: bench.newStore(), max: 9 });
      await sendPayouts(ports, QUEUED);
      await chasePayouts(ports);
      await reissuePayouts(ports, FULL_PACE);
    };
    for (let round = 0; round < 60 && (await bench.states('c1'))['SETTLED'] !== 40; round++) {
      bench.nowMs += ASK_AFTER_MS;
      await Promise.all([instance(), instance()]);
    }
    await expectSettled(grants);
  });
});
