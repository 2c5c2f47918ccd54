import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const CONTRACTS = resolve(__dirname, '..');
const BUF = resolve(CONTRACTS, '../../node_modules/.bin/buf');
const BASELINE = join(CONTRACTS, 'baseline.binpb');

/** Exit code and words of `buf breaking` of a copy of the contracts in which one file says `to` where it said `from`. */
function breaking(file?: string, from = '', to = ''): { status: number | null; output: string } {
  const copy = mkdtempSync(join(tmpdir(), 'contracts-'));
  try {
    cpSync(join(CONTRACTS, 'proto'), join(copy, 'proto'), { recursive: true });
    cpSync(join(CONTRACTS, 'buf.yaml'), join(copy, 'buf.yaml'));
    if (file !== undefined) {
      const path = join(copy, 'proto', file);
      const text = readFileSync(path, 'utf8');
      expect(text).toContain(from);
      writeFileSync(path, text.replace(from, to));
    }
    const { status, stdout, stderr } = spawnSync(BUF, ['breaking', copy, '--against', BASELINE], { encoding: 'utf8' });
    return { status, output: stdout + stderr };
  } finally {
    rmSync(copy, { recursive: true });
  }
}

const GRANTED = 'floodgate/events/v1/inventory_events.proto';

describe('buf breaking against the baseline', () => {
  it('accepts the contracts as they are', () => {
    expect(breaking()).toEqual({ status: 0, output: '' });
  });

  it('accepts a new field', () => {
    const answer = breaking(
      GRANTED,
      'string qualification_id = 13;',
      'string qualification_id = 13;\n  string note = 99;',
    );
    expect(answer).toEqual({ status: 0, output: '' });
  });

  it.each([
    ['a renumbered field', GRANTED, 'string grab_id = 9;', 'string grab_id = 90;'],
    ['another type', GRANTED, 'uint32 generation = 8;', 'string generation = 8;'],
    ['a renamed field, which Kafka carries as JSON', GRANTED, 'bool to_stock = 10;', 'bool is_to_stock = 10;'],
    ['an outcome taken away', 'floodgate/common/v1/outcome.proto', 'OUTCOME_SOLD_OUT = 5;', ''],
    [
      'a call taken away',
      'floodgate/order/v1/order.proto',
      'rpc CancelOrder(CancelOrderRequest) returns (CancelOrderResponse);',
      '',
    ],
  ])('refuses %s', (_, file, from, to) => {
    const { status, output } = breaking(file, from, to);
    expect(status).toBe(100);
    expect(output).toContain('.proto:');
  });
});
