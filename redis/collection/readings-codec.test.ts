import { expect, it } from 'vitest';
import type { DemandReading } from '../../collector/demand/demand-source.ts';
import { decodeReadings, encodeReadings } from './readings-codec.ts';

const T0 = 1_800_000_000;
const value = { kind: 'value', value: 12.5, timeSeconds: T0 - 15 } as const;
const pods = { counted: 3, unmeasured: 1, starting: 2 };

it.each<[string, DemandReading]>([
  ['bare', value],
  ['of pods', { ...value, pods }],
  ['of pods at their limit', { ...value, pods, censored: true }],
  ['over a window of its own', { ...value, pods, censored: false, windowSeconds: 15.013 }],
  ['over a window of its own, where it is to be told whether it is cut off', { ...value, pods, windowSeconds: 30 }],
  ['without pods', { ...value, windowSeconds: 30 }],
  ['missing', { kind: 'missing', why: 'connection refused' }],
])('a reading comes back as it was: %s', (_, reading) => {
  const damage: string[] = [];
  const text = encodeReadings(T0, new Map([['web#0', reading]]));
  expect(decodeReadings(text, T0, (message) => damage.push(message))?.readings.get('web#0')).toEqual(reading);
  expect(damage).toEqual([]);
});

it('a window that is none leaves the reading as it is', () => {
  const text = `{"version":2,"atSeconds":${T0},"readings":{"web#0":[12.5,${T0 - 15},[3,1,2],null,"soon"]}}`;
  expect(decodeReadings(text, T0, () => {})?.readings.get('web#0')).toEqual({ ...value, pods });
});
