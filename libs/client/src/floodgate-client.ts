import { type EffectivePolicy, entrySlotMs } from '@floodgate/domain/degradation-plan';
import { type GrantedPacket } from '@floodgate/domain/packets';
import { type Call, Caller } from './caller';
import { countDown, type CountdownTick } from './countdown';
import { Grabbing } from './grabbing';
import { newId, userIdOf } from './ids';
import { LiveEvents, type LiveHandlers } from './live-events';
import { type ClientOptions, type GrabOptions, type RetryOptions } from './options';
import { type GrabRef, type GrabResult, type Result } from './results';
import type * as Views from './views';

const PACKETS_ROUTE = '/campaigns/{campaignId}/pools/{poolId}/packets';
const GRAB_ROUTE = '/campaigns/{campaignId}/pools/{poolId}/grabs/{grabId}';

/**
 * One person's client of the API, in Node (>= 20) and in browsers. No method rejects: each result names an outcome of the closed list, or what
 * happened instead of an answer, and messageFor has the words for it.
 */
export class FloodgateClient {
  private readonly caller: Caller;
  private readonly live: LiveEvents;
  private readonly grabbing: Grabbing;
  private readonly timeBudgetMs: number;

  constructor(options: ClientOptions) {
    const userId = options.token === undefined ? undefined : userIdOf(options.token);
    this.caller = new Caller(options, userId);
    this.live = new LiveEvents(this.caller);
    this.grabbing = new Grabbing(this.caller, this.live, options);
    this.timeBudgetMs = options.timeBudgetMs ?? 30_000;
    this.userId = userId;
  }

  /** Who is signed in, as the token says. */
  readonly userId: string | undefined;

  /** Signs anyone in; the development profile only. */
  devToken(
    userId: string,
    roles: readonly ('participant' | 'operator')[] = ['participant'],
  ): Promise<Result<{ token: string }>> {
    return this.send({ method: 'POST', route: '/dev/tokens', params: {}, body: { userId, roles } });
  }

  createCampaign(campaign: Views.CampaignSpec): Promise<Result<{ campaign: Views.CampaignView }>> {
    return this.send({ method: 'POST', route: '/admin/campaigns', params: {}, body: campaign });
  }

  /** The second person's yes to a draft with packets, with the commitment to a secret of their own (newSecret). */
  approveCampaign(campaignId: string, commitment: string): Promise<Result<{ campaign: Views.CampaignView }>> {
    const route = '/admin/campaigns/{campaignId}/approval';
    return this.send({ method: 'POST', route, params: { campaignId }, body: { commitment } });
  }

  /** Author and approver show their secrets once both have committed to them. */
  showSecret(campaignId: string, secret: string): Promise<Result<{ campaign: Views.CampaignView }>> {
    const route = '/admin/campaigns/{campaignId}/secret';
    return this.send({ method: 'POST', route, params: { campaignId }, body: { secret } });
  }

  publishCampaign(campaignId: string): Promise<Result<{ campaign: Views.CampaignView }>> {
    return this.send({
      method: 'POST',
      route: '/admin/campaigns/{campaignId}/publish',
      params: { campaignId },
      body: {},
    });
  }

  getCampaign(campaignId: string): Promise<Result<Views.AdminCampaign>> {
    return this.send({ method: 'GET', route: '/admin/campaigns/{campaignId}', params: { campaignId } });
  }

  /** What a pool's packets are fixed by; with seed and secrets once it is closed. checkPackets makes sure of them. */
  packets(campaignId: string, poolId: string, retry: RetryOptions = {}): Promise<Result<{ packets: Views.Packets }>> {
    return this.send({ method: 'GET', route: PACKETS_ROUTE, params: { campaignId, poolId } }, retry);
  }

  /** The packets that people got, in order, at most 10,000 at once; polls until the pool is closed. */
  grantedPackets(
    campaignId: string,
    poolId: string,
    fromUnitNo = 0,
    retry: RetryOptions = {},
  ): Promise<Result<{ packets: readonly GrantedPacket[] }>> {
    const query = { fromUnitNo: String(fromUnitNo), limit: '10000' };
    const route = `${PACKETS_ROUTE}/granted`;
    return this.send({ method: 'GET', route, params: { campaignId, poolId }, query }, retry);
  }

  venue(campaignId: string): Promise<Result<Views.Venue>> {
    return this.send({
      method: 'GET',
      route: '/campaigns/{campaignId}/venue',
      params: { campaignId },
      api: 'venue',
    });
  }

  /**
   * The way in. While it is released gradually, waits here for this person's moment before it sends anything; GAVE_UP, with nothing sent, when
   * that is further away than the time budget: countdown says when to come.
   */
  async enter(campaignId: string, retry: RetryOptions = {}): Promise<Result<Views.Entry>> {
    const { caller, userId } = this;
    const deadlineMs = caller.nowMs() + (retry.timeBudgetMs ?? this.timeBudgetMs);
    for (let waitMs = 0; userId !== undefined;) {
      const policy = await caller.policy(campaignId);
      waitMs = policy ? entrySlotMs(userId, policy) - caller.serverMs(campaignId) : 0;
      if (waitMs <= 0) break;
      if (caller.nowMs() + waitMs > deadlineMs) return { outcome: 'GAVE_UP', last: 'WAIT', pollAfterMs: waitMs };
      // A new plan may have come by then.
      await caller.pause(waitMs);
    }
    const route = '/campaigns/{campaignId}/entry';
    const timeBudgetMs = Math.max(0, deadlineMs - caller.nowMs());
    return this.send({ method: 'GET', route, params: { campaignId }, api: 'entry' }, { ...retry, timeBudgetMs });
  }

