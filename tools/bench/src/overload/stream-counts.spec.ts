import { StreamCounts } from './stream-counts';

describe('what became of a stream', () => {
  it('counts who was served in time, refused, and neither, by when they were due', () => {
    const counts = new StreamCounts(100, 1_000);
    counts.add(50, 10, 200);
    counts.add(100, 10, 200);
    counts.add(120, 30, 200);
    counts.add(210, 1_001, 200);
    counts.add(220, 5, 503);
    counts.add(230, 5, undefined);
    counts.keptBack(99);
    counts.keptBack(240);
    expect(counts.result()).toEqual({
      due: 5,
      keptBack: 1,
      served: 2,
      refused: 1,
      failed: 2,
      p50Ms: 10,
      p99Ms: 30,
      dueBy100Ms: [1, 2, 3],
      servedBy100Ms: [1, 2, 0],
    });
  });
});
