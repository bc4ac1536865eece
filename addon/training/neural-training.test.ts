import { beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/random.ts';
import type { Series } from '../../core/series.ts';
import { LEAD_TIME_LAYOUT, NETWORK_INPUTS } from '../../forecaster/lead-time/neural/neural-model.ts';
import { decodeArtefact, encodeArtefact, type TrainingNote } from '../../models/neural/artefact.ts';
import { type Backend, loadBackend } from '../../models/neural/backend.io.ts';
import { randomNetwork } from '../../models/neural/example-model.ts';
import { trainNight } from './neural-training.io.ts';
import type { TrainingLoad } from './training-task.ts';

const START = 1_800_000_000;
const NOTE: TrainingNote = {
  layout: LEAD_TIME_LAYOUT,
  trainedOn: 'nothing',
  rows: 0,
  seed: 1,
  untilSeconds: 0,
  firstLoss: 1,
  heldOutLoss: 1,
};

/** A day's wave with bursts on the hour that only a network of this cluster can know: up by half within two minutes, every hour. */
function history(days: number, seed: number): Series {
  const random = seededRandom(seed);
  const values = Float64Array.from({ length: days * 1_440 }, (_, m) => {
    const wave = 60 - 40 * Math.cos((2 * Math.PI * m) / 1_440);
    return wave * (m % 60 < 9 ? 1.5 : 1) * (0.97 + 0.06 * random());
  });
  return { startSeconds: START, stepSeconds: 60, values };
}

const load = (seed: number, days = 4): TrainingLoad => ({
  id: `shop/Deployment/web-${seed}#0`,
  history: history(days, seed),
  leadSeconds: 90,
  podCapacity: 5,
});

describe('a night', () => {
  let tf: Backend['tf'];
  beforeAll(async () => {
    ({ tf } = await loadBackend());
  });
  const loads = [1, 2, 3].map((seed) => load(seed));
  const none = { current: undefined, previous: undefined, seed: 7 };
  const nonsense = encodeArtefact(randomNetwork(NETWORK_INPUTS, [0.5, 0.8, 0.95, 0.99], 8), NOTE);

  it('learns what the loads of this cluster have in common, says so, and the same again', () => {
    const outcome = trainNight(tf, { ...none, loads });
    if (outcome.kind !== 'published') throw new Error(outcome.why);
    expect(outcome.why).toMatch(/trained on \d+ lessons of 3 loads: loss .* under the shipped network/);
    const { note } = decodeArtefact(outcome.bytes, LEAD_TIME_LAYOUT);
    expect(note.heldOutLoss).toBeLessThan(0.995 * note.firstLoss);
    // The newest day was kept back.
    expect(note.untilSeconds).toBeLessThanOrEqual(START + 3 * 86_400);
    const again = trainNight(tf, { ...none, loads });
    expect(again).toEqual(outcome);
    // The next night goes on from it.
    const next = trainNight(tf, { loads, current: outcome.bytes, previous: undefined, seed: 8 });
    expect(next.why).toContain('the network in use');
  });

  it('takes back a network that is worse on the newest day than what was there before, however it came in', () => {
    const outcome = trainNight(tf, { loads, current: nonsense, previous: undefined, seed: 7 });
    expect(outcome.kind).not.toBe('kept');
    expect(outcome.why).toMatch(/the shipped network/);
  });

  it('goes on without one that is damaged', () => {
    const said: string[] = [];
    const outcome = trainNight(tf, { loads, current: nonsense.slice(0, 99), previous: undefined, seed: 7 }, (words) =>
      said.push(words),
    );
    expect(outcome.kind).toBe('published');
    expect(said).toContainEqual(expect.stringMatching(/the network in use was left out: not a network of ours/));
  });

  it('learns from nothing, from one point, from zeros, constants and enormous values without harm', () => {
    const odd = (values: Float64Array): TrainingLoad => ({ ...load(1), history: { ...history(0, 1), values } });
    expect(trainNight(tf, { ...none, loads: [] })).toMatchObject({ kind: 'kept', lessons: 0 });
    const strange = [
      odd(new Float64Array(0)),
      odd(Float64Array.of(7)),
      odd(new Float64Array(5_760)),
      odd(new Float64Array(5_760).fill(42)),
      odd(new Float64Array(5_760).fill(1e300)),
      odd(new Float64Array(5_760).fill(Number.NaN)),
      { ...load(1), podCapacity: 0 },
      { ...load(1), leadSeconds: Number.NaN },
    ];
    const outcome = trainNight(tf, { ...none, loads: [...loads, ...strange] });
    if (outcome.kind !== 'published') throw new Error(outcome.why);
    expect(() => decodeArtefact(outcome.bytes, LEAD_TIME_LAYOUT)).not.toThrow();
  });
});
