/** How many connections a listener holds, and for how long. */
export interface ConnectionLimits {
  /** Over all addresses. */
  readonly total: number;
  readonly perAddress: number;
  /** Sweeps, one a second, that a request may take to arrive. */
  readonly askSweeps: number;
  /** Sweeps that an answer may take until the other side has taken it, or the next piece of it. */
  readonly answerSweeps: number;
}

interface Entry {
  readonly address: string;
  /** Sweeps since it was opened or, once its request is complete, since then. */
  sweeps: number;
  answering: boolean;
  /** Only who had the chance to be read counts, and can be cut to make room. */
  settled: boolean;
}

/**
 * The connections of a listener, and which of them have to go. Nobody new is ever refused: a listener that refuses is closed by whoever
 * fills it first. Instead the oldest goes, of the address that has most. Who asks in one piece and takes the answer is gone
 * before its turn comes; who lets a request or an answer drip is not.
 */
export class ConnectionTable<C> {
  private readonly limits: ConnectionLimits;
  /** Oldest first: by when it was opened or, once its request is complete, by then. */
  private readonly entries = new Map<C, Entry>();
  private readonly perAddress = new Map<string, number>();
  private settled = 0;

  constructor(limits: ConnectionLimits) {
    this.limits = limits;
  }

  all(): readonly C[] {
    return [...this.entries.keys()];
  }

  /** Those whose request is not complete. */
  asking(): readonly C[] {
    return this.all().filter((connection) => !this.entries.get(connection)!.answering);
  }

  opened(connection: C, address: string): void {
    this.entries.set(connection, { address, sweeps: 0, answering: false, settled: false });
  }

  /** It was read for the first time, or there was nothing to read. @returns those that have to go, so that it has room */
  settle(connection: C): readonly C[] {
    const entry = this.entries.get(connection);
    if (entry === undefined || entry.settled) return [];
    entry.settled = true;
    this.count(entry.address, 1);
    return this.surplus(entry.address);
  }

  /** One more of that address makes another one go. */
  isFull(address: string): boolean {
    return (this.perAddress.get(address) ?? 0) >= this.limits.perAddress;
  }

  /** Its request is complete. */
  asked(connection: C): void {
    const entry = this.entries.get(connection);
    if (entry === undefined) return;
    this.entries.delete(connection);
    this.entries.set(connection, { ...entry, sweeps: 0, answering: true });
  }

  /** A piece of its answer was taken. It has its time anew, and is no younger for it: whoever takes little by little makes room first. */
  progressed(connection: C): void {
    const entry = this.entries.get(connection);
    if (entry) entry.sweeps = 0;
  }

  closed(connection: C): void {
    const entry = this.entries.get(connection);
    this.entries.delete(connection);
    if (entry?.settled) this.count(entry.address, -1);
  }

  /** To be called once a second. @returns those whose time is over */
  sweep(): readonly C[] {
    const late: C[] = [];
    for (const [connection, entry] of this.entries) {
      entry.sweeps++;
      if (entry.sweeps > (entry.answering ? this.limits.answerSweeps : this.limits.askSweeps)) late.push(connection);
    }
    for (const connection of late) this.closed(connection);
    return late;
  }

  /** @param address of the one that came last: it alone can have too many */
  private surplus(address: string): readonly C[] {
    const out: C[] = [];
    const cut = (one: C | undefined) => {
      if (one === undefined) return;
      this.closed(one);
      out.push(one);
    };
    if ((this.perAddress.get(address) ?? 0) > this.limits.perAddress)
      cut(this.oldest((entry) => entry.address === address));
    if (this.settled > this.limits.total) {
      const most = Math.max(...this.perAddress.values());
      cut(this.oldest((entry) => this.perAddress.get(entry.address) === most));
    }
    return out;
  }

  private oldest(matches: (entry: Entry) => boolean): C | undefined {
    for (const [connection, entry] of this.entries) if (entry.settled && matches(entry)) return connection;
    return undefined;
  }

  private count(address: string, change: 1 | -1): void {
    const count = (this.perAddress.get(address) ?? 0) + change;
    if (count === 0) this.perAddress.delete(address);
    else this.perAddress.set(address, count);
    this.settled += change;
  }
}
