import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type JsonCodec, TOPICS } from './index';

const SAMPLES = join(__dirname, '../samples');

interface Sample {
  readonly topic: string;
  readonly file: string;
  readonly codec: JsonCodec<unknown>;
}

const samples: readonly Sample[] = Object.values(TOPICS).flatMap(({ name, codec }) =>
  readdirSync(join(SAMPLES, name)).map((file) => ({ topic: name, file, codec })),
);

const read = ({ topic, file }: Sample): object =>
  JSON.parse(readFileSync(join(SAMPLES, topic, file), 'utf8')) as object;

// Samples are never edited and never removed: what was once on a topic must be understood for ever.
describe('samples of events', () => {
  it.each(samples)('$topic/$file reads and writes as the same JSON', (sample) => {
    const json = read(sample);
    const written = sample.codec.toJSON(sample.codec.fromJSON(json));
    expect(JSON.stringify(written)).toBe(JSON.stringify(json));
  });

  it.each(Object.values(TOPICS))('set every field of $name at least once', ({ name, codec }) => {
    const fields = Object.keys(codec.fromJSON({}) as object).filter((field) => field !== 'record');
    const set = new Set(samples.filter(({ topic }) => topic === name).flatMap((sample) => Object.keys(read(sample))));
    expect(fields.filter((field) => !set.has(field))).toEqual([]);
  });

  it('show every kind of record of the stock log', () => {
    const kinds = samples
      .filter(({ topic }) => topic === TOPICS.stockLog.name)
      .map((sample) => TOPICS.stockLog.codec.fromJSON(read(sample)).record?.$case);
    expect(new Set(kinds)).toEqual(
      new Set(['created', 'added', 'granted', 'ended', 'voided', 'lent', 'borrowed', 'closed']),
    );
  });

  it('belong to topics that there are', () => {
    expect(new Set(readdirSync(SAMPLES))).toEqual(new Set(Object.values(TOPICS).map(({ name }) => name)));
  });
});
