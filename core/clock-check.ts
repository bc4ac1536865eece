/** A clock that is off by more is wrong: an observation ends 15 s before its tick, so that up to here nothing is measured in the future. */
export const OFF_SECONDS = 10;
/** One that was wrong is right again below this. */
const RIGHT_SECONDS = 5;
/** What was compared longer ago says nothing of now. */
const KNOWN_SECONDS = 120;

/** What a server said of its time, and when by our own clock it was asked and had answered; epoch seconds. */
export interface ServerTime {
  readonly serverSeconds: number;
  /** To what it is cut off: 1 for HTTP's Date. */
  readonly stepSeconds: number;
  readonly askedSeconds: number;
  readonly answeredSeconds: number;
}

interface Compared {
  /** How far ours is ahead of it at least; negative: behind. */
  readonly aheadSeconds: number;
  readonly off: boolean;
  /** Monotonic. */
  readonly atSeconds: number;
}

/**
 * This process' clock against those of the servers that it speaks to. Two clocks against one: where it differs from all of them it is
 * wrong itself, where another one agrees with it that server is.
 */
export class ClockCheck {
  private readonly nowSeconds: () => number;
  private readonly servers = new Map<string, Compared>();

  /** @param nowSeconds monotonic */
  constructor(nowSeconds: () => number) {
    this.nowSeconds = nowSeconds;
  }

  /** @param server its name: `Redis` */
  compare(server: string, time: ServerTime): void {
    const aheadSeconds = certainlyAhead(time);
    const limit = this.servers.get(server)?.off ? RIGHT_SECONDS : OFF_SECONDS;
    this.servers.set(server, { aheadSeconds, off: Math.abs(aheadSeconds) > limit, atSeconds: this.nowSeconds() });
  }

  /** The later of a time by our clock and the same moment by a server's. Before the two were compared, no time is too late. */
  latestSeconds(server: string, ownSeconds: number): number {
    const compared = this.servers.get(server);
    return compared === undefined ? Number.MAX_SAFE_INTEGER : ownSeconds + Math.max(0, -compared.aheadSeconds);
  }

  /** Why this process' own clock can't be trusted; undefined: it can, or nothing is known. */
  get ownProblem(): string | undefined {
    const known = this.known();
    if (known.length === 0 || !known.every(([, { off }]) => off)) return undefined;
    const words = known.map(([server, { aheadSeconds }]) => skewWords(aheadSeconds, server)).join(' and ');
    return `the clock of this pod's node is ${words}; expected within ${OFF_SECONDS} s: is its time synchronised (NTP)?`;
  }

  /** The servers' clocks that can't be trusted, as ours agrees with another one. */
  get serverProblems(): string[] {
    const known = this.known();
    if (known.every(([, { off }]) => off)) return [];
    return known
      .filter(([, { off }]) => off)
      .map(([server, { aheadSeconds }]) => {
        const words = skewWords(-aheadSeconds, 'the others');
        return `the clock of ${server} is ${words}; expected within ${OFF_SECONDS} s: is its time synchronised (NTP)?`;
      });
  }

  private known(): [string, Compared][] {
    const since = this.nowSeconds() - KNOWN_SECONDS;
    return [...this.servers].filter(([, { atSeconds }]) => atSeconds >= since);
  }
}

/** It answered at some moment between asked and answered, and its time was cut off: only what is beyond all that is a difference. */
function certainlyAhead({ serverSeconds, stepSeconds, askedSeconds, answeredSeconds }: ServerTime): number {
  const least = askedSeconds - serverSeconds - stepSeconds;
  const most = answeredSeconds - serverSeconds;
  return Math.max(0, least) + Math.min(0, most);
}

function skewWords(aheadSeconds: number, of: string): string {
  return `${Math.round(Math.abs(aheadSeconds))} s ${aheadSeconds > 0 ? 'ahead of' : 'behind'} ${of}`;
}
