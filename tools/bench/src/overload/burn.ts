let sink = 1;

/** Work that is nothing but CPU, and the same in every process. */
export function burn(turns: number): number {
  let x = sink;
  for (let turn = 0; turn < turns; turn++) x = (Math.imul(x, 1_664_525) + 1_013_904_223) | 0;
  sink = x | 1;
  return x;
}

const CALIBRATION_TURNS = 4_000_000;
const CALIBRATIONS = 9;

/** The turns that take so much CPU time here: the best of several tries, since others may use the machine too. */
export function turnsFor(ms: number): number {
  burn(CALIBRATION_TURNS);
  let bestMs = Infinity;
  for (let tries = 0; tries < CALIBRATIONS; tries++) {
    const startedAt = process.cpuUsage();
    burn(CALIBRATION_TURNS);
    const { user, system } = process.cpuUsage(startedAt);
    bestMs = Math.min(bestMs, (user + system) / 1_000);
  }
  return Math.round((CALIBRATION_TURNS * ms) / bestMs);
}
