import { constants, deflateSync, inflateSync } from 'node:zlib';
import type { Calibration, ScalingMode } from '../../actuator/scaler/calibrate.ts';
import type { BudgetState } from '../../actuator/scaler/error-budget.ts';
import type { Margins } from '../../actuator/scaler/plan.ts';
import type { ScalerState } from '../../actuator/scaler/scaler.ts';
import type { ScalingPolicy } from '../../actuator/scaler/scaling-policy.ts';
import type { CalendarNames } from '../../core/calendar/calendar.ts';
import { messageOf } from '../../core/errors.ts';
import type { Measurement } from '../../core/measurement.ts';
import type { StartupSpec } from '../../core/startup.ts';
import type { Coefficients, LearnerState, Running } from '../../forecaster/lead-time/learner-state.ts';
import type { RidgeState } from '../../forecaster/lead-time/ridge.ts';
import type { RunningMeansState } from '../../forecaster/lead-time/running-means.ts';
import type { SeasonTable } from '../../forecaster/lead-time/season.ts';
import type { SignalState } from '../../forecaster/lead-time/signal.ts';
import { lengthProblem } from '../../forecaster/lead-time/state-lengths.ts';
import {
  anyNumber,
  ByteError,
  ByteReader,
  ByteWriter,
  finite,
  kinds,
  list,
  maybe,
  numbers,
  optional,
  record,
  text,
  truth,
  word,
} from './byte-shapes.ts';
import type { Refitted } from './refit.ts';
import { refitProblem } from './refit-bounds.ts';

/** Raised whenever the shape below changes: a state of another version is never guessed at. */
const VERSION = 6;
/** Version, mark, bytes before and after compression. */
const HEADER_BYTES = 12;
/** "PSC". */
const MARK = [0x50, 0x53, 0x43] as const;
/** A lead time of six hours takes 0.1 MB; what claims to be more than this is damaged. */
const MOST_BYTES = 4 * 1_048_576;

const mode = kinds<ScalingMode>({
  predictive: record<{ readonly margins: Margins; readonly neural?: string }>({
    margins: record<Margins>({
      safetyMultiplier: finite,
      headroom: finite,
      keepMultiplier: finite,
      stabilizationTicks: finite,
    }),
    neural: optional(text),
  }),
  reactive: record<{ readonly target: number }>({ target: finite }),
});

const ridge = record<RidgeState>({
  gram: numbers(Float64Array),
  moments: list(numbers(Float64Array)),
  weight: finite,
});

/** What was not known is NaN. */
const means = record<RunningMeansState>({
  values: numbers(Float32Array, 'any'),
  length: finite,
  sums: numbers(Float64Array),
});

const learner = record<LearnerState>({
  leadTimeSeconds: finite,
  podCapacity: finite,
  signal: record<SignalState>({
    length: finite,
    floor: finite,
    born: anyNumber,
    lastGap: finite,
    lowSince: anyNumber,
    load: finite,
    seen: truth,
    unusuallyLow: truth,
    logs: numbers(Float32Array),
    estimateLogs: numbers(Float32Array),
    filter: numbers(Float64Array),
    sums: numbers(Float64Array),
    hours: means,
  }),
  errors: means,
  // The load of a forecast is NaN where it was unusually low.
  forecasts: numbers(Float64Array, 'any'),
  rows: numbers(Float32Array),
  errorRows: numbers(Float32Array),
  mean: ridge,
  spread: ridge,
  coefficients: maybe(
    record<Coefficients>({
      mean: numbers(Float64Array),
      median: numbers(Float64Array),
      keep: numbers(Float64Array),
      spread: numbers(Float64Array),
    }),
  ),
  learnedFrom: anyNumber,
  running: record<Running>({
    level: finite,
    surprise: finite,
    lately: finite,
    mostGrowth: finite,
    leastGrowth: finite,
    mostError: finite,
    learned: finite,
    levelTicks: finite,
    upperFactor: finite,
    nextFit: anyNumber,
    lastFit: finite,
  }),
  season: record<SeasonTable>({
    from: finite,
    ticks: finite,
    steps: numbers(Int16Array),
    usualLows: numbers(Float32Array),
  }),
});

const measurement = kinds<Measurement>({
  exact: record({}),
  rate: record<{ readonly windowSeconds: number }>({ windowSeconds: finite }),
  gauge: record<{ readonly windowSeconds: number }>({ windowSeconds: finite }),
  unknown: record({}),
});

