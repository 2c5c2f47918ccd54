import { parseJson, parseJsonObject } from './json';

describe('JSON from outside', () => {
  it.each([
    ['{"a":1}', { a: 1 }, { a: 1 }],
    ['[1]', [1], undefined],
    ['null', null, undefined],
    ['1', 1, undefined],
    ['{"a":', undefined, undefined],
    ['', undefined, undefined],
  ])('%j', (text, value, object) => {
    expect(parseJson(text)).toEqual(value);
    expect(parseJsonObject(text)).toEqual(object);
  });
});
