/**
 * `npm run verify-packets -- FILE`, or `-- --url URL --campaign ID --pool ID [--save FILE]`; exit 1 unless the packets are the
 * ones that were committed to. A file can be handed on, and checked by others with other programs.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { runTool, StackTrouble } from '@floodgate/tools/stack';
import { writeData } from './data-file';
import { fetchData } from './fetch-data';
import { type Verdict, verdictOn, verdictOnFile } from './verdict';

const USAGE = 'Usage: npm run verify-packets -- FILE | --url URL --campaign ID --pool ID [--save FILE]';

void runTool(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      url: { type: 'string' },
      campaign: { type: 'string' },
      pool: { type: 'string' },
      save: { type: 'string' },
    },
  });
  const { text, ok } = await verdict(positionals, values);
  process.stdout.write(text);
  return ok ? 0 : 1;
});

interface Options {
  readonly url?: string;
  readonly campaign?: string;
  readonly pool?: string;
  readonly save?: string;
}

async function verdict(files: readonly string[], { url, campaign, pool, save }: Options): Promise<Verdict> {
  const [file] = files;
  if (file !== undefined && files.length === 1 && url === undefined) {
    if (!existsSync(file)) throw new StackTrouble(`There is no file ${file}.`);
    return verdictOnFile(readFileSync(file, 'utf8'));
  }
  if (files.length > 0 || url === undefined || campaign === undefined || pool === undefined) {
    throw new StackTrouble(USAGE);
  }
  const data = await fetchData({ url, campaignId: campaign, poolId: pool });
  if (save !== undefined) writeFileSync(save, writeData(data));
  return verdictOn(data);
}
