import { type ServerResponse } from 'node:http';

/** What is kept of an open stream beside its socket. */
interface Connection {
  readonly response: ServerResponse;
  readonly userId: string;
  readonly campaignId: string;
  /** The access token's expiry, milliseconds since 1970 UTC. */
  readonly expiresAtMs: number;
  /** In which of the seconds between two heartbeats its own is. */
  readonly beat: number;
}

export interface EventLimits {
  readonly connectionsMax: number;
  readonly perUserMax: number;
  /** Bytes that may wait for a reader before it is cut. */
  readonly bufferedBytesMax: number;
  readonly heartbeatEveryMs: number;
}

export type Admitted = 'open' | 'full' | 'too-many';

/** Why a stream ended that its reader did not end. */
export type Cut = 'expired' | 'slow' | 'closing';

export const SECOND_MS = 1_000;
const HEARTBEAT = Buffer.from(':\n\n');
const SLICE = 200;

/** An event as it goes over the wire; made once, however many it goes to. */
export function eventBytes(event: string, data: object): Buffer {
  return Buffer.from(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}

/** The open streams of this gateway. `tick` is to be called every second. */
export class EventConnections {
  private readonly byUser = new Map<string, Connection[]>();
  private readonly byCampaign = new Map<string, Set<Connection>>();
  private readonly beats: number;
  private count = 0;
  private ticks = 0;
  private isClosing = false;

  constructor(
    private readonly limits: EventLimits,
    private readonly onCut: (why: Cut) => void,
  ) {
    this.beats = Math.max(1, Math.round(limits.heartbeatEveryMs / SECOND_MS));
  }

  get open(): number {
    return this.count;
  }

  /** The campaigns that somebody follows here. */
  get campaigns(): string[] {
    return [...this.byCampaign.keys()];
  }

  isFollowing(userId: string, campaignId: string): boolean {
    return this.byUser.get(userId)?.some((connection) => connection.campaignId === campaignId) ?? false;
  }

  /** Whether one more of this person's may be opened. */
  room(userId: string): Admitted {
    if (this.isClosing || this.count >= this.limits.connectionsMax) return 'full';
    return (this.byUser.get(userId)?.length ?? 0) >= this.limits.perUserMax ? 'too-many' : 'open';
  }

  /** Keeps a stream whose head is written, until either side ends it. */
  add(response: ServerResponse, who: Pick<Connection, 'userId' | 'campaignId' | 'expiresAtMs'>): void {
    const connection: Connection = { response, ...who, beat: this.count % this.beats };
    const ofUser = this.byUser.get(who.userId);
    if (ofUser) ofUser.push(connection);
    else this.byUser.set(who.userId, [connection]);
    const ofCampaign = this.byCampaign.get(who.campaignId);
    if (ofCampaign) ofCampaign.add(connection);
    else this.byCampaign.set(who.campaignId, new Set([connection]));
    this.count += 1;
    response.once('close', () => this.remove(connection));
  }

  /** Heartbeats for those whose turn it is, and an end for those whose token has expired. */
  tick(nowMs: number): void {
    this.ticks = (this.ticks + 1) % this.beats;
    for (const connections of this.byCampaign.values()) {
      for (const connection of connections) {
        if (connection.expiresAtMs <= nowMs) this.end(connection, 'expired');
        else if (connection.beat === this.ticks) this.write(connection, HEARTBEAT);
      }
    }
  }

  /** To everybody who follows a campaign, in slices, so that a crowd does not hold up whoever asks meanwhile. */
  async tellAll(campaignId: string, bytes: Buffer): Promise<void> {
    let inSlice = 0;
    for (const connection of [...(this.byCampaign.get(campaignId) ?? [])]) {
      this.write(connection, bytes);
      inSlice = (inSlice + 1) % SLICE;
      if (inSlice === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** To one person, wherever they follow the campaign. */
  tell(userId: string, campaignId: string, bytes: Buffer): void {
    for (const connection of this.byUser.get(userId) ?? []) {
      if (connection.campaignId === campaignId) this.write(connection, bytes);
    }
  }

  /** Ends all, for good: there is room for none from now on. */
  endAll(): void {
    this.isClosing = true;
    for (const connections of this.byCampaign.values()) {
      for (const connection of connections) this.end(connection, 'closing');
    }
  }

  private write(connection: Connection, bytes: Buffer): void {
    const { response } = connection;
    if (response.destroyed || response.writableEnded) return;
    // Whoever does not read is not waited for: what is written lies in this process's memory until then.
    if (response.writableLength > this.limits.bufferedBytesMax) {
      this.onCut('slow');
      response.destroy();
      return;
    }
    response.write(bytes);
  }

  private end(connection: Connection, why: Cut): void {
    this.onCut(why);
    this.remove(connection);
    // What its reader has not taken by now is not waited for.
    if (connection.response.writableLength > 0) connection.response.destroy();
    else connection.response.end();
  }

  private remove(connection: Connection): void {
    const { userId, campaignId } = connection;
    const ofCampaign = this.byCampaign.get(campaignId);
    if (ofCampaign?.delete(connection) !== true) return;
    if (ofCampaign.size === 0) this.byCampaign.delete(campaignId);
    const left = this.byUser.get(userId)?.filter((one) => one !== connection) ?? [];
    if (left.length === 0) this.byUser.delete(userId);
    else this.byUser.set(userId, left);
    this.count -= 1;
  }
}
