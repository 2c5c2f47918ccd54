/** Something a person can mend; its message is shown without a stack trace. */
export class StackTrouble extends Error {}

/** Runs a tool's main function, whose result is the exit code. A StackTrouble ends it with its sentence and exit code 1. */
export async function runTool(main: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main();
  } catch (error) {
    process.stderr.write(
      `${error instanceof StackTrouble ? error.message : String((error as Error).stack ?? error)}\n`,
    );
    process.exit(1);
  }
}
