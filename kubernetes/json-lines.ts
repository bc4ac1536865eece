/** Newline-delimited JSON out of pieces that end anywhere, also within a character. */
export class JsonLines {
  private readonly maxBytes: number;
  private pieces: Buffer[] = [];
  private bytes = 0;

  /** @param maxBytes of one line: a stream without line ends must not fill the memory */
  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /** The values of the lines that this piece completes. @throws SyntaxError, RangeError */
  *push(piece: Buffer): Generator<unknown> {
    let from = 0;
    for (let at = piece.indexOf(10); at >= 0; at = piece.indexOf(10, from)) {
      this.add(piece.subarray(from, at));
      from = at + 1;
      const line = this.take();
      if (line !== '') yield JSON.parse(line);
    }
    this.add(piece.subarray(from));
  }

  /** @throws SyntaxError where the stream was cut within a line */
  end(): void {
    if (this.take() !== '') throw new SyntaxError('the stream was cut in the middle of a line');
  }

  private add(piece: Buffer): void {
    if (piece.length === 0) return;
    this.bytes += piece.length;
    if (this.bytes > this.maxBytes) throw new RangeError(`a line of over ${this.maxBytes / 1e6} MB`);
    this.pieces.push(piece);
  }

  private take(): string {
    const line = Buffer.concat(this.pieces).toString('utf8').trim();
    this.pieces = [];
    this.bytes = 0;
    return line;
  }
}
