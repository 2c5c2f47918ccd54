import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TOPICS } from './topics';

interface TopicRow {
  readonly name: string;
  readonly partitions: number;
  /** A dead letter is the message that was set aside, as it came, whatever it is; on its way back it is the same. */
  readonly message: string | null;
  readonly key: string;
  readonly config?: Readonly<Record<string, string>>;
}

const rows = JSON.parse(readFileSync(join(__dirname, '../topics.json'), 'utf8')) as TopicRow[];
const events = rows.filter(({ name }) => !/\.(dead-letter|replay)\.v1$/.test(name));

/** `floodgate.events.v1.UnitGrantedV1` for `inventory.unit-granted.v1`; the stock log carries records. */
function messageOf(topic: string): string {
  const words = topic.split('.')[1]?.split('-') ?? [];
  const pascal = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  return `floodgate.events.v1.${pascal}${topic === TOPICS.stockLog.name ? 'Record' : ''}V1`;
}

describe('topics.json', () => {
  it('lists the topics that the code knows', () => {
    expect(events.map(({ name }) => name).sort()).toEqual(
      Object.values(TOPICS)
        .map(({ name }) => name)
        .sort(),
    );
  });

  it.each(events)('names the message of $name', ({ name, message }) => {
    expect(message).toBe(messageOf(name));
  });

  it('keeps the stock log for ever', () => {
    const stockLog = rows.find(({ name }) => name === TOPICS.stockLog.name);
    expect(stockLog?.config).toEqual({ 'retention.ms': '-1', 'retention.bytes': '-1', 'cleanup.policy': 'delete' });
  });

  it('keeps what was published for ever: a service whose database is made anew reads all campaigns again', () => {
    const published = rows.find(({ name }) => name === TOPICS.campaignPublished.name);
    expect(published?.config).toEqual({ 'retention.ms': '-1' });
  });

  it('gives every topic at least one partition, and a key', () => {
    for (const { partitions, key } of rows) {
      expect(partitions).toBeGreaterThan(0);
      expect(key).not.toBe('');
    }
  });
});
