import { normalQuantile, type Random } from '../core/random.ts';
import { DAY_SECONDS, HOUR_SECONDS, type Series, WEEK_SECONDS } from '../core/series.ts';

/** A generated series and the truth about it. */
export interface GeneratedLoad {
  readonly series: Series;
  readonly periodSeconds: readonly number[];
  /** What was put into it, in words. */
  readonly kind: string;
}

const PERIODS = [
  600,
  900,
  1_500,
  1_800,
  2_700,
  HOUR_SECONDS,
  5_400,
  2 * HOUR_SECONDS,
  3 * HOUR_SECONDS,
  4 * HOUR_SECONDS,
  6 * HOUR_SECONDS,
  8 * HOUR_SECONDS,
  12 * HOUR_SECONDS,
  DAY_SECONDS,
  1.5 * DAY_SECONDS,
  WEEK_SECONDS,
];
const SHAPES = ['sine', 'pulse', 'saw', 'day and evening'] as const;

/**
 * One series of the benchmark `periods`: 0 to 3 periods of random lengths and shapes under noise, trend, outliers and gaps. A season
 * inside another (12 h in 24 h) is drawn larger: a small one is no different from a detail of the longer season's shape.
 */
export function generateLoad(random: Random, periods: number): GeneratedLoad {
  const days = pick(random, [7, 7, 7, 14]);
  const stepSeconds = pick(random, [60, 60, 300]);
  const n = (days * DAY_SECONDS) / stepSeconds;
  const lengths = drawPeriods(random, periods, n * stepSeconds, stepSeconds);
  const values = new Float64Array(n).fill(10);
  const shapes: string[] = [];
  for (const length of lengths) {
    const shape = pick(random, SHAPES);
    shapes.push(shape);
    const amplitude = isPartOf(length, lengths) ? 2 + 0.5 * random() : 0.8 + 1.2 * random();
    const offset = random();
    for (let i = 0; i < n; i++) values[i]! += amplitude * season(shape, ((i * stepSeconds) / length + offset) % 1);
  }
  const noise = 0.2 + 0.8 * random();
  const red = random() < 0.5 ? 0 : 0.5 + 0.4 * random();
  addNoise(random, values, noise * (periods === 0 ? 2 : 1), red);
  const trouble = addTrouble(random, values);
  return {
    series: { startSeconds: 1_700_000_000 - (1_700_000_000 % DAY_SECONDS), stepSeconds, values },
    periodSeconds: lengths,
    kind: [
      `${days} d by ${stepSeconds} s`,
      ...shapes,
      `noise ${noise.toFixed(1)}${red > 0 ? ' red' : ''}`,
      ...trouble,
    ].join(', '),
  };
}

/** Whether a longer season contains this one a whole number of times. */
function isPartOf(length: number, lengths: readonly number[]): boolean {
  return lengths.some((other) => other > length && Math.abs(other / length - Math.round(other / length)) < 1e-9);
}

function pick<T>(random: Random, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)]!;
}

function drawPeriods(random: Random, count: number, span: number, step: number): number[] {
  const fitting = PERIODS.filter((p) => p <= span / 2 && p >= Math.max(600, 6 * step));
  const drawn: number[] = [];
  while (drawn.length < count) {
    const p = pick(random, fitting);
    if (drawn.every((q) => Math.max(p, q) / Math.min(p, q) >= 2)) drawn.push(p);
  }
  return drawn;
}

/** Standardized to about unit amplitude. @param phase 0…1 */
function season(shape: (typeof SHAPES)[number], phase: number): number {
  const angle = 2 * Math.PI * phase;
  if (shape === 'sine') return Math.sin(angle);
  if (shape === 'pulse') return phase < 0.15 ? 2 : -0.35;
  if (shape === 'saw') return 2 * phase - 1;
  return 3 * bump(phase, 0.35, 0.09) + 1.2 * bump(phase, 0.6, 0.07) - 0.9;
}

function bump(phase: number, centre: number, width: number): number {
  return Math.exp(-0.5 * ((phase - centre) / width) ** 2);
}

/** Gaussian noise, autoregressive of order one where `red` > 0. */
function addNoise(random: Random, values: Float64Array, sd: number, red: number): void {
  let state = 0;
  for (let i = 0; i < values.length; i++) {
    state = red * state + Math.sqrt(1 - red * red) * normalQuantile(random());
    values[i]! += sd * state;
  }
}

function addTrouble(random: Random, values: Float64Array): string[] {
  const n = values.length;
  const trouble: string[] = [];
  if (random() < 0.4) {
    const slope = 6 * (random() - 0.3);
    for (let i = 0; i < n; i++) values[i]! += (slope * i) / n;
    trouble.push('trend');
  }
  if (random() < 0.3) {
    const at = Math.floor(n * (0.2 + 0.6 * random()));
    for (let i = at; i < n; i++) values[i]! += 3;
    trouble.push('level shift');
  }
  if (random() < 0.5) {
    for (let i = 0; i < n; i++) if (random() < 0.01) values[i]! += 20 * random();
    trouble.push('outliers');
  }
  if (random() < 0.5) {
    for (let i = 0; i < n; i++) if (random() < 0.05) values[i] = Number.NaN;
    const from = Math.floor(random() * 0.8 * n);
    values.fill(Number.NaN, from, from + Math.floor(0.05 * n));
    trouble.push('missing');
  }
  for (let i = 0; i < n; i++) values[i] = Math.max(0, values[i]!);
  return trouble;
}
