import { TOPICS } from '@floodgate/contracts';
import { chasePayments, expireOrders, type PaymentChannel } from '@floodgate/domain/order';
import { type Clock } from '@floodgate/kernel';
import { CLOCK, Consumers, Lifecycle, LOG, Metrics, PeriodicJob } from '@floodgate/nest-kit';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { type Logger } from 'pino';
import { MysqlOrderStore } from './adapters/mysql-order-store';
import { type OrderConfig } from './config';
import { ORDER_CREATOR, takeGrantedUnits } from './consumers/unit-granted.consumer';
import { CHANNEL, CONFIG } from './tokens';

const CHASE_BATCH_MAX = 50;
/** A winner waits for their order, and asks every few seconds. */
const GATHER_MS = 250;

/** What this service does by itself: takes grants, ends orders whose time is up, and finds out about payments. */
@Injectable()
export class OrderWork implements OnApplicationBootstrap {
  constructor(
    private readonly store: MysqlOrderStore,
    private readonly lifecycle: Lifecycle,
    private readonly metrics: Metrics,
    private readonly consumers: Consumers,
    @Inject(CHANNEL) private readonly channel: PaymentChannel,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: OrderConfig,
    @Inject(LOG) private readonly log: Logger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.runJob('expire orders', this.config.EXPIRY_POLL_EVERY_MS, () => this.expire());
    this.runJob('chase payments', this.config.PAYMENT_CHASE_EVERY_MS, this.chase());
    await this.consumers.consume({
      consumer: ORDER_CREATOR,
      topic: TOPICS.unitGranted,
      deadLetterTopic: 'order.dead-letter.v1',
      replayTopic: 'order.replay.v1',
      gatherMs: GATHER_MS,
      ...takeGrantedUnits({ store: this.store, clock: this.clock, payWithinMs: this.config.ORDER_PAY_WITHIN_MS }),
    });
  }

  private runJob(name: string, everyMs: number, round: () => Promise<boolean>): void {
    const job = new PeriodicJob({ name, everyMs, round, log: this.log });
    this.lifecycle.onStop(() => job.stop());
    job.start();
  }

  private async expire(): Promise<boolean> {
    const max = this.config.EXPIRY_BATCH_MAX;
    return (await expireOrders(this.store, this.clock, max)) === max;
  }

  private chase(): () => Promise<boolean> {
    const stuck = this.metrics.counter(
      'order_payment_stuck_total',
      'Asks about payments past PAYMENT_ASKS_MAX: a person must look',
    );
    const ports = {
      store: this.store,
      channel: this.channel,
      clock: this.clock,
      leaseMs: this.config.PAYMENT_ASK_AFTER_MS,
      max: CHASE_BATCH_MAX,
      asksMax: this.config.PAYMENT_ASKS_MAX,
      onStuck: ({
        payment: { orderId, state, asks },
      }: {
        payment: { orderId: string; state: string; asks: number };
      }) => {
        stuck.inc();
        this.log.error({ orderId, state, asks }, 'no sure answer about a payment: a person must look');
      },
    };
    return async () => (await chasePayments(ports)) === CHASE_BATCH_MAX;
  }
}
