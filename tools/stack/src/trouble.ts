/** Something a person can mend; its message is shown without a stack trace. */
export class StackTrouble extends Error {}

/** What a person can cause and mend: an option nobody knows, a file that is not there or may not be written. */
const MENDABLE = /^(ERR_PARSE_ARGS_\w+|ENOENT|EACCES|EISDIR|ENOTDIR)$/;

function isForPeople(error: unknown): error is Error {
  if (error instanceof StackTrouble) return true;
  return error instanceof Error && 'code' in error && MENDABLE.test(String(error.code));
}

/** Runs a tool's main function, whose result is the exit code. What a person can mend ends it with one sentence and exit code 1. */
export async function runTool(main: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main();
  } catch (error) {
    process.stderr.write(`${isForPeople(error) ? error.message : String((error as Error).stack ?? error)}\n`);
    process.exit(1);
  }
}
