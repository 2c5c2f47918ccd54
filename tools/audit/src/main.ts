/** `node dist/tools/audit/src/main.js [--profile dev] [--client-log FILE] [--json FILE] [--campaign ID]...`; exit 1 if an invariant fails. */
import { existsSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { loadEnvironment, runTool, StackTrouble } from '@floodgate/tools/stack';
import { auditStores } from './audit-stores';
import { reportTable } from './report-table';

void runTool(async () => {
  const { values } = parseArgs({
    options: {
      profile: { type: 'string', default: 'dev' },
      'client-log': { type: 'string' },
      json: { type: 'string' },
      campaign: { type: 'string', multiple: true },
    },
  });
  const clientLog = values['client-log'];
  if (clientLog !== undefined && !existsSync(clientLog))
    throw new StackTrouble(`There is no clients' log ${clientLog}.`);
  const { auditUrl, kafkaBrokers } = loadEnvironment(values.profile);
  const report = await auditStores({
    mysqlUrl: auditUrl,
    kafkaBrokers,
    ...(clientLog !== undefined && { clientLog }),
    ...(values.campaign && { campaignIds: values.campaign }),
  });
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
  process.stdout.write(reportTable(report));
  if (clientLog === undefined)
    process.stdout.write('What clients were told is not checked: no --client-log was given.\n');
  return report.ok ? 0 : 1;
});
