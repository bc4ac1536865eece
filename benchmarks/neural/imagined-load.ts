import { normalQuantile, type Random, seededRandom } from '../../core/random.ts';
import { DAY_SECONDS, HOUR_SECONDS, MINUTE_SECONDS, type Samples } from '../../core/series.ts';

/** Relative load at an instant (days since the start), to be multiplied with the others. */
type Factor = (days: number) => number;

const START_SECONDS = 1_700_006_400;
const MINUTES_PER_DAY = DAY_SECONDS / MINUTE_SECONDS;
/** Steps at which a load is recorded, seconds; most are by the minute, some by the tick, as live observations are. */
const STEPS = [15, 15, 60, 60, 60, 60, 60, 300, 300, 600, 1_800];
/** Lengths of what comes by the clock within a day. */
const CYCLES = [300, 600, 900, 1_800, HOUR_SECONDS, 2 * HOUR_SECONDS, 4 * HOUR_SECONDS, 6 * HOUR_SECONDS];

/**
 * A load that might be somebody's: a day's rhythm of random shape, weekends, cycles, events by the clock that keep their hour more or
 * less, bursts that nothing announces, level shifts, growth, wandering, noise, counts, a late birth, gaps; each there or not, in random
 * strength. What the base networks are trained on; the kinds of the benchmark `generated` are others. The same seed gives the same load.
 * @param days how long it is
 */
export function imaginedLoad(seed: number, days: number): Samples {
  const random = seededRandom(seed * 2_654_435 + 97);
  const factors = [rhythm(random), weekends(random), growth(random), shifts(random, days), wander(random, days)];
  const added = [cycle(random), appointments(random, days), bursts(random, days)];
  const noise = noiseOf(random);
  const stepSeconds = pick(random, STEPS);
  const born = random() < 0.12 ? days * (0.2 + 0.7 * random()) : 0;
  const known = gaps(random, days);
  const scale = 10 ** (4 * random());
  const times: number[] = [];
  const values: number[] = [];
  for (let i = 0; i < (days * DAY_SECONDS) / stepSeconds; i++) {
    const at = (i * stepSeconds) / DAY_SECONDS;
    const level = factors.reduce((product, factor) => product * factor(at), 1);
    const load = level * (1 + added.reduce((sum, own) => sum + own(at), 0));
    const noisy = at < born ? 0 : Math.max(0, noise(load));
    if (!known(at)) continue;
    times.push(START_SECONDS + i * stepSeconds);
    values.push(scale * noisy);
  }
  return { times: Float64Array.from(times), values: Float64Array.from(values) };
}

function pick<T>(random: Random, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)]!;
}

/** Many small, few large: 10^−2 … 1 of `most`. */
function strength(random: Random, most: number): number {
  return most * 10 ** (-2 * random());
}

/** Up to five harmonics of a day, some days a little stronger than others; one load in six has none. */
function rhythm(random: Random): Factor {
  if (random() < 0.17) return () => 1;
  const swing = 0.2 + 1.3 * random();
  const harmonics = Array.from({ length: 1 + Math.floor(5 * random()) }, (_, h) => ({
    size: (swing * (0.4 + random())) / (h + 1) ** (0.7 + random()),
    phase: random(),
  }));
  const uneven = random() < 0.5 ? strength(random, 0.3) : 0;
  const sizes = Array.from({ length: 60 }, () => 1 + uneven * normalQuantile(random()));
  return (days) => {
    const size = sizes[Math.floor(days) % sizes.length]!;
    return Math.exp(
      size *
        harmonics.reduce((sum, own, h) => sum + own.size * Math.sin(2 * Math.PI * ((h + 1) * days + own.phase)), 0),
    );
  };
}

function weekends(random: Random): Factor {
  if (random() < 0.5) return () => 1;
  const share = 0.2 + random();
  const first = Math.floor(7 * random());
  return (days) => ((Math.floor(days) + first) % 7 >= 5 ? share : 1);
}

function growth(random: Random): Factor {
  if (random() < 0.6) return () => 1;
  const aDay = 0.06 * normalQuantile(random());
  return (days) => Math.exp(aDay * days);
}

function shifts(random: Random, days: number): Factor {
  const all = Array.from({ length: random() < 0.75 ? 0 : 1 + Math.floor(2 * random()) }, () => ({
    at: days * random(),
    by: Math.exp(0.7 * normalQuantile(random())),
  }));
  return (at) => all.reduce((product, shift) => (at >= shift.at ? product * shift.by : product), 1);
}

