/** Time that passes only when somebody sleeps, or a test says so. */
export class VirtualTime {
  readonly slept: number[] = [];

  constructor(private nowMs = 1_800_000_000_000) {}

  readonly clock = (): number => this.nowMs;

  readonly sleep = (ms: number): Promise<void> => {
    this.slept.push(ms);
    this.nowMs += ms;
    return Promise.resolve();
  };

  pass(ms: number): void {
    this.nowMs += ms;
  }

  get sleptMs(): number {
    return this.slept.reduce((sum, ms) => sum + ms, 0);
  }
}
