import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LuaScript } from '@floodgate/adapters/redis';

/** How a shard's free units lie in Redis: as ranges that are counted up, or one by one in a queue. */
export type FreeForm = 'ranges' | 'units';

const text = (name: string) => readFileSync(join(__dirname, 'lua', `${name}.lua`), 'utf8');

const SHARD = text('shard');
const FREE = { ranges: text('free-ranges'), units: text('free-units') };

/** Each script is what all of them share, how free units are kept, and what it does itself. */
function scriptsFor(form: FreeForm) {
  const script = (name: string) => new LuaScript([SHARD, FREE[form], text(name)].join('\n'));
  return {
    propose: script('propose'),
    apply: script('apply'),
    giveBack: script('give-back'),
    overdue: script('overdue'),
    freeCount: script('free-count'),
    loadBegin: script('load-begin'),
    loadPart: script('load-part'),
    loadEnd: script('load-end'),
    place: script('place'),
  };
}

export const ADMISSION_SCRIPTS = { ranges: scriptsFor('ranges'), units: scriptsFor('units') };
