/** Something a person can mend. Its message is one sentence that says how; it is shown without a stack trace. */
export class Trouble extends Error {}

/**
 * Runs a script's main function, whose result is the exit code. A Trouble ends the script at once, whatever else is still waiting, with its
 * sentence and exit code 1; anything else is a defect and shows where.
 */
export async function runMain(main) {
  try {
    process.exitCode = (await main()) ?? 0;
  } catch (error) {
    console.error(error instanceof Trouble ? error.message : error);
    process.exit(1);
  }
}
