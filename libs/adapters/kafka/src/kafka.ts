import { Kafka, logLevel, type logCreator } from 'kafkajs';

/** The part of a logger this adapter needs; pino satisfies it. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What kafkajs calls an error happens whenever an instance comes or goes. */
const ROUTINE = /rebalanc|coordinator is (not available|loading)/i;

/** A kafkajs client whose own messages go to `log`. `brokers` is host:port, comma-separated. */
export function createKafka(brokers: string, clientId: string, log: Log, requestTimeoutMs = 10_000): Kafka {
  const creator: logCreator = () => (entry) => {
    const fields = { kafka: entry.namespace, error: entry.log['error'] as unknown };
    if (entry.level === logLevel.ERROR && !ROUTINE.test(String(fields.error))) log.error(fields, entry.log.message);
    else log.warn(fields, entry.log.message);
  };
  return new Kafka({
    clientId,
    brokers: brokers.split(','),
    logLevel: logLevel.WARN,
    logCreator: creator,
    connectionTimeout: 3_000,
    requestTimeout: requestTimeoutMs,
    retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 8 },
  });
}
