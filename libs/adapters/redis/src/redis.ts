import { Cluster, type ClusterOptions, Redis, type RedisOptions } from 'ioredis';

/** One server, or a Redis Cluster. */
export type RedisClient = Redis | Cluster;

/**
 * A Redis client that never sends a write twice: an unanswered command fails instead of being re-sent after a reconnect,
 * nothing queues while the server is away, and every command has a time limit. One URL is a server; several, separated by
 * commas, are the nodes of a Redis Cluster to begin with, and user, password and encryption of the first hold for all.
 */
export function createRedis(
  url: string,
  more: Pick<RedisOptions, 'commandTimeout' | 'connectionName'> = {},
): RedisClient {
  return create(url, { ...base, commandTimeout: 1_000, ...more }, false);
}

/**
 * For SUBSCRIBE. It reconnects by itself; subscribe at every `ready`. ioredis could renew what was subscribed, but nobody can
 * catch the error when the connection breaks while it does, and an error that nobody catches ends the process.
 */
export function createSubscriber(url: string): RedisClient {
  return create(url, { ...base, autoResubscribe: false }, true);
}

const retryStrategy = (attempt: number) => Math.min(50 * 2 ** Math.min(attempt, 6), 2_000);

const base = {
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  lazyConnect: true,
  // disconnect() of a client whose server is away keeps the process for so long.
  disconnectTimeout: 500,
} satisfies RedisOptions;

/** A node that was lost is looked for again this often; MOVED answers tell of moved slots at once. */
const SLOTS_REFRESH_EVERY_MS = 1_000;

function create(url: string, options: RedisOptions, enableOfflineQueue: boolean): RedisClient {
  const urls = url.split(',').map((part) => new URL(part.trim()));
  const [first, second] = urls;
  if (first === undefined || second === undefined)
    return new Redis(url, { ...options, enableOfflineQueue, retryStrategy });

  const { username, password } = first;
  return new ConnectedCluster(
    urls.map(({ hostname, port }) => ({ host: hostname, port: Number(port || 6379) })),
    {
      lazyConnect: true,
      enableOfflineQueue,
      clusterRetryStrategy: retryStrategy,
      slotsRefreshInterval: SLOTS_REFRESH_EVERY_MS,
      // A command whose node broke off may have run there: it fails, like one to a single server.
      retryDelayOnFailover: 0,
      retryDelayOnClusterDown: 0,
      redisOptions: {
        ...options,
        ...(username !== '' && { username: decodeURIComponent(username) }),
        ...(password !== '' && { password: decodeURIComponent(password) }),
        ...(first.protocol === 'rediss:' && { tls: {} }),
      },
    } satisfies ClusterOptions,
  );
}

/** Connects to each node when it is found: without an offline queue, the commands before it is connected would be refused. */
class ConnectedCluster extends Cluster {
  constructor(...args: ConstructorParameters<typeof Cluster>) {
    super(...args);
    this.on('+node', (node: Redis) => {
      // Before, one is connected to by the client's own first questions, which a connection under way would refuse.
      if (this.status === 'ready') void connectNode(node);
    });
  }

  /** Resolves when all masters are connected that can be reached. */
  override async connect(): Promise<void> {
    let onReady: () => void = () => undefined;
    const ready = new Promise<void>((resolve) => this.once('ready', (onReady = resolve)));
    try {
      // The client's own promise stays open when a cluster is found that is not ready yet, although it tries on.
      await Promise.race([super.connect(), ready]);
    } finally {
      this.off('ready', onReady);
    }
    await Promise.all(this.nodes('master').map(connectNode));
  }
}

/** Resolves when the node is connected or given up; the cluster tells of trouble as `node error` and looks for its nodes again. */
function connectNode(node: Redis): Promise<void> {
  return new Promise((resolve) => {
    if (node.status === 'ready' || node.status === 'end') return resolve();
    node.once('ready', resolve).once('end', resolve);
    // Its failure is told of as `node error`, and as `end` here.
    if (node.status === 'wait') node.connect().catch(() => undefined);
  });
}
