import { randomBytes } from 'node:crypto';
import { type PartitionMetadata, Partitioners } from 'kafkajs';
import { keyPartitioner } from './partitioner';

describe('keyPartitioner', () => {
  const partitionMetadata = Array.from({ length: 7 }, (_, partitionId) => ({ partitionId }) as PartitionMetadata);
  const ours = keyPartitioner();
  const theirs = Partitioners.DefaultPartitioner();

  it('sends every key where kafkajs and Kafka’s own clients send it', () => {
    const keys = Array.from({ length: 500 }, (_, index) => randomBytes(index % 41));
    const texts = ['', 'u', 'user-1', '用户', 'c-1/p/0'];
    for (const key of [...keys, ...texts]) {
      const args = { topic: 't', partitionMetadata, message: { key, value: '' } };
      expect(ours(args)).toBe(theirs(args));
    }
  });

  it('keeps to the partition that a message names', () => {
    expect(ours({ topic: 't', partitionMetadata, message: { key: 'k', value: '', partition: 0 } })).toBe(0);
    expect(ours({ topic: 't', partitionMetadata, message: { key: 'k', value: '', partition: 5 } })).toBe(5);
  });
});
