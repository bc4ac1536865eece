import { deflateSync, inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PredictiveScaler } from '../../actuator/scaler/scaler.ts';
import { messageOf } from '../../core/errors.ts';
import { UNKNOWN } from '../../core/measurement.ts';
import { seededRandom } from '../../core/random.ts';
import type { Series } from '../../core/series.ts';
import { eciStartup, specOf } from '../../core/startup.ts';
import { type Refitted, refit } from './refit.ts';
import { decodeRefitted, encodeRefitted } from './refit-codec.ts';

const POLICY = { podCapacity: 5, unmetTargetBp: 1, min: 1, max: 1_000 } as const;
const HEADER_BYTES = 12;

/** Days of a noisy wave by minute. */
function history(days: number): Series {
  const random = seededRandom(4);
  const values = Float64Array.from({ length: days * 1_440 }, (_, m) => {
    return (60 - 40 * Math.cos((2 * Math.PI * m) / 1_440)) * (0.97 + 0.06 * random());
  });
  return { startSeconds: 1_800_000_000, stepSeconds: 60, values };
}

function refitted(days: number, over: Partial<Parameters<typeof refit>[0]> = {}): Refitted {
  return refit({
    history: history(days),
    policy: POLICY,
    startup: { kind: 'log-normal', p50Seconds: 9, p90Seconds: 20 },
    leadTimeSeconds: 45,
    seed: 1,
    aimBp: 'fresh',
    aheadTicks: 480,
    neural: 'shipped',
    ...over,
  });
}

const WEEK = refitted(7);
const BYTES = encodeRefitted(WEEK);

describe('a refit as bytes', () => {
  it.each([
    ['a week', WEEK],
    ['an empty history, where nothing is known yet', refitted(0, { aimBp: undefined })],
    ['half a day, without a season', refitted(0.5)],
    ['a long lead', refitted(2, { leadTimeSeconds: 900 })],
    ['start-ups as quantiles', refitted(1, { startup: specOf(eciStartup()) })],
    [
      'a policy with all its fields',
      refitted(1, {
        policy: {
          ...POLICY,
          mode: 'reactive',
          leastStabilizationTicks: 20,
          measurement: { kind: 'rate', windowSeconds: 60 },
          startCostSeconds: 900,
          calendarNames: { timeZone: 'Europe/Berlin', holidays: 'DE-BY' },
        },
        holidayDays: [20_834],
      }),
    ],
    ['a measurement of which nothing is known', refitted(1, { policy: { ...POLICY, measurement: UNKNOWN } })],
  ])('comes back bit for bit: %s', (_, value) => {
    const back = decodeRefitted(encodeRefitted(value));
    expect(back).toStrictEqual(value);
    expect(encodeRefitted(back)).toEqual(encodeRefitted(value));
  });

  it('keeps −0, NaN and the infinities where they are allowed', () => {
    const { state } = WEEK;
    const odd: Refitted = {
      ...WEEK,
      untilSeconds: Number.NEGATIVE_INFINITY,
      learnedDays: -0,
      state: { ...state, calibration: { ...state.calibration, unmetBp: Number.NaN } },
    };
    const back = decodeRefitted(encodeRefitted(odd));
    expect(back).toStrictEqual(odd);
    expect(Object.is(back.learnedDays, -0)).toBe(true);
  });

  it('goes on as the one that was encoded does', () => {
    const [here, there] = [WEEK, decodeRefitted(BYTES)].map((value) => PredictiveScaler.resume(POLICY, value.state));
    for (let tick = 0; tick < 600; tick++) {
      const observed = tick % 97 === 0 ? Number.NaN : 20 + (tick % 13);
      const pods = { total: 10, ready: 9 };
      expect(there!.tick(observed, pods)).toEqual(here!.tick(observed, pods));
    }
  });

  it('takes under 14 kB for two hours ahead', () => {
    expect(BYTES.length).toBeLessThan(14_000);
    expect(BYTES.length).toBeGreaterThan(5_000);
  });
});

