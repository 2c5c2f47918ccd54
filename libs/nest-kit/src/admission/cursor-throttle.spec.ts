import { formatCursor } from '@floodgate/domain/degradation-plan';
import { CursorThrottle } from './cursor-throttle';

describe('a caller that hears the cursor', () => {
  let now: number;
  let throttle: CursorThrottle;

  beforeEach(() => {
    now = 0;
    throttle = new CursorThrottle({ now: () => now, freshMs: 1_000 });
  });

  it('refuses what is below it, and nothing before it has heard of one', () => {
    expect(throttle.refuses(0)).toBe(false);
    throttle.heard(formatCursor(200));
    expect([199, 200, 511].map((level) => throttle.refuses(level))).toEqual([true, false, false]);
    throttle.heard(formatCursor(0));
    expect(throttle.refuses(0)).toBe(false);
  });

  it('takes rubbish and silence for nothing', () => {
    throttle.heard(formatCursor(200));
    for (const text of [undefined, '', 'nothing:1', 'browse:0, browse:0']) throttle.heard(text);
    expect(throttle.refuses(199)).toBe(true);
  });

  it('asks again by one request in a while, once it has heard nothing for long', () => {
    throttle.heard(formatCursor(200));
    now = 1_000;
    expect([1, 2, 3].map((level) => throttle.refuses(level))).toEqual([false, true, true]);
    now = 1_100;
    expect([1, 2].map((level) => throttle.refuses(level))).toEqual([false, true]);
    throttle.heard(formatCursor(100));
    expect([99, 100].map((level) => throttle.refuses(level))).toEqual([true, false]);
  });

  it('goes by the campaign, and by no more campaigns than it can keep', () => {
    throttle.heard(formatCursor(200), 'busy');
    expect([throttle.refuses(199, 'busy'), throttle.refuses(199, 'quiet'), throttle.refuses(199)]).toEqual([
      true,
      false,
      false,
    ]);
    for (let no = 0; no < 64; no++) throttle.heard(formatCursor(200), `campaign-${no}`);
    expect([throttle.refuses(199, 'busy'), throttle.refuses(199, 'campaign-63')]).toEqual([false, true]);
  });
});
