import { type inventoryV1 } from '@floodgate/contracts';
import { shardKey } from '@floodgate/domain/inventory';
import { choicesOf, homeShardNo, type OutcomeError } from '@floodgate/kernel';
import { type GrabItem, InstanceLink } from './instance-link';

export interface Instance {
  readonly name: string;
  readonly grpcAddress: string;
}

/** Sends grabs as a gateway does: to the first choice of the user's home shard, and to the second while the first is gone. */
export class GrabRouter {
  private readonly links: readonly InstanceLink[];

  constructor(instances: readonly Instance[], budgetMs: number) {
    this.links = instances.map(({ name, grpcAddress }) => new InstanceLink(name, grpcAddress, budgetMs));
  }

  /** Undefined: no answer came. */
  grab(item: GrabItem, shards: number): Promise<inventoryV1.GrabAnswer | undefined> {
    return this.chosen(item, shards).grab(item);
  }

  /** What each instance says of a result; undefined of one that does not serve. */
  readAll({
    campaignId,
    poolId,
    userId,
    grabId,
  }: GrabItem): Promise<(inventoryV1.GrabAnswer | OutcomeError | undefined)[]> {
    return Promise.all(this.links.map((link) => link.read({ campaignId, poolId, userId, grabId })));
  }

  /** What each instance says of a campaign's pools; nothing from one that does not serve. */
  describe(campaignId: string): Promise<(readonly inventoryV1.PoolCount[])[]> {
    return Promise.all(this.links.map((link) => link.describe(campaignId)));
  }

  close(): void {
    for (const link of this.links) link.close();
  }

  /** The names of the instances that serve this user's home shard, first choice first. */
  choices(
    { campaignId, poolId, userId }: Pick<GrabItem, 'campaignId' | 'poolId' | 'userId'>,
    shards: number,
  ): string[] {
    const shardNo = homeShardNo(campaignId, poolId, shards, userId);
    const names = this.links.map(({ name }) => name);
    return choicesOf(shardKey({ campaignId, poolId, shardNo }), names);
  }

  private chosen(item: GrabItem, shards: number): InstanceLink {
    const choices = this.choices(item, shards).flatMap((name) => this.links.filter((link) => link.name === name));
    const chosen = choices.find(({ isUp }) => isUp) ?? choices[0];
    if (chosen === undefined) throw new Error('there is no instance to grab from');
    return chosen;
  }
}