const refitted = record<Refitted>({
  state: record<ScalerState>({
    learner,
    calibration: record<Calibration>({
      mode,
      withoutNeural: optional(mode),
      unmetBp: anyNumber,
      costRatio: anyNumber,
      aimBp: anyNumber,
      keepsSlo: truth,
      why: text,
    }),
    sinceCalibration: anyNumber,
    budget: record<BudgetState>({ unmet: finite, demand: finite }),
    mostSeen: finite,
  }),
  calibrated: truth,
  untilSeconds: anyNumber,
  startup: kinds<StartupSpec>({
    'log-normal': record<{ readonly p50Seconds: number; readonly p90Seconds: number }>({
      p50Seconds: finite,
      p90Seconds: finite,
    }),
    measured: record<{ readonly seconds: readonly number[] }>({ seconds: list(finite) }),
  }),
  policy: record<ScalingPolicy>({
    podCapacity: finite,
    unmetTargetBp: finite,
    min: finite,
    max: finite,
    mode: optional(word('auto', 'predictive', 'reactive')),
    youngTarget: optional(finite),
    leastStabilizationTicks: optional(finite),
    startCostSeconds: optional(finite),
    measurement: optional(measurement),
    calendarNames: optional(record<CalendarNames>({ timeZone: text, holidays: optional(text) })),
  }),
  learnedDays: finite,
  period: record<Refitted['period']>({ found: truth, seconds: list(finite), reason: text }),
});

/**
 * A refit as bytes, to be stored or sent: a version number, a mark, and the fields compressed with a checksum.
 * @throws ByteError where a number that must be finite is not
 */
export function encodeRefitted(value: Refitted): Uint8Array {
  const out = new ByteWriter();
  refitted.write(out, value);
  const plain = out.finish();
  const packed = deflateSync(plain, { level: constants.Z_BEST_SPEED });
  const bytes = new Uint8Array(HEADER_BYTES + packed.length);
  bytes.set([VERSION, ...MARK]);
  const view = new DataView(bytes.buffer);
  view.setUint32(4, plain.length, true);
  view.setUint32(8, packed.length, true);
  bytes.set(packed, HEADER_BYTES);
  return bytes;
}

/**
 * The refit that was encoded, bit for bit.
 * @param nowSeconds what is from after it is damage; by default no time is
 * @throws ByteError that says what was found and what was expected: cut off, damaged, foreign, of another version
 */
export function decodeRefitted(bytes: Uint8Array, nowSeconds = Number.POSITIVE_INFINITY): Refitted {
  if (bytes.length < HEADER_BYTES) {
    throw new ByteError(`not a refit: ${bytes.length} bytes found, at least ${HEADER_BYTES} expected`);
  }
  const [version, ...mark] = bytes.subarray(0, 1 + MARK.length);
  if (mark.join() !== MARK.join()) {
    throw new ByteError(`not a refit: it begins with ${hex(mark)}, ${hex(MARK)} expected`);
  }
  if (version !== VERSION) throw new ByteError(`a refit of version ${version} found, version ${VERSION} expected`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const plainLength = view.getUint32(4, true);
  const packedLength = view.getUint32(8, true);
  const found = bytes.length - HEADER_BYTES;
  if (found !== packedLength) throw new ByteError(`a refit of ${found} bytes found, ${packedLength} expected`);
  const from = new ByteReader(inflate(bytes.subarray(HEADER_BYTES), plainLength));
  const value = refitted.read(from);
  from.end();
  const strange = lengthProblem(value.state.learner) ?? refitProblem(value, nowSeconds);
  if (strange) throw new ByteError(`a refit that doesn't fit together: ${strange}`);
  return value;
}

function inflate(packed: Uint8Array, expected: number): Uint8Array {
  if (expected > MOST_BYTES) {
    throw new ByteError(`a refit that claims ${expected} bytes found, at most ${MOST_BYTES} expected`);
  }
  let plain: Uint8Array;
  try {
    plain = inflateSync(packed, { maxOutputLength: MOST_BYTES });
  } catch (error) {
    throw new ByteError(`a damaged refit found: ${messageOf(error)}`, { cause: error });
  }
  if (plain.length !== expected) throw new ByteError(`a refit of ${plain.length} bytes found, ${expected} expected`);
  return plain;
}

function hex(bytes: readonly number[]): string {
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
