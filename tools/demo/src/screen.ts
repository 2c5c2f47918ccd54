import { frameOf, lineOf, type ProgressView } from './progress';

const FRAME_EVERY_MS = 200;
const LINE_EVERY_MS = 1_000;
const COLUMNS_DEFAULT = 120;

/** Shows progress: redrawn in place on a terminal, a line a second elsewhere. */
export class Screen {
  private timer: NodeJS.Timeout | undefined;
  private drawnLines = 0;

  constructor(
    private readonly view: () => ProgressView,
    private readonly out: NodeJS.WriteStream = process.stdout,
  ) {}

  start(): void {
    this.timer = setInterval(() => this.show(), this.out.isTTY ? FRAME_EVERY_MS : LINE_EVERY_MS);
    this.show();
  }

  /** Says something that stays. On a terminal it is part of the next frame, so there only the view's notes hold it. */
  say(line: string): void {
    if (!this.out.isTTY) this.out.write(`[demo] ${line}\n`);
  }

  /** Shows how it ended and leaves that standing. */
  stop(): void {
    if (this.timer === undefined) return;
    clearInterval(this.timer);
    this.timer = undefined;
    this.show();
    this.drawnLines = 0;
  }

  private show(): void {
    if (!this.out.isTTY) {
      this.out.write(`${lineOf(this.view())}\n`);
      return;
    }
    const frame = frameOf(this.view(), this.out.columns || COLUMNS_DEFAULT);
    const up = this.drawnLines === 0 ? '' : `\x1b[${this.drawnLines}A`;
    // Each line is cleared to its end; what was below a shorter frame goes too.
    this.out.write(`${up}${frame.map((line) => `${line}\x1b[K\n`).join('')}\x1b[J`);
    this.drawnLines = frame.length;
  }
}
