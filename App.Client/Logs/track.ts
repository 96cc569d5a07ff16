// Browsers clamp the height of an element, so a long log's track is shorter than its rows. Near both ends a pixel of the track is a pixel of the rows, so that the ends are reached by
// true steps; between them a jump of the thumb is mapped in proportion. Positions are pixels from the top of all rows, tops are what scrollTop says.
export const rowHeight = 20;
export const tallest = 8_000_000;
const ends = 200_000;

export class Track {
  readonly full: number;
  readonly height: number;

  constructor(rows: number, readonly view: number) {
    this.full = rows * rowHeight;
    this.height = Math.min(this.full, tallest);
  }

  /** The last position: the end of the rows at the lower edge of the view. */
  get last(): number { return Math.max(0, this.full - this.view); }
  get lastTop(): number { return Math.max(0, this.height - this.view); }
  get isScaled(): boolean { return this.full > tallest; }

  positionAt(top: number): number {
    if (!this.isScaled || top <= ends) return clamp(top, this.last);
    if (top >= this.lastTop - ends) return clamp(this.last - (this.lastTop - top), this.last);
    return ends + (top - ends) * this.slope;
  }

  topAt(position: number): number {
    if (!this.isScaled || position <= ends) return clamp(position, this.lastTop);
    if (position >= this.last - ends) return clamp(this.lastTop - (this.last - position), this.lastTop);
    return ends + (position - ends) / this.slope;
  }

  private get slope(): number { return (this.last - 2 * ends) / (this.lastTop - 2 * ends); }
}

const clamp = (n: number, most: number): number => Math.max(0, Math.min(n, most));