  /**
   * Counts down to the moment at which this person may enter, by server time: tells at once, then whenever another whole second is left, and at
   * last that nothing is. Returns what ends it early. `onTick` must not throw.
   */
  countdown(campaignId: string, onTick: (tick: CountdownTick) => void): () => void {
    const stop = new AbortController();
    void countDown(this.caller, campaignId, onTick, stop.signal);
    return () => stop.abort();
  }

  completeTask(campaignId: string, taskId: string): Promise<Result<Views.Completion>> {
    const route = '/campaigns/{campaignId}/tasks/{taskId}/completions';
    return this.send({ method: 'POST', route, params: { campaignId, taskId }, body: {}, api: 'task' });
  }

  /** `drawId` is kept across retries; bring your own to retry over a restart. */
  draw(campaignId: string, drawId = newId()): Promise<Result<Views.Draw>> {
    const route = '/campaigns/{campaignId}/draws';
    return this.send({ method: 'POST', route, params: { campaignId }, body: { drawId }, api: 'draw' });
  }

  cards(campaignId: string): Promise<Result<Views.Cards>> {
    return this.send({
      method: 'GET',
      route: '/campaigns/{campaignId}/cards',
      params: { campaignId },
      api: 'cards',
    });
  }

  redeem(campaignId: string): Promise<Result<Views.Redemption>> {
    const route = '/campaigns/{campaignId}/redemptions';
    return this.send({ method: 'POST', route, params: { campaignId }, body: {}, api: 'redeem' });
  }

  /** Polls while a redemption is on its way to it. */
  qualification(campaignId: string, retry: RetryOptions = {}): Promise<Result<Views.Qualification>> {
    const route = '/campaigns/{campaignId}/qualification';
    return this.send({ method: 'GET', route, params: { campaignId }, api: 'qualification' }, retry);
  }

  /** Grabs one unit; see Grabbing. */
  grab(campaignId: string, poolId: string, options: GrabOptions = {}): Promise<GrabResult> {
    return this.grabbing.grab(campaignId, poolId, options);
  }

  /** What became of a grab; UNKNOWN_GRAB when none of this id has arrived within the time budget. */
  grabResult(grab: GrabRef, retry: RetryOptions = {}): Promise<GrabResult> {
    return this.grabbing.read(grab, retry);
  }

  /** Polls until the money is booked. */
  payout(grab: GrabRef, retry: RetryOptions = {}): Promise<Result<{ payout: Views.Payout }>> {
    return this.send({ method: 'GET', route: `${GRAB_ROUTE}/payout`, params: { ...grab } }, retry);
  }

  /** Polls until the money has arrived; after the time budget, whatever is known. */
  async awaitPayout(grab: GrabRef, timeBudgetMs = this.timeBudgetMs): Promise<Result<{ payout: Views.Payout }>> {
    const deadlineMs = this.caller.nowMs() + timeBudgetMs;
    for (;;) {
      const leftMs = Math.max(0, deadlineMs - this.caller.nowMs());
      const result = await this.payout(grab, { timeBudgetMs: leftMs });
      if (result.outcome !== 'OK' || result.payout.state === 'SETTLED') return result;
      const policy = await this.caller.policy(grab.campaignId);
      const waitMs = (policy?.pollIntervalMs ?? 1_000) + this.caller.jitterMs(200);
      if (this.caller.nowMs() + waitMs > deadlineMs) return result;
      await this.caller.pause(waitMs);
    }
  }

  /** Polls until the order is created. */
  order(grab: GrabRef, retry: RetryOptions = {}): Promise<Result<{ order: Views.Order }>> {
    return this.send({ method: 'GET', route: `${GRAB_ROUTE}/order`, params: { ...grab } }, retry);
  }

  /** Pays with the order's checkout token. `paymentId` is kept across retries. */
  pay(orderId: string, checkoutToken: string, paymentId = newId()): Promise<Result<{ order: Views.Order }>> {
    const body = { paymentId, checkoutToken };
    return this.send({ method: 'POST', route: '/orders/{orderId}/payments', params: { orderId }, body, api: 'pay' });
  }

  cancelOrder(orderId: string): Promise<Result<{ order: Views.Order }>> {
    return this.send({ method: 'POST', route: '/orders/{orderId}/cancellation', params: { orderId }, body: {} });
  }

  /**
   * Opens the connection over which servers tell a campaign's policy, the state of its waiting room and the results of this person's grabs of their
   * own accord; calls that wait for those then wait no longer than need be. Without it, or once it has ended, they ask by themselves. Returns what
   * closes it; open it again with a new client when the token has expired.
   */
  follow(campaignId: string, handlers: LiveHandlers = {}): () => void {
    return this.live.follow(campaignId, handlers);
  }

  /** What the plan demands of clients right now; undefined while no server has told it. */
  policy(campaignId: string): Promise<EffectivePolicy | undefined> {
    return this.caller.policy(campaignId);
  }

  private async send<T>(call: Call, retry: RetryOptions = {}): Promise<Result<T>> {
    return (await this.caller.call<T & { readonly outcome: 'OK' }>(call, retry)).result;
  }
}
