import { type StockLevel } from './generated/floodgate/inventory/v1/inventory';
import { decodeStockLevel, encodeStockLevel } from './stock-level';

const level: StockLevel = {
  campaignId: 'c',
  poolId: 'p',
  version: '9007199254740991',
  stock: 100,
  free: 7,
  inTransit: 2,
  final: false,
  lifeMs: 1_500,
};

describe('a stock level on its channel', () => {
  it.each([
    ['full', level],
    ['empty and final', { ...level, version: '0', free: 0, inTransit: 0, final: true }],
  ])('comes back as it was sent: %s', (_, sent) => {
    expect(decodeStockLevel(encodeStockLevel(sent))).toEqual(sent);
  });

  it.each([
    '',
    '{',
    'null',
    '7',
    '[]',
    '{}',
    '{"campaignId":"c"}',
    '{"campaignId":"c","poolId":"p","free":"many"}',
    '{"campaignId":"c","poolId":"p","free":-1}',
    '{"campaignId":"c","poolId":"p","free":1.5}',
    '{"campaignId":"c","poolId":"p","version":"new"}',
  ])('is not made of %s', (text) => {
    expect(decodeStockLevel(text)).toBeUndefined();
  });
});