describe('bytes that are no refit of this version', () => {
  it('begin with the version, and say which one was found', () => {
    expect(BYTES[0]).toBe(6);
    const other = BYTES.slice();
    other[0] = 1;
    expect(() => decodeRefitted(other)).toThrow('a refit of version 1 found, version 6 expected');
  });

  it('that are foreign say what they begin with', () => {
    expect(() => decodeRefitted(new Uint8Array(0))).toThrow('0 bytes found, at least 12 expected');
    expect(() => decodeRefitted(new TextEncoder().encode('{"state":{"learner":{}}}'))).toThrow(
      'not a refit: it begins with 22 73 74, 50 53 43 expected',
    );
  });

  it('that were cut off, wherever, or are too many, are refused', () => {
    fc.assert(
      fc.property(fc.nat(BYTES.length - 1), (length) => {
        expect(() => decodeRefitted(BYTES.subarray(0, length))).toThrow(/bytes found, (?:at least )?\d+ expected/);
      }),
    );
    const longer = new Uint8Array(BYTES.length + 1);
    longer.set(BYTES);
    expect(() => decodeRefitted(longer)).toThrow(/bytes found, \d+ expected/);
  });

  it('that were changed in one place are refused, or mean the same', () => {
    fc.assert(
      fc.property(fc.nat(BYTES.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const damaged = BYTES.slice();
        damaged[at]! ^= change;
        // A few bits between compressed blocks mean nothing; all others are told.
        let back: Refitted | undefined;
        try {
          back = decodeRefitted(damaged);
        } catch (error) {
          expect(messageOf(error)).not.toBe('');
          return;
        }
        expect(back).toStrictEqual(WEEK);
      }),
    );
  });

  it('that claim more than any refit has are not unpacked', () => {
    const bomb = repacked(() => new Uint8Array(64 * 1_048_576));
    expect(() => decodeRefitted(bomb)).toThrow('at most');
  });

  it('whose fields end too early or too late say where', () => {
    expect(() => decodeRefitted(repacked((plain) => plain.subarray(0, 100)))).toThrow(
      /state\.learner\.\S+: \d+ bytes are left, \d+ expected/,
    );
    expect(() => decodeRefitted(repacked((plain) => Uint8Array.of(...plain, 0, 0)))).toThrow(
      '2 bytes are left at the end, none expected',
    );
  });

  it('with a number that is none say where', () => {
    const poisoned = repacked((plain) => {
      new DataView(plain.buffer, plain.byteOffset).setFloat64(8, Number.NaN, true);
      return plain;
    });
    expect(() => decodeRefitted(poisoned)).toThrow('state.learner.podCapacity: NaN found, a finite number expected');
  });

  it('whose arrays are not as long as a learner of this lead time needs them say which', () => {
    const other = { ...WEEK, state: { ...WEEK.state, learner: { ...WEEK.state.learner, leadTimeSeconds: 600 } } };
    expect(() => decodeRefitted(encodeRefitted(other))).toThrow(/: forecasts has \d+ values, \d+ expected/);
    const { season } = WEEK.state.learner;
    const ahead = { ...season, ticks: season.ticks + 1 };
    const longer = { ...WEEK, state: { ...WEEK.state, learner: { ...WEEK.state.learner, season: ahead } } };
    expect(() => decodeRefitted(encodeRefitted(longer))).toThrow(/season\.steps has \d+ values, \d+ expected/);
  });

  /** The same header around other fields. */
  function repacked(change: (plain: Uint8Array) => Uint8Array): Uint8Array {
    const plain = change(new Uint8Array(inflateSync(BYTES.subarray(HEADER_BYTES))));
    const packed = deflateSync(plain);
    const bytes = new Uint8Array(HEADER_BYTES + packed.length);
    bytes.set(BYTES.subarray(0, HEADER_BYTES));
    const view = new DataView(bytes.buffer);
    view.setUint32(4, plain.length, true);
    view.setUint32(8, packed.length, true);
    bytes.set(packed, HEADER_BYTES);
    return bytes;
  }
});

it('a refit that is not finite where it must be is not even written', () => {
  const { state } = WEEK;
  const poisoned = { ...WEEK, state: { ...state, budget: { ...state.budget, unmet: Number.NaN } } };
  expect(() => encodeRefitted(poisoned)).toThrow('state.budget.unmet: NaN found, a finite number expected');
});
