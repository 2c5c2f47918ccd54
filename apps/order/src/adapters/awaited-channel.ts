import { type PaymentChannel } from '@floodgate/domain/order';
import { type Hop, withinBudget } from '@floodgate/nest-kit';

type Collecting = Pick<PaymentChannel, 'collect'>;

/** The channel while a person waits: what it does not say in time is unknown, and is found out about as any unknown is. */
export class AwaitedChannel implements Collecting {
  constructor(
    private readonly channel: Collecting,
    private readonly hop: Hop,
  ) {}

  collect(...payment: Parameters<Collecting['collect']>): ReturnType<Collecting['collect']> {
    return withinBudget(this.hop, () => this.channel.collect(...payment), 'unknown');
  }
}
