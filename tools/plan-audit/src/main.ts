/** `npm run plan-audit -- [--profile dev] [--expect HASH]`: verifies the audit of degradation plans; exit 1 and the first broken row if it does not hold. */
import { parseArgs } from 'node:util';
import { createDataSource } from '@floodgate/adapters/mysql';
import { loadEnvironment, runTool, StackTrouble } from '@floodgate/tools/stack';
import { type DataSource } from 'typeorm';
import { type AuditVerdict, verifyAudit } from './verify-audit';

void runTool(async () => {
  const { values } = parseArgs({
    options: { profile: { type: 'string', default: 'dev' }, expect: { type: 'string' } },
  });
  const { auditUrl, apps } = loadEnvironment(values.profile);
  const sql = createDataSource({ url: auditUrl, poolSize: 1 });
  try {
    await sql.initialize();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StackTrouble(
      `MySQL at ${new URL(auditUrl).host} cannot be reached: ${reason}. Its servers are started by: npm run infra -- up --profile ${values.profile}`,
    );
  }
  try {
    const verdict = await verify(sql, apps['degradation-plan'].schema ?? '', values.expect);
    process.stdout.write(`${verdictText(verdict)}\n`);
    return verdict.broken === undefined ? 0 : 1;
  } finally {
    await sql.destroy();
  }
});

/** As of one instant, so that what is written meanwhile breaks nothing. */
async function verify(sql: DataSource, schema: string, expectedHash: string | undefined): Promise<AuditVerdict> {
  const runner = sql.createQueryRunner();
  try {
    await runner.startTransaction('REPEATABLE READ');
    const verdict = await verifyAudit(runner.manager, schema, expectedHash);
    await runner.commitTransaction();
    return verdict;
  } finally {
    await runner.release();
  }
}

function verdictText({ head, broken }: AuditVerdict): string {
  if (broken === undefined) {
    return `ok: ${head.length} rows, each as it was written\nhead: ${head.hash} (note it elsewhere, and give it with --expect another time)`;
  }
  const place = broken.id === undefined ? 'at its end' : `at row ${broken.id}`;
  return `BROKEN ${place}: ${broken.reason}. The ${head.length} rows before are as they were written.`;
}
