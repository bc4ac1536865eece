/** An answer from its question until it is taken. */
export interface UnderWay<C> {
  readonly connection: C;
  /** Of the answer, once it is made. */
  bytes: number;
}

/**
 * Answers that were made and that the other side has not taken yet. They are memory that strangers hold: where they are too much, who has
 * waited longest goes, as whoever reads is done in moments.
 */
export class WaitingAnswers<C> {
  private readonly mostBytes: number;
  private readonly perConnection: number;
  /** In the order in which they were made. */
  private readonly held = new Set<UnderWay<C>>();
  private readonly counts = new Map<C, number>();
  private bytes = 0;

  constructor(mostBytes: number, perConnection: number) {
    this.mostBytes = mostBytes;
    this.perConnection = perConnection;
  }

  /** A question came. @returns whether it is to be answered; where not, its connection is to be cut */
  begin({ connection }: UnderWay<C>): boolean {
    const count = (this.counts.get(connection) ?? 0) + 1;
    this.counts.set(connection, count);
    return count <= this.perConnection;
  }

  /** Its answer is made. @returns the connections that have to go, so that there is room for it */
  holds(one: UnderWay<C>, bytes: number): readonly C[] {
    // It was taken, or given up, in the meantime.
    if (!this.counts.has(one.connection)) return [];
    one.bytes = bytes;
    this.bytes += bytes;
    this.held.add(one);
    const cut: C[] = [];
    for (const oldest of this.held) {
      if (this.bytes <= this.mostBytes || oldest === one) break;
      cut.push(oldest.connection);
      this.release(oldest);
    }
    return cut;
  }

  /** It was taken, or its connection is gone. */
  done(one: UnderWay<C>): void {
    this.release(one);
    const left = (this.counts.get(one.connection) ?? 1) - 1;
    if (left > 0) this.counts.set(one.connection, left);
    else this.counts.delete(one.connection);
  }

  /** Bytes of all of them. */
  get total(): number {
    return this.bytes;
  }

  private release(one: UnderWay<C>): void {
    if (this.held.delete(one)) this.bytes -= one.bytes;
  }
}
