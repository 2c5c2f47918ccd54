import { readFileSync } from 'node:fs';
import { type Server, type ServerOptions, STATUS_CODES } from 'node:http';
import { type Socket } from 'node:net';
import { type Log } from '@floodgate/adapters/kafka';
import { OutcomeError } from '@floodgate/kernel';
import { type ConnectionError } from 'fastify';
import { type Metrics } from './metrics';
import { toProblem } from './problem';

export interface HttpServerConfig {
  readonly HTTP_CONNECTIONS_MAX: number;
  readonly HTTP_HEAD_MS_MAX: number;
  readonly HTTP_REQUEST_MS_MAX: number;
  readonly HTTP_IDLE_MS_MAX: number;
}

// By default Node looks for slow senders only every 30 s.
const LOOK_EVERY_MS_MAX = 1_000;
const LATE_POLL_AFTER_MS = 1_000;

/**
 * What Fastify is to be told, so that a connection that sends slowly, or nothing at all, is closed in time. A connection that has never sent a byte
 * counts as one that sends its first head.
 */
export function httpServerOptions(config: HttpServerConfig): {
  readonly keepAliveTimeout: number;
  readonly requestTimeout: number;
  readonly http: ServerOptions;
  readonly clientErrorHandler: (error: ConnectionError, socket: Socket) => void;
} {
  const headersTimeout = Math.min(config.HTTP_HEAD_MS_MAX, config.HTTP_REQUEST_MS_MAX);
  return {
    keepAliveTimeout: config.HTTP_IDLE_MS_MAX,
    requestTimeout: config.HTTP_REQUEST_MS_MAX,
    http: {
      headersTimeout,
      requestTimeout: config.HTTP_REQUEST_MS_MAX,
      connectionsCheckingInterval: Math.min(LOOK_EVERY_MS_MAX, Math.ceil(headersTimeout / 2)),
    },
    clientErrorHandler: answerUnreadable,
  };
}

/** Holds the number of open connections, and counts those it does not take. */
export function limitConnections(server: Server, config: HttpServerConfig, metrics: Metrics): void {
  server.maxConnections = config.HTTP_CONNECTIONS_MAX;
  const help = 'Connections that were closed at once, because HTTP_CONNECTIONS_MAX were open.';
  const dropped = metrics.counter('http_connections_dropped_total', help);
  server.on('drop', () => dropped.inc());
}

/** What is no HTTP, or did not arrive in time: no route sees it, so the answer is written here, in the same shape as all others. */
function answerUnreadable(error: ConnectionError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  // Whose is the delay? A server that is too busy to read looks the same from here as a client that dawdles, and honest ones may try again.
  const isLate = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const refusal = isLate
    ? new OutcomeError('TRY_LATER', 'the request did not arrive in time', { pollAfterMs: LATE_POLL_AFTER_MS })
    : new OutcomeError('INVALID_REQUEST', 'this is no HTTP request');
  const problem = toProblem(refusal);
  const body = JSON.stringify(problem);
  if (socket.writable) {
    socket.write(
      `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}\r\ncontent-type: application/problem+json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    );
  }
  socket.destroySoon();
}

/** Files a process has open besides its HTTP connections: stores, brokers, other services, its own code and log. */
const FILES_BESIDES = 512;
const LIMITS_FILE = '/proc/self/limits';

/**
 * One sentence when this process may not open as many files as its configured connections take; undefined when it may, and where there is no such
 * limit to read. Without it the first sign would be refused connections at T0.
 */
export function findTooFewFiles({ HTTP_CONNECTIONS_MAX }: HttpServerConfig, limits = ownLimits()): string | undefined {
  const found = /^Max open files\s+(\d+)/m.exec(limits ?? '')?.[1];
  const needed = HTTP_CONNECTIONS_MAX + FILES_BESIDES;
  if (found === undefined || Number(found) >= needed) return undefined;
  return `this process may open ${found} files, too few for HTTP_CONNECTIONS_MAX=${HTTP_CONNECTIONS_MAX} and ${FILES_BESIDES} more: raise the limit to ${needed} (ulimit -n) or lower HTTP_CONNECTIONS_MAX`;
}

function ownLimits(): string | undefined {
  try {
    return readFileSync(LIMITS_FILE, 'utf8');
  } catch (error) {
    // Only Linux has it.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Says it in the log; a start is not refused for it, since fewer people may come. */
export function sayTooFewFiles(config: HttpServerConfig, log: Pick<Log, 'warn'>): void {
  const sentence = findTooFewFiles(config);
  if (sentence !== undefined) log.warn({}, sentence);
}
