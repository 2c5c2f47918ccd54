import { choicesOf } from '@floodgate/kernel';
import { evenRunId } from './even-homes';

const addresses = ['127.0.0.1:1', '127.0.0.1:2'];

describe('evenRunId', () => {
  it('finds an id under which the instances share the shards of every pool', () => {
    const salesOf = (runId: string) => [
      { campaignId: `bench-${runId}`, pools: ['p', 'q'].map((poolId) => ({ poolId, stock: 4, shards: 4 })) },
    ];
    const runId = evenRunId('b1', salesOf, addresses);
    expect(runId.startsWith('b1')).toBe(true);
    for (const poolId of ['p', 'q']) {
      const firsts = [0, 1, 2, 3].map((shardNo) => choicesOf(`bench-${runId}/${poolId}/${shardNo}`, addresses)[0]);
      expect(firsts.filter((first) => first === addresses[0])).toHaveLength(2);
    }
  });

  it('takes any id for one instance', () => {
    const salesOf = () => [{ campaignId: 'c', pools: [{ poolId: 'p', stock: 4, shards: 3 }] }];
    expect(evenRunId('b1', salesOf, ['127.0.0.1:1'])).toBe('b10');
  });
});
