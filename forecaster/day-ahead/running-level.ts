/** The newest level forgets half in one of these times; 0 is the newest value alone. */
export const HALF_LIVES_SECONDS = [0, 180, 600, 1_800, 5_400];
/** Calm and stormy hours differ. */
const UNREST_HALF_LIFE_SECONDS = 1_800;

/** The load's newest level at each step, and the forecast's level weighed alike. */
export interface LevelState {
  /** [half-life][step]; NaN before anything is known. */
  readonly level: readonly Float64Array[];
  readonly expected: readonly Float64Array[];
  /** Mean change of the load from step to step, lately. */
  readonly unrest: Float64Array;
}

/** Exponentially weighted means over what is known until each step; gaps are skipped. */
export function followLevel(actual: Float64Array, forecast: Float64Array, stepSeconds: number): LevelState {
  const paths = HALF_LIVES_SECONDS.map((halfLife) => weightedMeans(actual, forecast, decay(halfLife, stepSeconds)));
  const change = actual.map((v, i) => Math.abs(v - (i > 0 ? actual[i - 1]! : Number.NaN)));
  const [unrest] = weightedMeans(change, change, decay(UNREST_HALF_LIFE_SECONDS, stepSeconds));
  return {
    level: paths.map(([level]) => level),
    expected: paths.map(([, expected]) => expected),
    unrest: unrest.map((v) => (Number.isNaN(v) ? 0 : v)),
  };
}

function decay(halfLifeSeconds: number, stepSeconds: number): number {
  return halfLifeSeconds > 0 ? 0.5 ** (stepSeconds / halfLifeSeconds) : 0;
}

function weightedMeans(a: Float64Array, b: Float64Array, kept: number): readonly [Float64Array, Float64Array] {
  const means = [new Float64Array(a.length), new Float64Array(a.length)] as const;
  let sumA = 0;
  let sumB = 0;
  let weight = 0;
  for (let i = 0; i < a.length; i++) {
    if (!Number.isNaN(a[i]!)) {
      sumA = kept * sumA + a[i]!;
      sumB = kept * sumB + b[i]!;
      weight = kept * weight + 1;
    }
    means[0][i] = sumA / weight;
    means[1][i] = sumB / weight;
  }
  return means;
}