/** A random walk of the logarithm that is drawn back to nothing within hours to days. */
function wander(random: Random, days: number): Factor {
  if (random() < 0.3) return () => 1;
  const back = 1 / (MINUTES_PER_DAY * 10 ** (-1.5 + 2 * random()));
  const size = strength(random, 0.5) * Math.sqrt(2 * back);
  const path = new Float64Array(Math.ceil(days * MINUTES_PER_DAY) + 1);
  for (let i = 1; i < path.length; i++) path[i] = path[i - 1]! * (1 - back) + size * normalQuantile(random());
  return (at) => Math.exp(path[Math.floor(at * MINUTES_PER_DAY)]!);
}

/** Something that comes every few minutes or hours, on the clock. */
function cycle(random: Random): Factor {
  if (random() < 0.6) return () => 0;
  const length = pick(random, CYCLES) / DAY_SECONDS;
  const size = strength(random, 3);
  const offset = random();
  const width = 0.05 + 0.4 * random();
  const shape = pick(random, ['wave', 'pulse', 'saw'] as const);
  return (days) => {
    const phase = (days / length + offset) % 1;
    if (shape === 'wave') return size * (0.5 + 0.5 * Math.sin(2 * Math.PI * phase));
    if (shape === 'saw') return size * (1 - phase);
    return phase < width ? size : 0;
  };
}

/** How much of an event is there, so long after its beginning; all in days. */
function eventShape(random: Random): (since: number, length: number) => number {
  const rise = random() < 0.4 ? 0 : (random() * 15 * MINUTE_SECONDS) / DAY_SECONDS;
  const kind = pick(random, ['block', 'fading', 'ramp'] as const);
  return (since, length) => {
    if (since < 0) return 0;
    const risen = rise > 0 ? Math.min(1, since / rise) : 1;
    if (kind === 'fading') return since < 6 * length ? risen * Math.exp(-since / length) : 0;
    if (since > length) return 0;
    return kind === 'ramp' ? risen * (1 - since / length) : risen;
  };
}

/** Jobs and habits with an hour of the day, which they keep to the minute or hardly. */
function appointments(random: Random, days: number): Factor {
  const count = random() < 0.5 ? 0 : 1 + Math.floor(4 * random());
  const all = Array.from({ length: count }, () => {
    const hour = random();
    const late = random() < 0.5 ? 0 : (strength(random, 60) * MINUTE_SECONDS) / DAY_SECONDS;
    const skipped = random() < 0.3 ? 0.4 * random() : 0;
    return {
      shape: eventShape(random),
      size: strength(random, 6),
      length: ((2 + 120 * random() ** 2) * MINUTE_SECONDS) / DAY_SECONDS,
      begins: Array.from({ length: days + 2 }, (_, day) =>
        random() < skipped ? Number.POSITIVE_INFINITY : day - 1 + hour + late * normalQuantile(random()),
      ),
    };
  });
  return (at) => {
    let sum = 0;
    const day = Math.floor(at);
    for (const { shape, size, length, begins } of all) {
      for (let d = day; d <= day + 2; d++) sum += size * shape(at - (begins[d] ?? Number.POSITIVE_INFINITY), length);
    }
    return sum;
  };
}

/** What nothing announces: up to twelve a day, most of them small. */
function bursts(random: Random, days: number): Factor {
  if (random() < 0.5) return () => 0;
  const count = Math.floor(strength(random, 12) * days);
  const shape = eventShape(random);
  const size = strength(random, 4);
  const all = Array.from({ length: count }, () => ({
    at: days * random(),
    size: size * Math.exp(0.6 * normalQuantile(random())),
    length: ((2 + 60 * random() ** 2) * MINUTE_SECONDS) / DAY_SECONDS,
  })).sort((a, b) => a.at - b.at);
  let from = 0;
  return (at) => {
    while (from < all.length && all[from]!.at < at - 0.6) from++;
    let sum = 0;
    for (let i = from; i < all.length && all[i]!.at <= at; i++) {
      sum += all[i]!.size * shape(at - all[i]!.at, all[i]!.length);
    }
    return sum;
  };
}

/** Counts of so many a sample, and noise in proportion that may last for some samples. */
function noiseOf(random: Random): (load: number) => number {
  const perSample = 10 ** (1.3 + 5 * random());
  const share = random() < 0.3 ? 0 : strength(random, 0.25);
  const red = random() < 0.5 ? 0 : 0.95 * random();
  let state = 0;
  return (load) => {
    state = red * state + Math.sqrt(1 - red * red) * normalQuantile(random());
    const counted = load + Math.sqrt(Math.max(0, load) / perSample) * normalQuantile(random());
    return counted * Math.exp(share * state);
  };
}

/** Whether there is data: one load in eight has an outage of its monitoring. */
function gaps(random: Random, days: number): (at: number) => boolean {
  if (random() > 0.12) return () => true;
  const from = days * random();
  const until = from + (random() * 3 * HOUR_SECONDS) / DAY_SECONDS;
  return (at) => at < from || at > until;
}
