import { lowestLevel } from '@floodgate/domain/degradation-plan';
import { CampaignLoad } from './campaign-load';
import { type Place, WaitingLines } from './waiting-lines';

const nobody = { run: () => undefined, drop: () => undefined };
const browse = lowestLevel('browse');
const grab = lowestLevel('grab');

describe('the lines of those who wait', () => {
  let lines: WaitingLines;
  let names: Map<Place, string>;
  const a = new CampaignLoad(0);
  const b = new CampaignLoad(1);

  beforeEach(() => {
    lines = new WaitingLines();
    names = new Map();
    a.claim = 0;
    b.claim = 0;
  });

  const push = (name: string, load: CampaignLoad, level = browse, cameAt = 0) => {
    const place = { waiting: nobody, cameAt, level, load };
    names.set(place, name);
    lines.push(place);
  };
  const shift = () => {
    const place = lines.shift();
    return place && names.get(place);
  };

  it('let the campaign go first that asks for least, and within it who came first', () => {
    a.claim = 2_000;
    b.claim = 200;
    for (const name of ['a1', 'a2']) push(name, a);
    for (const name of ['b1', 'b2']) push(name, b);
    expect([shift(), shift(), shift(), shift(), shift()]).toEqual(['b1', 'b2', 'a1', 'a2', undefined]);
  });

  it('treat alike who wants more than their share', () => {
    a.claim = b.claim = 200;
    push('a1', a, browse, 1);
    push('b2', b, browse, 2);
    push('a3', a, browse, 3);
    expect([shift(), shift(), shift()]).toEqual(['a1', 'b2', 'a3']);
  });

  it('let a higher priority go first, whatever its campaign asks for', () => {
    a.claim = 100;
    push('b browses', b);
    push('a grabs', a, grab);
    expect([shift(), shift()]).toEqual(['a grabs', 'b browses']);
  });

  it('give up the last of the longest line for another campaign, and nothing for one that waits as much itself', () => {
    for (const name of ['a1', 'a2', 'a3']) push(name, a);
    push('b1', b);
    const gaveWay = (level: number, load: CampaignLoad) => {
      const place = lines.giveWay(level, load);
      return place && names.get(place);
    };
    expect(gaveWay(browse, a)).toBeUndefined();
    expect(gaveWay(browse, b)).toBe('a3');
    expect(gaveWay(browse, b)).toBeUndefined();
    expect(gaveWay(grab, a)).toBe('a2');
    expect(lines.length).toBe(2);
    push('a grabs', a, grab);
    expect([gaveWay(grab, b), gaveWay(grab, b)]).toEqual(['a1', 'b1']);
    expect(gaveWay(browse, b)).toBeUndefined();
  });

  it('know who has waited longest, and let those go who came before an instant', () => {
    expect(lines.oldestCameAt()).toBeUndefined();
    push('b1', b, grab, 20);
    push('a1', a, browse, 10);
    push('a2', a, browse, 30);
    expect(lines.oldestCameAt()).toBe(10);
    const before = (cameAt: number) => {
      const place = lines.shiftOlderThan(cameAt);
      return place && names.get(place);
    };
    expect([before(10), before(25), before(25), before(25)]).toEqual([undefined, 'a1', 'b1', undefined]);
    expect(lines.length).toBe(1);
  });
});
