/** The load process: prepares a job, says so, runs it on the word, and reports. It ends when the bench does. */
import { type FromLoad, type LoadResult, type ToLoad } from './job';
import { prepareJob } from './run-job';

let run: (() => Promise<LoadResult>) | undefined;

async function take(message: ToLoad): Promise<FromLoad> {
  if (message.kind === 'prepare') {
    run = await prepareJob(message.job);
    return { kind: 'prepared' };
  }
  if (run === undefined) throw new Error('go before prepare');
  return { kind: 'done', result: await run() };
}

process.on('message', (message: ToLoad) => {
  take(message).then(
    (reply) => process.send?.(reply),
    (error: unknown) => process.send?.({ kind: 'failed', why: String(error) } satisfies FromLoad),
  );
});
process.on('disconnect', () => process.exit());
