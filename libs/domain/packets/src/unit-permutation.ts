import { type Draw } from '@floodgate/kernel';

/** Four would mix large pools; small ones need more until no order is likelier than another. */
const ROUNDS = 8;

/**
 * A permutation of 0 to size - 1 that only the holder of the key can tell, computed for one number without the others.
 * The numbers stand in a grid; a Feistel network shifts each one along its row by an amount drawn for the row, then along its
 * column by an amount drawn for the column, and so on. A place of the grid past the last number is permuted on until one
 * within comes out. Sizes up to 2^32.
 */
export class UnitPermutation {
  private readonly columns: number;
  private readonly rows: number;
  // Each shift is drawn once: at most 8 * sqrt(size) of them. 0 stands for one not drawn yet.
  private readonly shifts: Uint32Array;

  constructor(
    private readonly draw: Draw,
    private readonly size: number,
  ) {
    this.columns = Math.ceil(Math.sqrt(size));
    this.rows = Math.ceil(size / this.columns);
    this.shifts = new Uint32Array(ROUNDS * this.columns);
  }

  /** Where a number goes. */
  at(number: number): number {
    let place = number;
    do place = this.once(place);
    while (place >= this.size);
    return place;
  }

  private once(place: number): number {
    let column = place % this.columns;
    let row = (place - column) / this.columns;
    for (let round = 0; round < ROUNDS; round += 2) {
      column = (column + this.shift(round, row, this.columns)) % this.columns;
      row = (row + this.shift(round + 1, column, this.rows)) % this.rows;
    }
    return row * this.columns + column;
  }

  private shift(round: number, line: number, below: number): number {
    const at = round * this.columns + line;
    const known = this.shifts[at];
    if (known) return known - 1;
    const drawn = this.draw(`permute ${round} ${line}`) % below;
    this.shifts[at] = drawn + 1;
    return drawn;
  }
}
