import { isDurable, type Settings } from './settings';

const DURABLE: Settings = {
  redis: { appendonly: 'yes', appendfsync: 'everysec' },
  mysql: { version: '10.11', innodb_flush_log_at_trx_commit: 1 },
  kafka: { acks: -1, brokers: 1, stockLogReplicationFactor: 1, stockLogMinInsyncReplicas: 1 },
};

describe('isDurable', () => {
  it('holds for what the local servers are set to', () => {
    expect(isDurable(DURABLE)).toBe(true);
    expect(isDurable({ ...DURABLE, redis: { appendonly: 'yes', appendfsync: 'always' } })).toBe(true);
  });

  it.each<[string, Settings]>([
    ['no append-only file', { ...DURABLE, redis: { appendonly: 'no', appendfsync: 'everysec' } }],
    ['an append-only file that is never synced', { ...DURABLE, redis: { appendonly: 'yes', appendfsync: 'no' } }],
    ['a commit that is not flushed', { ...DURABLE, mysql: { ...DURABLE.mysql, innodb_flush_log_at_trx_commit: 2 } }],
    ['one replica that acknowledges', { ...DURABLE, kafka: { ...DURABLE.kafka, acks: 1 } }],
  ])('fails for %s', (_, settings) => {
    expect(isDurable(settings)).toBe(false);
  });
});
