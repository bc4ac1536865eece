import type { Horizon, PeerRow } from './measure.ts';

/** Ours against the peer that turned out best on that very load. */
export interface Verdict {
  readonly trace: string;
  readonly ours: number;
  readonly best: number;
  readonly bestPeer: string;
  /** Ours ÷ best: below 1 ours is better. */
  readonly ratio: number;
}

/** What must be reached (at most this ratio of geometric means, and of the worst load). */
export interface Target {
  readonly text: string;
  readonly horizon: Horizon;
  readonly method: string;
  readonly figure: 'loss' | 'pinball95';
  readonly mostMean: number;
  readonly mostWorst: number;
}

export const DAY_AHEAD = 'Prescale';
export const LEARNER = 'Prescale lead-time learner';

export const TARGETS: readonly Target[] = [
  {
    text: 'day ahead, quantile loss',
    horizon: '24 h',
    method: DAY_AHEAD,
    figure: 'loss',
    mostMean: 0.85,
    mostWorst: 1.03,
  },
  {
    text: 'at the start-up lead, quantile loss',
    horizon: '5 min',
    method: DAY_AHEAD,
    figure: 'loss',
    mostMean: 0.75,
    mostWorst: Number.POSITIVE_INFINITY,
  },
  {
    text: 'at the start-up lead, pinball at 0.95, lead-time learner (loads of one minute)',
    horizon: '5 min',
    method: LEARNER,
    figure: 'pinball95',
    mostMean: 0.75,
    mostWorst: Number.POSITIVE_INFINITY,
  },
];

/** One verdict a load that both sides answered, worst for ours first. */
export function verdicts(rows: readonly PeerRow[], { horizon, method, figure }: Target): Verdict[] {
  const own = rows.filter((row) => row.horizon === horizon);
  return own
    .filter((row) => row.method === method)
    .flatMap((row) => {
      const peers = own.filter((peer) => !peer.ours && peer.trace === row.trace && Number.isFinite(peer[figure]));
      if (peers.length === 0) return [];
      const best = peers.reduce((least, peer) => (peer[figure] < least[figure] ? peer : least));
      const ratio = row[figure] / best[figure];
      return [{ trace: row.trace, ours: row[figure], best: best[figure], bestPeer: best.method, ratio }];
    })
    .sort((a, b) => b.ratio - a.ratio);
}

/** The targets in words, with what was reached; nothing is rounded in our favour. */
export function targetLines(rows: readonly PeerRow[]): string[] {
  return TARGETS.flatMap((target) => {
    const found = verdicts(rows, target);
    if (found.length === 0) return [];
    const mean = geometricMean(found.map(({ ratio }) => ratio));
    const lines = [line(mean, target.mostMean, `${target.text}: ours ÷ best peer of each load, geometric mean`)];
    if (Number.isFinite(target.mostWorst)) {
      lines.push(line(found[0]!.ratio, target.mostWorst, `${target.text}: worst load (${found[0]!.trace})`));
    }
    return lines;
  });
}

function line(reached: number, most: number, what: string): string {
  return `${reached <= most ? 'met' : 'NOT MET'}: ${what} ≤ ${most} (${(Math.ceil(reached * 1_000) / 1_000).toFixed(3)})`;
}

export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** Of the loads that both answered, the share on which the row's loss is below the column's; half for ties. NaN: no such load. */
export function pairwiseWins(rows: readonly PeerRow[], horizon: Horizon): { methods: string[]; wins: number[][] } {
  const own = rows.filter((row) => row.horizon === horizon && Number.isFinite(row.loss));
  const methods = [...new Set(own.map(({ method }) => method))];
  const lossOf = new Map(own.map((row) => [`${row.method}\n${row.trace}`, row.loss]));
  const traces = [...new Set(own.map(({ trace }) => trace))];
  const share = (a: string, b: string): number => {
    let won = 0;
    let count = 0;
    for (const trace of traces) {
      const [x, y] = [lossOf.get(`${a}\n${trace}`), lossOf.get(`${b}\n${trace}`)];
      if (x === undefined || y === undefined) continue;
      won += x < y ? 1 : x === y ? 0.5 : 0;
      count++;
    }
    return count > 0 ? won / count : Number.NaN;
  };
  const wins = methods.map((a) => methods.map((b) => (a === b ? Number.NaN : share(a, b))));
  const score = new Map(
    methods.map((method, i) => [method, wins[i]!.filter(Number.isFinite).reduce((s, w) => s + w, 0)]),
  );
  const order = methods.map((_, i) => i).sort((i, j) => score.get(methods[j]!)! - score.get(methods[i]!)!);
  return { methods: order.map((i) => methods[i]!), wins: order.map((i) => order.map((j) => wins[i]![j]!)) };
}
