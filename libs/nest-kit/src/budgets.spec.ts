import { z } from 'zod';
import { type BudgetConfig, BUDGETS, budgetShape, findBudgetMisfit } from './budgets';
import { parseConfig } from './config';

const DEFAULTS: BudgetConfig = z.object(budgetShape).parse({});

describe('the table of budgets', () => {
  it('has a hop for each variable, and fits as it is', () => {
    expect(Object.values(BUDGETS).sort()).toEqual(Object.keys(budgetShape).sort());
    expect(findBudgetMisfit(DEFAULTS)).toBeUndefined();
  });

  it.each<[string, Partial<BudgetConfig>, string]>([
    [
      'a callee that may take longer than its caller waits',
      { BUDGET_INVENTORY_GRAB_MS: 3_001 },
      'BUDGET_GRAB_MS=3000 is too short for a grab, which may take BUDGET_INVENTORY_GRAB_MS=3001 ms: gateway.grab would give up before its callees',
    ],
    [
      'callees that do not fit together, the second try counted',
      { BUDGET_REQUEST_MS: 3_999, BUDGET_INVENTORY_READ_MS: 2_000, BUDGET_ACTIVITY_MS: 1 },
      'BUDGET_REQUEST_MS=3999 is too short for the result of a grab, which may take BUDGET_INVENTORY_READ_MS=2000 + BUDGET_INVENTORY_READ_MS=2000 ms',
    ],
    [
      'a hop two levels down',
      { BUDGET_ORDER_CHANNEL_MS: 3_500 },
      'BUDGET_ORDER_MS=3000 is too short for a payment, which may take BUDGET_ORDER_CHANNEL_MS=3500 ms',
    ],
  ])('names both ends of %s', (_, change, sentence) => {
    expect(findBudgetMisfit({ ...DEFAULTS, ...change })).toContain(sentence);
  });

  it('notices each hop that alone outgrows every caller', () => {
    const callers = ['BUDGET_REQUEST_MS', 'BUDGET_GRAB_MS'];
    for (const variable of Object.values(BUDGETS).filter((name) => !callers.includes(name))) {
      expect(findBudgetMisfit({ ...DEFAULTS, [variable]: 60_000 })).toContain(`${variable}=60000`);
    }
  });

  it('is checked with the rest of the configuration', () => {
    const schema = z.object(budgetShape);
    expect(() => parseConfig(schema, { BUDGET_GRAB_MS: '10' })).toThrow(
      'configuration: BUDGET_GRAB_MS=10 is too short for a grab',
    );
    expect(parseConfig(schema, { BUDGET_GRAB_MS: '2500' })).toMatchObject({ BUDGET_GRAB_MS: 2_500 });
  });
});
