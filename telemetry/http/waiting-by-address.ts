interface Waiter {
  sweeps: number;
  readonly go: () => void;
}

/**
 * Those who wait for one of the few large answers that an address has at once: who comes by a proxy shares its address with others, and
 * must not have their answers cut for being many. Nobody waits for long: after some sweeps they go on, and the oldest makes room.
 */
export class WaitingByAddress {
  private readonly mostSweeps: number;
  private readonly waiting = new Map<string, Waiter[]>();

  constructor(mostSweeps: number) {
    this.mostSweeps = mostSweeps;
  }

  get any(): boolean {
    return this.waiting.size > 0;
  }

  /** Until it is its turn. */
  turn(address: string): Promise<void> {
    return new Promise((go) => {
      const all = this.waiting.get(address);
      if (all) all.push({ sweeps: 0, go });
      else this.waiting.set(address, [{ sweeps: 0, go }]);
    });
  }

  /** An answer of that address is through: the next one goes on. */
  done(address: string): void {
    const all = this.waiting.get(address);
    const next = all?.shift();
    if (all?.length === 0) this.waiting.delete(address);
    next?.go();
  }

  /** To be called once a second. */
  sweep(): void {
    for (const [address, all] of this.waiting) {
      for (const waiter of all) waiter.sweeps++;
      const late = all.findIndex(({ sweeps }) => sweeps <= this.mostSweeps);
      for (const { go } of all.splice(0, late === -1 ? all.length : late)) go();
      if (all.length === 0) this.waiting.delete(address);
    }
  }
}
