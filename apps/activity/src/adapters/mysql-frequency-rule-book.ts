import { insertRows, inTransaction, selectRows, type Sql } from '@floodgate/adapters/mysql';
import { type FrequencyRule, type FrequencyRuleBook, type FrequencyRules } from '@floodgate/domain/activity';
import { type DataSource } from 'typeorm';

export class MysqlFrequencyRuleBook implements FrequencyRuleBook {
  constructor(private readonly dataSource: DataSource) {}

  async current(): Promise<FrequencyRules> {
    return latest(this.dataSource);
  }

  async add(rules: readonly FrequencyRule[], by: string, nowMs: number): Promise<FrequencyRules> {
    return inTransaction(this.dataSource, async (tx) => {
      const text = JSON.stringify(rules);
      await insertRows(tx, 'frequency_rules', ['rules', 'set_by', 'set_at_ms'], [[text, by, nowMs]]);
      return latest(tx);
    });
  }
}

async function latest(sql: Sql): Promise<FrequencyRules> {
  const [row] = await selectRows<{ version: number; rules: string }>(
    sql,
    'SELECT version, rules FROM frequency_rules ORDER BY version DESC LIMIT 1',
  );
  if (row === undefined) return { version: 0, rules: [] };
  return { version: Number(row.version), rules: JSON.parse(row.rules) as FrequencyRule[] };
}
