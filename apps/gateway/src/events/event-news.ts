import { LOG, Metrics, PeriodicJob, PlanFollower, Lifecycle } from '@floodgate/nest-kit';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { type Logger } from 'pino';
import { Gate } from '../admission/gate';
import { type Campaign, CampaignCache } from '../campaign-cache';
import { type Config, CONFIG } from '../config';
import { Rooms } from '../room/rooms';
import { eventBytes, EventConnections } from './event-connections';

const LOOK_EVERY_MS = 250;
/** A serving number moves all the time; a person sees no more than one a second. */
const LOOKS_PER_SERVING = 4;
const BUFFERED_BYTES_MAX = 65_536;

/** What a campaign's streams were told last. */
interface Told {
  policyVersion: number;
  serving: number;
  bytes: readonly Buffer[];
}

/** Tells everybody who follows a campaign what is new about it, from what this gateway has in memory anyway. */
@Injectable()
export class EventNews implements OnModuleInit {
  readonly connections: EventConnections;
  private readonly told = new Map<string, Told>();
  private looks = 0;

  constructor(
    private readonly campaigns: CampaignCache,
    private readonly gate: Gate,
    private readonly follower: PlanFollower,
    private readonly rooms: Rooms,
    private readonly lifecycle: Lifecycle,
    @Inject(CONFIG) config: Config,
    @Inject(LOG) private readonly log: Logger,
    metrics: Metrics,
  ) {
    const cuts = metrics.counter('event_streams_cut_total', 'Streams of events ended by the gateway.', ['why']);
    const limits = {
      connectionsMax: config.EVENTS_CONNECTIONS_MAX,
      perUserMax: config.EVENTS_PER_USER_MAX,
      bufferedBytesMax: BUFFERED_BYTES_MAX,
      heartbeatEveryMs: config.EVENTS_HEARTBEAT_MS,
    };
    this.connections = new EventConnections(limits, (why) => cuts.inc({ why }));
  }

  onModuleInit(): void {
    const looking = new PeriodicJob({
      name: 'event news',
      everyMs: LOOK_EVERY_MS,
      log: this.log,
      round: async () => {
        await this.look();
        return false;
      },
    });
    looking.start();
    this.lifecycle.onStop(() => looking.stop());
  }

  /** What a new stream is told before there is any news. */
  first(campaign: Campaign): Buffer[] {
    return [this.policy(campaign), ...this.toldOf(campaign).bytes];
  }

  /** Looks once at everything that somebody follows here. */
  async look(): Promise<void> {
    const { campaigns } = this.connections;
    this.looks = (this.looks + 1) % LOOKS_PER_SERVING;
    for (const known of this.told.keys()) if (!campaigns.includes(known)) this.told.delete(known);
    for (const campaignId of campaigns) {
      const campaign = this.campaigns.peek(campaignId);
      if (campaign) await this.lookAt(campaign);
    }
  }

  private async lookAt(campaign: Campaign): Promise<void> {
    const { campaignId } = campaign.view;
    const { version } = this.follower.snapshot;
    const told = this.toldOf(campaign);
    if (told.policyVersion !== version) {
      told.policyVersion = version;
      await this.connections.tellAll(campaignId, this.policy(campaign));
    }
    if (this.looks !== 0 || this.gate.policyFor(campaign).room.open !== 'on') return;
    const state = await this.rooms.serving(campaign, 'grab');
    if (state.serving === told.serving) return;
    const bytes = eventBytes('serving', state);
    told.serving = state.serving;
    told.bytes = [bytes];
    await this.connections.tellAll(campaignId, bytes);
  }

  /** Begins with the first stream, so that what changes before the first look is news. */
  private toldOf({ view: { campaignId } }: Campaign): Told {
    const known = this.told.get(campaignId);
    if (known) return known;
    const made = { policyVersion: this.follower.snapshot.version, serving: -1, bytes: [] };
    this.told.set(campaignId, made);
    return made;
  }

  /** As GET /policy tells it. */
  private policy(campaign: Campaign): Buffer {
    return eventBytes('policy', this.gate.told(campaign));
  }
}
