const TILE = 16;

/**
 * Which parts of the visible screen were last painted from a lossy picture. In tiles, and pessimistic: a tile turns
 * lossless again only when it is painted over as a whole, since nobody may take a blurred pixel for a true one.
 */
export class LossyArea {
  private width = 0;
  private height = 0;
  private columns = 0;
  private tiles = new Uint8Array(0);
  private lossyTiles = 0;

  get lossless(): boolean {
    return this.lossyTiles === 0;
  }

  resize(width: number, height: number): void {
    const columns = Math.ceil(width / TILE);
    const rows = Math.ceil(height / TILE);
    const tiles = new Uint8Array(columns * rows);
    let lossyTiles = 0;
    for (let index = 0; index < this.tiles.length; index++) {
      if (this.tiles[index] === 0) continue;
      const column = index % this.columns;
      const row = Math.floor(index / this.columns);
      if (column >= columns || row >= rows) continue;
      tiles[row * columns + column] = 1;
      lossyTiles++;
    }
    Object.assign(this, { width, height, columns, tiles, lossyTiles });
  }

  /** A picture or a colour was painted over this rectangle. */
  paint(x: number, y: number, width: number, height: number, lossless: boolean): void {
    const right = Math.min(x + width, this.width);
    const bottom = Math.min(y + height, this.height);
    const first = lossless ? Math.ceil : Math.floor;
    // A tile at the edge of the screen is whole when what there is of it was painted.
    const last = (value: number, edge: number) =>
      lossless && value !== edge ? Math.floor(value / TILE) : Math.ceil(value / TILE);
    for (let row = Math.max(0, first(y / TILE)); row < last(bottom, this.height); row++)
      for (let column = Math.max(0, first(x / TILE)); column < last(right, this.width); column++)
        this.set(row * this.columns + column, lossless ? 0 : 1);
  }

  /** A part of the screen was copied within it; a lossy source makes the whole target lossy. */
  copy(sx: number, sy: number, width: number, height: number, dx: number, dy: number): void {
    this.paint(dx, dy, width, height, !this.touchesLossy(sx, sy, width, height));
  }

  private touchesLossy(x: number, y: number, width: number, height: number): boolean {
    if (this.lossless) return false;
    const bottom = Math.ceil(Math.min(y + height, this.height) / TILE);
    const right = Math.ceil(Math.min(x + width, this.width) / TILE);
    for (let row = Math.max(0, Math.floor(y / TILE)); row < bottom; row++)
      for (let column = Math.max(0, Math.floor(x / TILE)); column < right; column++)
        if (this.tiles[row * this.columns + column] === 1) return true;
    return false;
  }

  private set(index: number, value: 0 | 1): void {
    this.lossyTiles += value - (this.tiles[index] ?? 0);
    this.tiles[index] = value;
  }
}
