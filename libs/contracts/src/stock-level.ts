import { StockLevel } from './generated/floodgate/inventory/v1/inventory';

/** The Redis pub/sub channel on which inventory tells every gateway what is left. One message is one level. */
export const STOCK_LEVEL_CHANNEL = 'floodgate:stock-level';

/** Canonical proto3 JSON, as on Kafka, so that `redis-cli subscribe` shows it to people. */
export function encodeStockLevel(level: StockLevel): string {
  return JSON.stringify(StockLevel.toJSON(level));
}

/** Undefined when the text is no level: a channel is open to anybody who reaches the server. */
export function decodeStockLevel(text: string): StockLevel | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof json !== 'object' || json === null) return undefined;
  const level = StockLevel.fromJSON(json);
  const { campaignId, poolId, version, stock, free, inTransit, lifeMs } = level;
  const numbers = [Number(version), stock, free, inTransit, lifeMs];
  const isLevel = campaignId !== '' && poolId !== '' && numbers.every((n) => Number.isSafeInteger(n) && n >= 0);
  return isLevel ? level : undefined;
}
